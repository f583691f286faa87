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
        destination = Ready(destination);
        Kernel<T>.Sigmoid(Values, destination);
        return new(destination, Labels);
    }

    /// <summary>log p of yes, log sigmoid(z) = −log(1 + e⁻ᶻ), in new memory; exact in both tails.</summary>
    public T[] LogSigmoid()
    {
        var destination = new T[Values.Length];
        LogSigmoid(destination);
        return destination;
    }

    /// <summary>log p of yes, log sigmoid(z) = −log(1 + e⁻ᶻ), into <paramref name="destination"/>, which may be the scores' own memory.</summary>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the scores with an offset.</exception>
    public void LogSigmoid(Span<T> destination) => Kernel<T>.LogSigmoid(Values, Ready(destination));

    /// <summary>log(1 + eᶻ), in new memory: minus the log-probability of no.</summary>
    public T[] Softplus()
    {
        var destination = new T[Values.Length];
        Softplus(destination);
        return destination;
    }

    /// <summary>log(1 + eᶻ) into <paramref name="destination"/>, which may be the scores' own memory: minus the log-probability of no; exact for every z.</summary>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the scores with an offset.</exception>
    public void Softplus(Span<T> destination) => Kernel<T>.Softplus(Values, Ready(destination));

    /// <summary>Each yes/no question as a row of two classes that exclude each other, scores (0, z), in new memory: class 1 is yes.</summary>
    /// <remarks>Softmax of the result gives (1 − p, p) with p = sigmoid(z); <see cref="Logits{T}.ToBinary"/> goes back.</remarks>
    public Logits<T> ToLogits()
    {
        var scores = new T[2 * Values.Length];
        for (int i = 0; i < Values.Length; i++) scores[2 * i + 1] = Values[i];
        return new(scores, 2);
    }

    Span<T> Ready(Span<T> destination)
    {
        Throw.IfTooShort(destination.Length, Rows, Labels);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        return destination;
    }
}
