using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Poly-1 cross-entropy: −log p_y + Epsilon · (1 − p_y), the first coefficient of the Taylor series moved.</summary>
/// <remarks>optax's <c>poly_loss_cross_entropy</c>. Source: Leng et al., PolyLoss (2022).</remarks>
public sealed record PolyLoss(double Epsilon) : LabelLoss
{
    /// <summary>The weight of 1 − p_y, at least −1 (below, the loss would reward errors).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below −1, infinite or NaN.</exception>
    public double Epsilon { get; init => field = Throw.IfBelowMinusOne(value); } = Throw.IfBelowMinusOne(Epsilon);

    /// <summary>With the source's usual weight for images, 2.</summary>
    public PolyLoss() : this(2) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var softmax = new SoftmaxRow<A>(example.Scores, gradient);
        A epsilon = A.From(Epsilon);
        A loss = softmax.MinusLogP(example.Label) + epsilon * softmax.NotP(example.Label);
        softmax.WriteGradient(example.Label, A.From(1) + epsilon * softmax.P(example.Label), gradient);
        return loss;
    }
}
