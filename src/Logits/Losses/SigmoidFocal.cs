using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Focal loss of yes/no scores: a_t · (1 − p_t)^Gamma · BCE, with p_t the probability given to the target; easy scores count less.</summary>
/// <remarks>
/// torchvision's <c>sigmoid_focal_loss</c>, optax's <c>sigmoid_focal_loss</c>: a_t is Alpha on the yes side and 1 − Alpha on the no side, 1 without Alpha
/// (torchvision writes −1 for that). Source: Lin et al., Focal Loss for Dense Object Detection (2017).
/// </remarks>
public sealed record SigmoidFocal(double Gamma, double? Alpha) : BinaryLoss
{
    /// <summary>The exponent of 1 − p, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double Gamma { get; init => field = Throw.IfNegative(value, nameof(Gamma)); } = Throw.IfNegative(Gamma);

    /// <summary>The weight of the yes side, 0 to 1; null weighs both sides 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 0 to 1.</exception>
    public double? Alpha { get; init => field = value is { } share ? Throw.IfNotFraction(share, nameof(Alpha)) : null; } = Alpha is { } alpha ? Throw.IfNotFraction(alpha, nameof(Alpha)) : null;

    /// <summary>With the source's exponent 2 and weight 0.25.</summary>
    public SigmoidFocal() : this(2, 0.25) { }

    internal override A Element<A>(A score, A target, int row, int label, int labels, out A slope)
    {
        A one = A.From(1), no = one - target, p = Real.Sigmoid(score), q = Real.Sigmoid(-score);
        A error = Weighed(target, q) + Weighed(no, p);                                          // 1 − p_t
        A loss = Weighed(target, Real.Softplus(-score)) + Weighed(no, Real.Softplus(score));
        A lossSlope = Weighed(no, p) - Weighed(target, q);
        A factor = Real.Power(error, Gamma);
        if (Alpha is { } alpha) factor *= A.From(alpha) * target + (one - A.From(alpha)) * no;
        if (factor.Value == 0)
        {
            slope = factor;
            return factor;
        }
        A errorSlope = Gamma == 0 ? A.From(0) : A.From(Gamma) * (p * q * (no - target) / error); // of Gamma · log(1 − p_t)
        slope = factor * (errorSlope * loss + lossSlope);
        return factor * loss;

        static A Weighed(A share, A value) => share.Value == 0 ? share : share * value;
    }
}
