using System.Numerics;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>A calibrator that maps one row at a time, in double whatever the scores are stored in.</summary>
/// <param name="Classes">The number of classes it was fitted on; 0 for any.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
public abstract record RowCalibrator(int Classes, FitFacts? Facts) : ICalibrator
{
    /// <inheritdoc/>
    public abstract string Method { get; }

    /// <inheritdoc/>
    public abstract bool PreservesArgMax { get; }

    /// <inheritdoc/>
    public abstract ParameterSet Parameters { get; }

    /// <summary>Replaces the finite or −∞ scores of a row, of which one at least is finite, by calibrated ones.</summary>
    private protected abstract void Map(Span<double> z);

    /// <inheritdoc/>
    public Logits<T> Apply<T>(Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        destination = Throw.IfNotReady(this, logits, destination);
        int classes = logits.Classes;
        Span<double> z = classes <= 256 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < logits.Rows; row++)
        {
            var scores = logits[row];
            var calibrated = destination.Slice(row * classes, classes);
            if (!T.IsFinite(Kernel<T>.Max(scores)))
            {
                calibrated.Fill(T.NaN);
                continue;
            }
            for (int k = 0; k < classes; k++) z[k] = double.CreateTruncating(scores[k]);
            Map(z);
            for (int k = 0; k < classes; k++) calibrated[k] = T.CreateTruncating(z[k]);
        }
        return new(destination, classes);
    }
}
