using System.Numerics;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>How often the label is the likeliest class, or among the likeliest.</summary>
public static class Accuracy
{
    /// <summary>The share of rows whose largest score (the first of equals) is at the label.</summary>
    /// <param name="logits">n rows × k classes, n at least 1.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public static double Mean<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(logits, labels);
        int right = 0;
        for (int i = 0; i < logits.Rows; i++)
            if (Kernel<T>.ArgMax(logits[i]) == labels[i]) right++;
        return (double)right / logits.Rows;
    }

    /// <summary>The share of rows whose label is among the <paramref name="count"/> largest scores; of equal scores the lower class ranks first.</summary>
    /// <param name="logits">n rows × k classes, n at least 1.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="count">At least 1; from k on every row counts.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public static double Top<T>(Logits<T> logits, ReadOnlySpan<int> labels, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool[] right = Right(logits, labels, count);
        return (double)right.AsSpan().Count(true) / right.Length;
    }

    /// <summary>The bootstrap interval of <see cref="Top"/>.</summary>
    /// <inheritdoc cref="Top"/>
    /// <param name="logits">n rows × k classes, n at least 1.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="count">At least 1.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, level, threads.</param>
    public static Interval TopInterval<T>(Logits<T> logits, ReadOnlySpan<int> labels, int count, EvaluationOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool[] right = Right(logits, labels, count);
        return Bootstrap.Of(right.Length, weights =>
        {
            int hits = 0;
            for (int i = 0; i < weights.Length; i++) hits += right[i] ? weights[i] : 0;
            return (double)hits / weights.Length;
        }, options);
    }

    static bool[] Right<T>(Logits<T> logits, ReadOnlySpan<int> labels, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfLess(count, 1);
        Check(logits, labels);
        var right = new bool[logits.Rows];
        for (int i = 0; i < logits.Rows; i++)
        {
            ReadOnlySpan<T> row = logits[i];
            T own = row[labels[i]];
            int before = 0;
            for (int k = 0; k < row.Length; k++)
                if (row[k] > own || (row[k] == own && k < labels[i])) before++;
            right[i] = before < count;
        }
        return right;
    }

    static void Check<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        Throw.IfNoSoftmax(logits);
    }
}
