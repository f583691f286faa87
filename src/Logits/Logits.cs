using System.Numerics;
using Logits.Kernels;

namespace Logits;

/// <summary>Rows of raw scores over classes that exclude each other: p = softmax(z). A view; it lives for a call.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; half-precision scores are widened on the way in.</typeparam>
/// <remarks>
/// Made by <see cref="ScoreExtensions.AsLogits{T}(ReadOnlySpan{T}, int)"/> and its kin. A single vector is a batch of one row.
/// −∞ rules a class out. Yes/no scores that do not exclude each other are <see cref="BinaryLogits{T}"/>.
/// </remarks>
public readonly ref struct Logits<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal Logits(ReadOnlySpan<T> scores, int classes)
    {
        Rows = Throw.IfNotWholeRows(scores.Length, classes, nameof(scores));
        Classes = classes;
        Values = scores;
    }

    /// <summary>All scores, row after row: rows × classes.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of classes k, at least 1.</summary>
    public int Classes { get; }

    /// <summary>One row of k scores.</summary>
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

    /// <summary><paramref name="count"/> rows from <paramref name="start"/> on, without copying.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the batch.</exception>
    public Logits<T> Slice(int start, int count)
    {
        if ((uint)start > (uint)Rows)
            Throw.RowOutside(start, Rows);
        if ((uint)count > (uint)(Rows - start))
            Throw.RowOutside(start + count, Rows);
        return new(Values.Slice(start * Classes, count * Classes), Classes);
    }

    /// <summary>Probabilities exp(zᵢ − logsumexp(z)), row by row, in new memory.</summary>
    /// <param name="temperature">T in softmax(z / T). 0 is the limit: 1 shared among the largest scores. +∞ is the other limit: uniform over classes that are not ruled out.</param>
    /// <returns>Rows that sum to 1; all NaN for a row that holds NaN or +∞, or whose classes are all ruled out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is negative or NaN.</exception>
    public Probabilities<T> Softmax(double temperature = 1) => Softmax(new T[Values.Length], temperature);

    /// <summary>Probabilities exp(zᵢ − logsumexp(z)), row by row, into <paramref name="destination"/>, which may be the scores' own memory.</summary>
    /// <inheritdoc cref="Softmax(double)"/>
    /// <param name="destination">At least rows × classes elements.</param>
    /// <param name="temperature">T in softmax(z / T).</param>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the scores with an offset.</exception>
    public Probabilities<T> Softmax(Span<T> destination, double temperature = 1)
    {
        destination = Ready(destination, temperature);
        Kernel<T>.SoftmaxRows(Values, destination, Classes, temperature);
        return new(destination, Classes);
    }

    /// <summary>Log-probabilities zᵢ − logsumexp(z), row by row, in new memory; exact where p is within rounding of 1 or of 0.</summary>
    /// <inheritdoc cref="Softmax(double)"/>
    public LogProbabilities<T> LogSoftmax(double temperature = 1) => LogSoftmax(new T[Values.Length], temperature);

    /// <summary>Log-probabilities zᵢ − logsumexp(z), row by row, into <paramref name="destination"/>, which may be the scores' own memory.</summary>
    /// <inheritdoc cref="Softmax(Span{T}, double)"/>
    public LogProbabilities<T> LogSoftmax(Span<T> destination, double temperature = 1)
    {
        destination = Ready(destination, temperature);
        Kernel<T>.LogSoftmaxRows(Values, destination, Classes, temperature);
        return new(destination, Classes);
    }

    Span<T> Ready(Span<T> destination, double temperature)
    {
        Throw.IfNotTemperature(temperature);
        Throw.IfTooShort(destination.Length, Rows, Classes);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        return destination;
    }
}
