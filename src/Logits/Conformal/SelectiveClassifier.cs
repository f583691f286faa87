using System.Numerics;
using Logits.Distributions;
using Logits.Metrics;

namespace Logits.Conformal;

/// <summary>Answers only where it is confident, so that the error rate of its answers stays below a target with guaranteed probability.</summary>
/// <param name="Threshold">Rows whose confidence is at least this are answered; +∞ when no threshold could be guaranteed.</param>
/// <param name="TargetRisk">The error rate the answers may have.</param>
/// <param name="Delta">The probability with which the guarantee may fail, over the draw of the held-out rows.</param>
/// <param name="Coverage">The share of the held-out rows that are answered.</param>
/// <param name="Risk">The error rate of the answered held-out rows; NaN when none is answered.</param>
/// <param name="RiskBound">The upper bound on the true error rate of the answers, which holds with probability 1 − δ; at most the target where a threshold was found.</param>
/// <remarks>
/// Selection with guaranteed risk: a binary search over thresholds, each tried one bounded by Clopper–Pearson at δ / (⌈log₂ n⌉ + 1), so that all bounds hold together.
/// Source: Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017. Immutable; safe to share between threads.
/// </remarks>
public sealed record SelectiveClassifier(double Threshold, double TargetRisk, double Delta, double Coverage, double Risk, double RiskBound)
{
    /// <summary>Finds the threshold from held-out rows.</summary>
    /// <param name="logits">n rows × k classes, not used for training.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="targetRisk">The error rate the answers may have, above 0 and below 1.</param>
    /// <param name="delta">δ, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public static SelectiveClassifier Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, double targetRisk, double delta = 0.05) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(Forecasts.Of(logits, labels), targetRisk, delta);

    /// <summary>Finds the threshold from the confidence of answers and whether they were right.</summary>
    /// <param name="answers">Of held-out rows.</param>
    /// <param name="targetRisk">The error rate the answers may have, above 0 and below 1.</param>
    /// <param name="delta">δ, above 0 and below 1.</param>
    public static SelectiveClassifier Fit(Forecasts answers, double targetRisk, double delta = 0.05)
    {
        Throw.IfNotLevel(targetRisk);
        Throw.IfNotLevel(delta);
        int n = answers.Count;
        var errors = new int[n + 1];   // errors[i]: among the sorted rows from i on
        for (int i = n - 1; i >= 0; i--) errors[i] = errors[i + 1] + (answers.Happened[i] ? 0 : 1);

        // The places tried depend on earlier bounds, but there are at most ⌈log₂ n⌉ + 1 of them: a union bound over that many.
        int low = 0, high = n - 1, found = n;
        double bound = 1, share = delta / (Math.Ceiling(Math.Log2(n)) + 1);
        while (low <= high)
        {
            int middle = low + (high - low) / 2, first = FirstOfTies(answers, middle), accepted = n - first;
            double upper = UpperBound(errors[first], accepted, share);
            if (upper <= targetRisk)
            {
                (found, bound) = (first, upper);
                high = first - 1;
            }
            else low = answers.EndOfTies(middle);
        }
        return found == n
            ? new(double.PositiveInfinity, targetRisk, delta, 0, double.NaN, bound)
            : new(answers.Probabilities[found], targetRisk, delta, (double)(n - found) / n, (double)errors[found] / (n - found), bound);
    }

    /// <summary>Whether to answer, for each row.</summary>
    /// <param name="logits">n rows × k classes.</param>
    /// <exception cref="ArgumentException">A row without a softmax; the message gives the index.</exception>
    public bool[] Apply<T>(Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var confidences = new double[logits.Rows];
        ColumnSoftmax.Of(logits, confidences, new int[logits.Rows], columns: []);
        var answer = new bool[logits.Rows];
        for (int i = 0; i < answer.Length; i++) answer[i] = confidences[i] >= Threshold;
        return answer;
    }

    static int FirstOfTies(Forecasts answers, int index)
    {
        while (index > 0 && answers.Probabilities[index - 1] == answers.Probabilities[index]) index--;
        return index;
    }

    /// <summary>The Clopper–Pearson upper bound: the largest error rate under which as few errors as seen have probability δ.</summary>
    internal static double UpperBound(int errors, int trials, double delta)
    {
        if (errors >= trials) return 1;
        // P(Binomial(n, r) ≤ e) = I_{1−r}(n − e, e + 1) falls in r.
        double low = (double)errors / trials, high = 1, logDelta = Math.Log(delta);
        while (high - low > 1e-15 * high)
        {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) break;
            if (SpecialFunctions.LogBeta(trials - errors, errors + 1, 1 - middle, middle) > logDelta) low = middle;
            else high = middle;
        }
        return high;
    }
}
