using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Cross-entropy plus a pull of the normaliser towards 1: (logsumexp(z) − z_y) + Coefficient · logsumexp(z)².</summary>
/// <remarks>
/// Keeps scores from drifting: unlike the other softmax losses it changes when a constant is added to all scores. As in T5X's
/// <c>cross_entropy_with_logits(z_loss=…)</c>. Source: Chowdhery et al., PaLM (2022), §5.
/// </remarks>
public sealed record ZLoss(double Coefficient = 1e-4) : LabelLoss
{
    /// <summary>The weight of the squared normaliser, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double Coefficient { get; init => field = Throw.IfNegative(value, nameof(Coefficient)); } = Throw.IfNegative(Coefficient);

    /// <summary>With the coefficient of the source, 1e−4.</summary>
    public ZLoss() : this(1e-4) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var softmax = new SoftmaxRow<A>(example.Scores, gradient);
        A normaliser = softmax.LogSumExp, pull = A.From(Coefficient) * normaliser, slope = pull + pull;
        A loss = softmax.MinusLogP(example.Label) + pull * normaliser;
        A atLabel = slope * softmax.P(example.Label) - softmax.NotP(example.Label);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = i == example.Label ? atLabel : softmax.P(i) * (A.From(1) + slope);
        return loss;
    }
}
