using System.Numerics;
using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>What the curve of one label learns from: log-odds, and whether the answer was yes.</summary>
/// <param name="scores">Finite log-odds.</param>
/// <param name="answers">1 for yes, 0 for no; one for each score.</param>
sealed class CurveSample(double[] scores, double[] answers)
{
    Ties? _ties;

    public double[] Scores { get; } = scores;

    public double[] Answers { get; } = answers;

    public int Rows => Scores.Length;

    /// <summary>The distinct scores, rising, with the number of rows and of yeses at each.</summary>
    public Ties Sorted => _ties ??= Sort();

    public sealed record Ties(double[] Scores, double[] Rows, double[] Yes);

    Ties Sort()
    {
        double[] scores = [.. Scores], answers = [.. Answers];
        Array.Sort(scores, answers);
        int count = 0;
        double[] rows = new double[scores.Length], yes = new double[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            if (count == 0 || scores[i] != scores[count - 1]) scores[count++] = scores[i] + 0.0;
            rows[count - 1]++;
            yes[count - 1] += answers[i];
        }
        return new(scores[..count], rows[..count], yes[..count]);
    }

    /// <summary>Two classes: one sample of z₁ − z₀. More: one for each class of logit pₖ = zₖ − logsumexp of the others. Rows where that is infinite are left out.</summary>
    public static CurveSample[] From(HeldOut data)
    {
        int k = data.Classes, curves = k == 1 ? 0 : k == 2 ? 1 : k;
        var scores = new List<double>[curves];
        var answers = new List<double>[curves];
        for (int c = 0; c < curves; c++) (scores[c], answers[c]) = (new(data.Rows), new(data.Rows));
        var odds = new double[k];
        for (int row = 0; row < data.Rows; row++)
        {
            data[row].CopyTo(odds);
            LogOdds.Of(odds);
            for (int c = 0; c < curves; c++)
            {
                int label = curves == 1 ? 1 : c;
                if (!double.IsFinite(odds[label])) continue;
                scores[c].Add(odds[label]);
                answers[c].Add(data.Labels[row] == label ? 1 : 0);
            }
        }
        return [.. scores.Zip(answers, (s, a) => new CurveSample([.. s], [.. a]))];
    }

    /// <summary>One sample for each label of yes/no scores.</summary>
    /// <exception cref="ArgumentException">Lengths disagree, a label is neither 0 nor 1, or a score is NaN; the message gives the place.</exception>
    public static CurveSample[] From<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotYesOrNo(labels, logits.Rows, logits.Labels);
        var samples = new CurveSample[logits.Labels];
        for (int label = 0; label < samples.Length; label++)
        {
            var scores = new List<double>(logits.Rows);
            var answers = new List<double>(logits.Rows);
            for (int row = 0; row < logits.Rows; row++)
            {
                double score = double.CreateTruncating(logits[row][label]);
                if (double.IsNaN(score)) throw new ArgumentException($"row {row} holds NaN; a calibrator learns from rows of numbers. Remove the row.", nameof(logits));
                if (!double.IsFinite(score)) continue;
                scores.Add(score);
                answers.Add(labels[row * logits.Labels + label]);
            }
            samples[label] = new([.. scores], [.. answers]);
        }
        return samples;
    }
}

/// <summary>Between scores, log-odds and probabilities, without losing the tails.</summary>
static class LogOdds
{
    /// <summary>Replaces scores by logit pₖ = zₖ − logsumexp of the other classes. −∞ stays; a class left alone gets +∞.</summary>
    public static void Of(Span<double> z)
    {
        if (z.Length == 2)
        {
            // One difference, so that the two log-odds are each other's negative to the bit.
            double difference = z[0] == double.NegativeInfinity ? double.PositiveInfinity : z[1] - z[0];
            (z[0], z[1]) = (-difference, difference);
            return;
        }
        int top = Kernel<double>.ArgMax(z);
        double max = z[top], second = double.NegativeInfinity, others = 0, all = 0;
        for (int k = 0; k < z.Length; k++)
            if (k != top) second = Math.Max(second, z[k]);
        for (int k = 0; k < z.Length; k++)
        {
            if (z[k] == double.NegativeInfinity) continue;
            all += LogMath.Exp(z[k] - max);
            if (k != top) others += LogMath.Exp(z[k] - second);
        }
        for (int k = 0; k < z.Length; k++)
            if (k != top && z[k] > double.NegativeInfinity)
                z[k] = z[k] - max - LogMath.Log(all - LogMath.Exp(z[k] - max));
        z[top] = second == double.NegativeInfinity ? double.PositiveInfinity : max - second - LogMath.Log(others);
    }

