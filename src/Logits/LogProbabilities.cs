using System.Numerics;
using Logits.Kernels;

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

    /// <summary>The probabilities themselves, eˡ, in new memory.</summary>
    public Probabilities<T> Exp() => Exp(new T[Values.Length]);

    /// <summary>The probabilities themselves, eˡ, into <paramref name="destination"/>, which may be the log-probabilities' own memory.</summary>
    /// <remarks>Within 1 ulp of the exponential of what is stored; a log-probability of −80 was itself rounded to 80 half-ulps of its probability, so where the scores are at hand, Softmax of them is better.</remarks>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the log-probabilities with an offset.</exception>
    public Probabilities<T> Exp(Span<T> destination)
    {
        destination = Ready(destination);
        Kernel<T>.Exp(Values, destination);
        return new(destination, Classes);
    }

    Span<T> Ready(Span<T> destination)
    {
        Throw.IfTooShort(destination.Length, Rows, Classes);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        return destination;
    }
}
