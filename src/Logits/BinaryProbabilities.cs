using System.ComponentModel;
using System.Numerics;

namespace Logits;

/// <summary>Rows of independent probabilities of yes, each between 0 and 1. A view; it lives for a call.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct BinaryProbabilities<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal BinaryProbabilities(ReadOnlySpan<T> values, int labels)
    {
        Rows = Throw.IfNotWholeRows(values.Length, labels, "probabilities", "labels");
        Labels = labels;
        Values = values;
    }

    /// <summary>All probabilities, row after row: rows × labels.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of yes/no questions in a row, at least 1.</summary>
    public int Labels { get; }

    /// <summary>One row of probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the batch.</exception>
    public ReadOnlySpan<T> this[int row]
    {
        get
        {
            if ((uint)row >= (uint)Rows)
                Throw.RowOutside(row, Rows);
            return Values.Slice(row * Labels, Labels);
        }
    }

    /// <summary>Does not compile: a second sigmoid squeezes probabilities into 0.5 to 0.73.</summary>
    [Obsolete("These are already probabilities; a second sigmoid squeezes them into 0.5 to 0.73. Use them as they are.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public BinaryProbabilities<T> Sigmoid() => throw new NotSupportedException();
}
