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
        A sum = A.From(0);
        for (int i = 0; i < gradient.Length; i++)
        {
            A term = Divergence.Term(p, q, i, example.Target[i], example.Scores[i], out A slope);
            sum += term;
            gradient[i] = Temperature == 1 ? slope : slope / temperature;
        }
        return sum;
    }
}

/// <summary>The arithmetic that divergences share.</summary>
internal static class Divergence
{
    /// <summary>p · (e^δ − 1 − δ) for δ = log(q / p), and q − p = p · (e^δ − 1). Sums of the first are KL(p ‖ q), because Σ (q − p) = 0.</summary>
    public static A Term<A>(in SoftmaxRow<A> p, in SoftmaxRow<A> q, int i, A pScore, A qScore, out A difference) where A : struct, IReal<A>
    {
        A pi = p.P(i), qi = q.P(i);
        if (double.IsNegativeInfinity(pScore.Value))
        {
            difference = qi;
            return qi;
        }
        if (double.IsNegativeInfinity(qScore.Value))
        {
            difference = -pi;
            return A.From(double.PositiveInfinity);
        }
        A ratio = q.LogRatio(i, p);
        if (Math.Abs(ratio.Value) < 1)
        {
            difference = pi * A.ExpM1(ratio);
            return pi * Real.ExpM1MinusX(ratio);
        }
        difference = qi - pi;
        return difference - (pi.Value == 0 ? pi : pi * ratio);
    }
}
