using System.Numerics;
using Logits.Kernels;

namespace Logits;

/// <summary>Rows of independent yes/no scores: p = sigmoid(z) for each. A view; it lives for a call.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>One column is binary classification, several are multi-label. Classes that exclude each other are <see cref="Logits{T}"/>.</remarks>
public readonly ref struct BinaryLogits<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal BinaryLogits(ReadOnlySpan<T> scores, int labels)
    {
        Rows = Throw.IfNotWholeRows(scores.Length, labels, nameof(scores), "labels");
        Labels = labels;
        Values = scores;
    }

    /// <summary>All scores, row after row: rows × labels.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of yes/no questions in a row, at least 1.</summary>
    public int Labels { get; }

    /// <summary>One row of scores.</summary>
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

    /// <summary>Probabilities of yes, 1 / (1 + e⁻ᶻ), in new memory.</summary>
    public BinaryProbabilities<T> Sigmoid() => Sigmoid(new T[Values.Length]);

    /// <summary>Probabilities of yes, 1 / (1 + e⁻ᶻ), into <paramref name="destination"/>, which may be the scores' own memory.</summary>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the scores with an offset.</exception>
    public BinaryProbabilities<T> Sigmoid(Span<T> destination)
    {
        Throw.IfTooShort(destination.Length, Rows, Labels);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        Kernel<T>.Sigmoid(Values, destination);
        return new(destination, Labels);
    }
}