    /// <summary>log sigmoid(s) = −log(1 + e⁻ˢ).</summary>
    public static double LogSigmoid(double s) => s >= 0 ? -LogMath.Log1P(LogMath.Exp(-s)) : s - LogMath.Log1P(LogMath.Exp(s));

    /// <summary>log(p / (1 − p)).</summary>
    public static double Logit(double p) => p <= 0.5 ? LogMath.Log(p) - LogMath.Log1P(-p) : -(LogMath.Log(1 - p) - LogMath.Log(p));

    /// <summary>How far sigmoid(s) is on the way from sigmoid(low) to sigmoid(high), 0 to 1; taken on the side where nothing cancels.</summary>
    public static double Share(double s, double low, double high)
    {
        double share = s < 0
            ? (LogMath.Sigmoid(s) - LogMath.Sigmoid(low)) / (LogMath.Sigmoid(high) - LogMath.Sigmoid(low))
            : (LogMath.Sigmoid(-low) - LogMath.Sigmoid(-s)) / (LogMath.Sigmoid(-low) - LogMath.Sigmoid(-high));
        // Both ends round to one probability: go by the scores themselves.
        return double.IsFinite(share) ? share : (s - low) / (high - low);
    }
}

/// <summary>Mean NLL of yes/no answers under sigmoid(x · features), with quadratic penalties: a handful of variables, dense Hessian.</summary>
/// <param name="features">Rows × dimension.</param>
/// <param name="targets">One for each row, 0 to 1.</param>
/// <param name="dimension">The number of features.</param>
/// <param name="penalty">A symmetric matrix P of ½ xᵀP x; empty for none.</param>
sealed class AnswersObjective(double[] features, double[] targets, int dimension, double[]? penalty = null) : IHessianObjective
{
    readonly double[] _weights = new double[targets.Length];

    public int Dimension => dimension;

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        gradient.Clear();
        double value = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            var x = features.AsSpan(row * dimension, dimension);
            double s = 0;
            for (int j = 0; j < dimension; j++) s += x[j] * point[j];
            // −t log p − (1 − t) log(1 − p) = log(1 + e^{-|s|}) + max(s, 0) − t s
            double e = LogMath.Exp(-Math.Abs(s)), p = s >= 0 ? 1 / (1 + e) : e / (1 + e);
            value += LogMath.Log1P(e) + (s >= 0 ? (1 - targets[row]) * s : -targets[row] * s);
            _weights[row] = e / ((1 + e) * (1 + e));
            for (int j = 0; j < dimension; j++) gradient[j] += (p - targets[row]) * x[j];
        }
        foreach (ref double g in gradient) g /= targets.Length;
        value /= targets.Length;
        if (penalty is null) return value;
        for (int j = 0; j < dimension; j++)
        {
            double pull = LinearAlgebra.Dot(penalty.AsSpan(j * dimension, dimension), point);
            gradient[j] += pull;
            value += point[j] * pull / 2;
        }
        return value;
    }

    public void Hessian(Span<double> hessian)
    {
        hessian.Clear();
        for (int row = 0; row < targets.Length; row++)
        {
            var x = features.AsSpan(row * dimension, dimension);
            for (int j = 0; j < dimension; j++)
                for (int k = 0; k <= j; k++)
                    hessian[j * dimension + k] += _weights[row] * x[j] * x[k];
        }
        for (int j = 0; j < dimension; j++)
            for (int k = 0; k <= j; k++)
            {
                double mean = hessian[j * dimension + k] / targets.Length + (penalty is null ? 0 : penalty[j * dimension + k]);
                hessian[j * dimension + k] = hessian[k * dimension + j] = mean;
            }
    }
}
