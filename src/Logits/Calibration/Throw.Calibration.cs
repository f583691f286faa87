using System.Numerics;
using Logits.Calibration;

namespace Logits;

internal static partial class Throw
{
    /// <summary>The largest score of a row that a fit can learn from: finite.</summary>
    public static T IfNotScore<T>(T max, int row) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsNaN(max)) throw new ArgumentException($"row {row} holds NaN; a calibrator learns from rows of numbers. Remove the row.", "logits");
        if (T.IsPositiveInfinity(max)) throw new ArgumentException($"row {row} holds +∞; a calibrator learns from finite scores. Remove the row.", "logits");
        if (T.IsNegativeInfinity(max)) throw new ArgumentException($"row {row} rules out every class (all −∞); at least 1 is left in a row.", "logits");
        return max;
    }

    /// <summary>A sum over all rows that is NaN where a score is: the row is then named.</summary>
    public static void IfNaN<T>(double sum, Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!double.IsNaN(sum)) return;
        for (int row = 0; row < logits.Rows; row++) IfNotScore(Kernels.Kernel<T>.Max(logits[row]), row);
    }

    /// <summary>The score of the labelled class: not ruled out.</summary>
    public static T IfRuledOut<T>(T score, int row, int label) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        !T.IsNegativeInfinity(score) ? score
        : throw new ArgumentException($"labels[{row}] is {label}, a class that row {row} rules out (−∞); its log loss is infinite whatever the calibrator.", "labels");

    /// <summary>The part of the destination that a calibrator will fill, after everything that can be wrong with the call was checked.</summary>
    public static Span<T> IfNotReady<T>(ICalibrator calibrator, Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (calibrator.Classes > 0 && calibrator.Classes != logits.Classes)
            throw new ArgumentException($"the logits have {logits.Classes} classes; this {calibrator.Method} calibrator was fitted on {calibrator.Classes}.", nameof(logits));
        IfTooShort(destination.Length, logits.Rows, logits.Classes);
        destination = destination[..logits.Values.Length];
        IfPartlyOverlapping(logits.Values, destination);
        return destination;
    }

    /// <summary>No class ruled out anywhere, for a method whose outputs mix all inputs.</summary>
    public static void IfMixed(HeldOut data, string method)
    {
        if (data.FirstRuledOut is { } at)
            throw new ArgumentException($"row {at.Row} rules out class {at.Class} (−∞); {method} calibration mixes all classes of a row and has no answer there. Use temperature, bcts or vector.", "logits");
    }

    /// <summary>An answer 0 or 1 for each yes/no score.</summary>
    public static void IfNotYesOrNo(ReadOnlySpan<int> labels, int rows, int perRow)
    {
        if (labels.Length != rows * perRow)
            throw new ArgumentException($"labels holds {labels.Length} entries; {rows} rows × {perRow} labels need {rows * perRow}.", nameof(labels));
        int at = labels.IndexOfAnyExcept(0, 1);
        if (at >= 0)
            throw new ArgumentException($"labels[{at}] is {labels[at]}; a yes/no label is 1 or 0.", nameof(labels));
    }
}
