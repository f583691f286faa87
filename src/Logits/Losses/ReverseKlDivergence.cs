using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Reverse Kullback–Leibler divergence KL(q ‖ p) = Σ q · log(q / p) of the target's distribution p from the scores' q.</summary>
/// <remarks>Seeks one mode of the target instead of covering all. Computed like <see cref="KlDivergence"/>, without cancellation.</remarks>
public sealed record ReverseKlDivergence : DivergenceLoss
{
    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var q = new SoftmaxRow<A>(example.Scores, gradient);
        var p = new SoftmaxRow<A>(example.Target, example.Scratch);
        LogRatios<A> ratios = p.LogRatios(q);
        A sum = A.From(0), one = A.From(1);
        for (int i = 0; i < gradient.Length; i++)
            sum += Divergence.Term(q, p, i, ratios[i], one, out _);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = q.P(i).Value == 0 ? A.From(0) : q.P(i) * (-ratios[i] - sum);
        return sum;
    }
}
