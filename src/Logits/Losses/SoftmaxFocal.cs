using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Focal loss over classes that exclude each other: (1 − p_y)^Gamma · (−log p_y); easy rows count less.</summary>
/// <remarks>Gamma 0 is cross-entropy. Source: Lin et al., Focal Loss for Dense Object Detection (2017), carried to the softmax.</remarks>
public sealed record SoftmaxFocal(double Gamma) : LabelLoss
{
    /// <summary>The exponent of 1 − p, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double Gamma { get; init => field = Throw.IfNegative(value, nameof(Gamma)); } = Throw.IfNegative(Gamma);

    /// <summary>With the source's exponent, 2.</summary>
    public SoftmaxFocal() : this(2) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var softmax = new SoftmaxRow<A>(example.Scores, gradient);
        int y = example.Label;
        A error = softmax.NotP(y), minusLog = softmax.MinusLogP(y), factor = Real.Power(error, Gamma);
        // dL/d(log p) = −(factor + Gamma · error^(Gamma−1) · p · minusLog): two terms of one sign; minusLog / error → 1 as both vanish.
        A ratio = error.Value == 0 ? A.From(1) : minusLog / error;
        A slope = factor + A.From(Gamma) * factor * softmax.P(y) * ratio;
        softmax.WriteGradient(y, slope, gradient);
        return factor.Value == 0 ? factor : factor * minusLog;
    }
}
