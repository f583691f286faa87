using System.ComponentModel;
using System.Numerics;
using Logits.Kernels;

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

    /// <summary>The scores log(p / (1 − p)), in new memory: −∞ at 0, +∞ at 1.</summary>
    public BinaryLogits<T> Logit() => Logit(new T[Values.Length]);

    /// <summary>The scores log(p / (1 − p)) into <paramref name="destination"/>, which may be the probabilities' own memory.</summary>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the probabilities with an offset.</exception>
    public BinaryLogits<T> Logit(Span<T> destination)
    {
        destination = Ready(destination);
        Kernel<T>.Logit(Values, destination);
        return new(destination, Labels);
    }

    /// <summary>The odds p / (1 − p), in new memory: 0 at 0, +∞ at 1.</summary>
    public T[] Odds()
    {
        var destination = new T[Values.Length];
        Odds(destination);
        return destination;
    }

    /// <summary>The odds p / (1 − p) into <paramref name="destination"/>, which may be the probabilities' own memory.</summary>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the probabilities with an offset.</exception>
    public void Odds(Span<T> destination)
    {
        destination = Ready(destination);
        for (int i = 0; i < Values.Length; i++) destination[i] = T.CreateTruncating(LogMath.Odds(double.CreateTruncating(Values[i])));
    }

    Span<T> Ready(Span<T> destination)
    {
        Throw.IfTooShort(destination.Length, Rows, Labels);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        return destination;
    }

    /// <summary>Does not compile: a second sigmoid squeezes probabilities into 0.5 to 0.73.</summary>
    [Obsolete("These are already probabilities; a second sigmoid squeezes them into 0.5 to 0.73. Use them as they are.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public BinaryProbabilities<T> Sigmoid() => throw new NotSupportedException();
}
