using System.Numerics;

namespace Logits;

/// <summary>Rows of natural logarithms of probabilities, each row with logsumexp 0. A view; it lives for a call.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct LogProbabilities<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LogProbabilities(ReadOnlySpan<T> values, int classes)
    {
        Rows = Throw.IfNotWholeRows(values.Length, classes, "logProbabilities");
        Classes = classes;
        Values = values;
    }

    /// <summary>All log-probabilities, row after row: rows × classes.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of classes k, at least 1.</summary>
    public int Classes { get; }

    /// <summary>One row of k log-probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the batch.</exception>
    public ReadOnlySpan<T> this[int row]
    {
        get
        {
            if ((uint)row >= (uint)Rows)
                Throw.RowOutside(row, Rows);
            return Values.Slice(row * Classes, Classes);
        }
    }
}
