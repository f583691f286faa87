using System.Numerics;

namespace Logits.Calibration;

/// <summary>A fitted map from raw scores to scores whose softmax can be trusted as probabilities.</summary>
/// <remarks>
/// Calibrators are immutable: share them between threads. They come from <c>X.Fit(heldOutLogits, labels)</c>, from a file
/// (<c>Formats.CalibratorFile</c>), or from the catalogue <see cref="Calibrators.All"/>.
/// What comes out of <see cref="Apply{T}"/> is again <see cref="Logits{T}"/>, so that metrics, prediction sets and further calibrators take it as it is.
/// A method that assigns probability 0 writes −∞. A class that is ruled out (−∞) stays ruled out.
/// </remarks>
public interface ICalibrator
{
    /// <summary>The method's name in <see cref="Calibrators.All"/>, in files and on the command line.</summary>
    string Method { get; }

    /// <summary>The number of classes it was fitted on; 0 when any number will do.</summary>
    int Classes { get; }

    /// <summary>True when the class with the largest score stays the one with the largest score (or ties with it) in every row.</summary>
    bool PreservesArgMax { get; }

    /// <summary>What the fit saw and reached; null for a calibrator written down by hand.</summary>
    FitFacts? Facts { get; }

    /// <summary>Everything that <see cref="Apply{T}"/> depends on, by name.</summary>
    ParameterSet Parameters { get; }

    /// <summary>Calibrated scores: softmax of the result are the calibrated probabilities.</summary>
    /// <param name="logits">n rows of <see cref="Classes"/> scores.</param>
    /// <param name="destination">At least rows × classes elements; may be the scores' own memory.</param>
    /// <returns>A view of <paramref name="destination"/>. A row that holds NaN or +∞, or is all −∞, comes out as NaN.</returns>
    /// <exception cref="ArgumentException">The number of classes differs from the fit's, or the destination is too short or overlaps the scores with an offset.</exception>
    Logits<T> Apply<T>(Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A fitted map for independent yes/no scores, one curve for each label.</summary>
/// <remarks>Immutable, as <see cref="ICalibrator"/>.</remarks>
public interface IBinaryCalibrator
{
    /// <summary>The method's name in <see cref="Calibrators.All"/>, in files and on the command line.</summary>
    string Method { get; }

    /// <summary>The number of yes/no questions in a row it was fitted on.</summary>
    int Labels { get; }

    /// <summary>What the fit saw and reached; null for a calibrator written down by hand.</summary>
    FitFacts? Facts { get; }

    /// <summary>Calibrated scores: sigmoid of the result are the calibrated probabilities of yes.</summary>
    /// <param name="logits">n rows of <see cref="Labels"/> scores.</param>
    /// <param name="destination">At least rows × labels elements; may be the scores' own memory.</param>
    /// <exception cref="ArgumentException">The number of labels differs from the fit's, or the destination is too short or overlaps the scores with an offset.</exception>
    BinaryLogits<T> Apply<T>(BinaryLogits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary><c>calibrator.Apply(logits)</c> into new memory.</summary>
public static class CalibratorExtensions
{
    /// <summary>Calibrated scores in new memory; see <see cref="ICalibrator.Apply{T}"/>.</summary>
    public static Logits<T> Apply<T>(this ICalibrator calibrator, Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        calibrator.Apply(logits, new T[logits.Values.Length]);

    /// <summary>Calibrated scores in new memory; see <see cref="IBinaryCalibrator.Apply{T}"/>.</summary>
    public static BinaryLogits<T> Apply<T>(this IBinaryCalibrator calibrator, BinaryLogits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        calibrator.Apply(logits, new T[logits.Values.Length]);
}
