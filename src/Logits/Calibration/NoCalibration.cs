using System.Numerics;

namespace Logits.Calibration;

/// <summary>Leaves the scores alone: the answer when no method is reliably better than doing nothing.</summary>
/// <param name="Classes">The number of classes; 0 for any.</param>
/// <param name="Facts">The likelihood of the scores as they are; null when written down by hand.</param>
public sealed record NoCalibration(int Classes = 0, FitFacts? Facts = null) : ICalibrator
{
    /// <inheritdoc/>
    public string Method => "none";

    /// <inheritdoc/>
    public bool PreservesArgMax => true;

    /// <inheritdoc/>
    public ParameterSet Parameters => new();

    /// <summary>Learns nothing; measures the log loss.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static NoCalibration Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels));

    internal static NoCalibration Fit(HeldOut data) => new(data.Classes, new(data.Rows, data.Nll, data.Nll, true, 0));

    internal static NoCalibration Read(ParameterSet parameters, int classes, FitFacts? facts)
    {
        _ = parameters;
        return new(classes, facts);
    }

    /// <inheritdoc/>
    public Logits<T> Apply<T>(Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        destination = Throw.IfNotReady(this, logits, destination);
        logits.Values.CopyTo(destination);
        for (int row = 0; row < logits.Rows; row++)
            if (!T.IsFinite(Kernels.Kernel<T>.Max(logits[row])))
                destination.Slice(row * logits.Classes, logits.Classes).Fill(T.NaN);
        return new(destination, logits.Classes);
    }
}
