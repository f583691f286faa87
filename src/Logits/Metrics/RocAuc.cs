using System.Collections.Immutable;
using System.Numerics;

namespace Logits.Metrics;

/// <summary>The probability that a random yes scores above a random no, ties counted half: the area under the ROC curve.</summary>
/// <remarks>
/// Taken from the scores and not from probabilities, which tie where they saturate. Exact: pairs are counted in whole numbers. Cost: one sort.
/// Source: Hanley and McNeil, Radiology 143, 1982.
/// </remarks>
public static class RocAuc
{
    /// <summary>The area for scores of any scale.</summary>
    /// <param name="scores">n scores, ±∞ allowed.</param>
    /// <param name="yes">n answers.</param>
    /// <returns>0 to 1; NaN when all answers are alike.</returns>
    /// <exception cref="ArgumentException">Lengths differ or a score is NaN; the message gives the index.</exception>
    public static double Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> yes)
    {
        var (sorted, answers) = Sorted(scores, yes);
        return Area(sorted, answers, weights: []);
    }

    static (double[] Scores, bool[] Yes) Sorted(ReadOnlySpan<double> scores, ReadOnlySpan<bool> yes)
    {
        Throw.IfNotAsMany(yes.Length, scores.Length, nameof(yes), nameof(scores));
        for (int i = 0; i < scores.Length; i++)
            if (double.IsNaN(scores[i]))
                throw new ArgumentException($"scores[{i}] is NaN; it has no rank. Drop or repair the row.", nameof(scores));
        double[] sorted = scores.ToArray();
        bool[] answers = yes.ToArray();
        Array.Sort(sorted, answers);
        return (sorted, answers);
    }

    /// <param name="sorted">n scores, ascending.</param>
    /// <param name="answers">n answers.</param>
    /// <param name="weights">How often each counts; empty for once.</param>
    static double Area(double[] sorted, bool[] answers, int[] weights)
    {
        // Twice the number of (yes above no) pairs, ties counting one.
        Int128 pairs = 0;
        long noBelow = 0, allYes = 0;
        for (int start = 0; start < sorted.Length;)
        {
            double score = sorted[start];
            long yesHere = 0, noHere = 0;
            for (; start < sorted.Length && sorted[start] == score; start++)
            {
                int weight = weights.Length == 0 ? 1 : weights[start];
                if (answers[start]) yesHere += weight;
                else noHere += weight;
            }
            pairs += (Int128)yesHere * (2 * noBelow + noHere);
            noBelow += noHere;
            allYes += yesHere;
        }
        return (double)pairs / 2 / allYes / noBelow;
    }

    /// <summary>The bootstrap interval of the area.</summary>
    /// <param name="scores">n scores, ±∞ allowed.</param>
    /// <param name="yes">n answers.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, level, threads.</param>
    /// <returns>NaN when a resample's answers are all alike.</returns>
    /// <exception cref="ArgumentException">Lengths differ, no rows, or a score is NaN; the message gives the index.</exception>
    public static Interval Interval(ReadOnlySpan<double> scores, ReadOnlySpan<bool> yes, EvaluationOptions? options = null)
    {
        Throw.IfNoRows(scores.Length, nameof(scores));
        var (sorted, answers) = Sorted(scores, yes);
        return Bootstrap.Of(sorted.Length, weights => Area(sorted, answers, weights), options);
    }

    /// <summary>The area of each label's yes/no scores, in the order of the columns.</summary>
    /// <param name="logits">n rows × m labels.</param>
    /// <param name="labels">n × m answers, 0 or 1, row after row.</param>
    public static ImmutableArray<double> PerLabel<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAnswers(labels, logits.Rows, logits.Labels);
        var areas = ImmutableArray.CreateBuilder<double>(logits.Labels);
        var scores = new double[logits.Rows];
        var yes = new bool[logits.Rows];
        for (int label = 0; label < logits.Labels; label++)
        {
            for (int row = 0; row < scores.Length; row++)
                (scores[row], yes[row]) = (double.CreateTruncating(logits.Values[row * logits.Labels + label]), labels[row * logits.Labels + label] == 1);
            areas.Add(Of(scores, yes));
        }
        return areas.MoveToImmutable();
    }

    /// <summary>The area of each class against the rest, ranked by its log-odds zₖ − log Σ_{j≠k} exp(zⱼ).</summary>
    /// <param name="logits">n rows × k classes.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <returns>k areas; NaN for a class without rows, or with all of them.</returns>
    public static ImmutableArray<double> OneVersusRest<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        Throw.IfNoSoftmax(logits);
        var areas = ImmutableArray.CreateBuilder<double>(logits.Classes);
        var odds = new double[logits.Rows];
        var yes = new bool[logits.Rows];
        for (int k = 0; k < logits.Classes; k++)
        {
            for (int row = 0; row < odds.Length; row++) (odds[row], yes[row]) = (LogOdds(logits[row], k), labels[row] == k);
            areas.Add(Of(odds, yes));
        }
        return areas.MoveToImmutable();
    }

    static double LogOdds<T>(ReadOnlySpan<T> row, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double max = double.NegativeInfinity, sum = 0, own = double.CreateTruncating(row[k]);
        for (int j = 0; j < row.Length; j++)
            if (j != k) max = Math.Max(max, double.CreateTruncating(row[j]));
        if (double.IsNegativeInfinity(max)) return double.PositiveInfinity;
        for (int j = 0; j < row.Length; j++)
            if (j != k) sum += Math.Exp(double.CreateTruncating(row[j]) - max);
        return own - max - Math.Log(sum);
    }
}
