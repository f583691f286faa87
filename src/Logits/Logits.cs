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

    /// <summary>log Σ exp(zᵢ / T) of each row, in new memory.</summary>
    /// <inheritdoc cref="LogSumExp(Span{T}, double)"/>
    public T[] LogSumExp(double temperature = 1)
    {
        var destination = new T[Rows];
        LogSumExp(destination, temperature);
        return destination;
    }

    /// <summary>log Σ exp(zᵢ / T) of each row: −∞ for a row that is ruled out altogether, +∞ where a score is, NaN where a score is NaN.</summary>
    /// <param name="destination">At least one element for each row.</param>
    /// <param name="temperature">T, from 0 to +∞.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is negative or NaN.</exception>
    public void LogSumExp(Span<T> destination, double temperature = 1)
    {
        Throw.IfNotTemperature(temperature);
        Throw.IfTooShortForRows(destination.Length, Rows);
        Kernel<T>.LogSumExpRows(Values, destination[..Rows], Classes, temperature);
    }

    /// <summary>Entropy −Σ pᵢ log pᵢ of softmax(z / T) of each row, in nats, in new memory.</summary>
    /// <inheritdoc cref="Entropy(Span{T}, double)"/>
    public T[] Entropy(double temperature = 1)
    {
        var destination = new T[Rows];
        Entropy(destination, temperature);
        return destination;
    }

    /// <summary>Entropy −Σ pᵢ log pᵢ of softmax(z / T) of each row, in nats: 0 for one certain class, log k for k equal ones.</summary>
    /// <param name="destination">At least one element for each row.</param>
    /// <param name="temperature">T, from 0 to +∞.</param>
    /// <remarks>NaN for a row that has no softmax. A near-certain row keeps its digits: the entropy of a gap of 90 is about 10⁻³⁷, not 0.</remarks>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is negative or NaN.</exception>
    public void Entropy(Span<T> destination, double temperature = 1)
    {
        Throw.IfNotTemperature(temperature);
        Throw.IfTooShortForRows(destination.Length, Rows);
        for (int row = 0; row < Rows; row++) destination[row] = T.CreateTruncating(Kernel<T>.Entropy(this[row], temperature));
    }

    /// <summary>The class with the largest score of each row, in new memory.</summary>
    /// <inheritdoc cref="ArgMax(Span{int})"/>
    public int[] ArgMax()
    {
        var destination = new int[Rows];
        ArgMax(destination);
        return destination;
    }

    /// <summary>The class with the largest score of each row; of equals the first; of a row with NaN the first NaN.</summary>
    /// <param name="destination">At least one element for each row.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void ArgMax(Span<int> destination)
    {
        Throw.IfTooShortForRows(destination.Length, Rows);
        for (int row = 0; row < Rows; row++) destination[row] = Kernel<T>.ArgMax(this[row]);
    }

    /// <summary>The k classes with the largest scores of each row, best first, in new memory: rows × k.</summary>
    /// <inheritdoc cref="TopK(int, Span{int}, Span{T})"/>
    public int[] TopK(int k)
    {
        Throw.IfNotTopCount(k, Classes);
        var classes = new int[Rows * k];
        TopK(k, classes);
        return classes;
    }

    /// <summary>The k classes with the largest scores of each row, best first, and their scores when asked for.</summary>
    /// <param name="k">1 to the number of classes.</param>
    /// <param name="classes">At least rows × k elements.</param>
    /// <param name="scores">At least rows × k elements, or none to leave the scores out.</param>
    /// <remarks>Of equals the lower class first; NaN stands above every number. O(n log k) a row, no allocation.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">k is below 1 or above the number of classes.</exception>
    /// <exception cref="ArgumentException">A destination is too short.</exception>
    public void TopK(int k, Span<int> classes, Span<T> scores = default)
    {
        Throw.IfNotTopCount(k, Classes);
        Throw.IfTooShort(classes.Length, Rows, k, nameof(classes));
        if (!scores.IsEmpty) Throw.IfTooShort(scores.Length, Rows, k, nameof(scores));
        for (int row = 0; row < Rows; row++)
        {
            Span<int> best = classes.Slice(row * k, k);
            Selection.Top(this[row], best);
            if (scores.IsEmpty) continue;
            for (int i = 0; i < k; i++) scores[row * k + i] = this[row][best[i]];
        }
    }

    /// <summary>Two classes as one yes/no score, z₁ − z₀, in new memory: the sigmoid of it is the softmax probability of class 1.</summary>
    /// <returns>One score a row; ±∞ where one class is ruled out, NaN where both are.</returns>
    /// <exception cref="InvalidOperationException">There are not exactly two classes.</exception>
    public BinaryLogits<T> ToBinary()
    {
        Throw.IfNotTwoClasses(Classes);
        var scores = new T[Rows];
        for (int row = 0; row < Rows; row++) scores[row] = Values[2 * row + 1] - Values[2 * row];
        return new(scores, 1);
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
