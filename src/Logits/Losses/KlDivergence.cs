using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Forward Kullback–Leibler divergence KL(p ‖ q) = Σ p · log(p / q) of the scores' distribution q from the target's p, both at a temperature.</summary>
/// <remarks>
/// Covers what the target covers. Computed as Σ p · (e^δ − 1 − δ) with δ = log(q / p): no term is negative, so nothing cancels even where the
/// distributions agree to the last digit. PyTorch's <c>KLDivLoss(log_softmax(scores), softmax(target))</c> with <c>batchmean</c>; optax's
/// <c>kl_divergence</c>. At a temperature it is not multiplied by T²; <see cref="Distillation"/> does that. Source: Kullback and Leibler (1951).
/// </remarks>
public sealed record KlDivergence(double Temperature) : DivergenceLoss
{
    /// <summary>What both rows of scores are divided by, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Temperature { get; init => field = Throw.IfNotPositive(value, nameof(Temperature)); } = Throw.IfNotPositive(Temperature);

    /// <summary>At temperature 1.</summary>
    public KlDivergence() : this(1) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A temperature = A.From(Temperature);
        if (Temperature != 1)
            for (int i = 0; i < gradient.Length; i++)
            {
                example.Scores[i] /= temperature;
                example.Target[i] /= temperature;
            }
        var q = new SoftmaxRow<A>(example.Scores, gradient);
        var p = new SoftmaxRow<A>(example.Target, example.Scratch);
        return Divergence.Kl(p, q, A.From(1) / temperature, gradient);
    }
}

/// <summary>The arithmetic that divergences share.</summary>
internal static class Divergence
{
    /// <summary>KL(p ‖ q), and scale · (q − p) for every class.</summary>
    /// <remarks>The slopes may take the memory that q's exponentials live in: a class is read before it is written.</remarks>
    public static A Kl<A>(in SoftmaxRow<A> p, in SoftmaxRow<A> q, A scale, Span<A> slopes) where A : struct, IReal<A>
    {
        LogRatios<A> ratios = q.LogRatios(p);
        // Where all but one class are tiny in both rows, that one's slope is what the others add up to: each of them was scaled before it was rounded.
        int top = p.Top == q.Top && p.NotP(p.Top).Value < SoftmaxRow<A>.Tiny && q.NotP(q.Top).Value < SoftmaxRow<A>.Tiny ? p.Top : -1;
        A sum = A.From(0), others = sum;
        for (int i = 0; i < slopes.Length; i++)
        {
            sum += Term(p, q, i, ratios[i], scale, out A slope);
            slopes[i] = slope;
            if (i != top) others += slope;
        }
        if (top >= 0) slopes[top] = -others;
        return sum;
    }

    /// <summary>p · (e^δ − 1 − δ) for δ = log(q / p), and scale · (q − p) = scale · p · (e^δ − 1). Sums of the first are KL(p ‖ q), because Σ (q − p) = 0.</summary>
    /// <remarks>What is ruled out has probability 0, or NaN in a row that rules out every class. The scale is applied before a small slope is rounded.</remarks>
    public static A Term<A>(in SoftmaxRow<A> p, in SoftmaxRow<A> q, int i, A ratio, A scale, out A slope) where A : struct, IReal<A>
    {
        A pi = p.P(i), qi = q.P(i), difference = qi - pi;
        slope = difference * scale;
        if (p.RulesOut(i)) return difference;
        if (q.RulesOut(i)) return A.From(double.PositiveInfinity) + qi;
        if (Math.Abs(ratio.Value) < 1)
        {
            slope = Times(p, i, pi, A.ExpM1(ratio) * scale);
            return Times(p, i, pi, Real.ExpM1MinusX(ratio));
        }
        if (pi.Value < SoftmaxRow<A>.Tiny && qi.Value < SoftmaxRow<A>.Tiny)
        {
            bool grows = ratio.Value > 0;
            if (!(grows ? q : p).Vanishes(i, scale.Value))
                slope = grows ? -q.TinyTimes(i, A.ExpM1(-ratio) * scale) : p.TinyTimes(i, A.ExpM1(ratio) * scale);
        }
        return difference - Times(p, i, pi, ratio);
    }

    static A Times<A>(in SoftmaxRow<A> p, int i, A pi, A factor) where A : struct, IReal<A> => pi.Value < SoftmaxRow<A>.Tiny ? p.TinyTimes(i, factor) : pi * factor;
}
