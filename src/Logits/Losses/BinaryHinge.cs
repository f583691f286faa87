using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Hinge of yes/no scores: t · max(0, Margin − z)^Power + (1 − t) · max(0, Margin + z)^Power.</summary>
/// <remarks>
/// For targets 0 and 1 this is optax's <c>hinge_loss</c> and TensorFlow's <c>Hinge</c> (their targets are −1 and 1), squared with Power 2 (<c>SquaredHinge</c>).
/// Not differentiable where the margin is met exactly; the slope there is that of the flat side. Source: Cortes and Vapnik (1995).
/// </remarks>
public sealed record BinaryHinge(double Margin = 1, int Power = 1) : BinaryLoss
{
    /// <summary>How far beyond 0 a score must be, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Margin { get; init => field = Throw.IfNotPositive(value, nameof(Margin)); } = Throw.IfNotPositive(Margin);

    /// <summary>1 for the hinge, 2 for the squared hinge.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither 1 nor 2.</exception>
    public int Power { get; init => field = Throw.IfNotHingePower(value); } = Throw.IfNotHingePower(Power);

    /// <summary>The plain hinge with margin 1.</summary>
    public BinaryHinge() : this(1) { }

    internal override A Element<A>(A score, A target, int row, int label, int labels, out A slope)
    {
        A no = A.From(1) - target, yesShort = Real.Max0(A.From(Margin) - score), noShort = Real.Max0(A.From(Margin) + score);
        if (Power == 2)
        {
            slope = A.From(2) * (no * noShort - target * yesShort);
            return target * yesShort * yesShort + no * noShort * noShort;
        }
        slope = (noShort.Value > 0 ? no : A.From(0)) - (yesShort.Value > 0 ? target : A.From(0));
        return target * yesShort + no * noShort;
    }
}
