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
        A sum = A.From(0);
        for (int i = 0; i < gradient.Length; i++)
            sum += Divergence.Term(q, p, i, example.Scores[i], example.Target[i], out _);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = q.P(i).Value == 0 ? A.From(0) : q.P(i) * (q.LogRatio(i, p) - sum);
        return sum;
    }
}
