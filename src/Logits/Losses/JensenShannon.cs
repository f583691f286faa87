using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Jensen–Shannon divergence ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2: symmetric, finite, at most log 2.</summary>
/// <remarks>Both halves are sums of terms that are not negative, as in <see cref="KlDivergence"/>. Source: Lin, Divergence Measures Based on the Shannon Entropy (1991).</remarks>
public sealed record JensenShannon : DivergenceLoss
{
    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var q = new SoftmaxRow<A>(example.Scores, gradient);
        var p = new SoftmaxRow<A>(example.Target, example.Scratch);
        LogRatios<A> ratios = q.LogRatios(p);
        A half = A.From(0.5), sum = A.From(0), ofQ = sum;
        for (int i = 0; i < gradient.Length; i++)
        {
            A toMiddleFromP = ToMiddle(q, p, i, ratios[i]), toMiddleFromQ = ToMiddle(p, q, i, -ratios[i]);
            A qTerm = Term(q.P(i), p.P(i), toMiddleFromQ);
            ofQ += qTerm;
            sum += Term(p.P(i), q.P(i), toMiddleFromP) + qTerm;
        }
        for (int i = 0; i < gradient.Length; i++)
        {
            A toMiddle = ToMiddle(p, q, i, -ratios[i]);
            gradient[i] = q.P(i).Value == 0 ? A.From(0) : half * q.P(i) * (-toMiddle - ofQ);
        }
        return half * sum;
    }

    /// <summary>log(m / b) = log1p((a/b − 1) / 2), for m the mean of a and b, from log(a / b).</summary>
    static A ToMiddle<A>(in SoftmaxRow<A> a, in SoftmaxRow<A> b, int i, A ratio) where A : struct, IReal<A>
    {
        if (b.RulesOut(i)) return A.From(a.RulesOut(i) ? 0 : double.PositiveInfinity);
        if (a.RulesOut(i)) return A.Log(A.From(0.5));
        return ratio.Value > 700 ? ratio + A.Log(A.From(0.5)) : A.Log1P(A.From(0.5) * A.ExpM1(ratio));
    }

    /// <summary>b · (e^δ − 1 − δ) for δ = log(m / b), the same as (m − b) − b · δ, which is right where b is 0.</summary>
    static A Term<A>(A b, A a, A toMiddle) where A : struct, IReal<A> =>
        Math.Abs(toMiddle.Value) < 0.5 ? b * Real.ExpM1MinusX(toMiddle) : A.From(0.5) * (a - b) - (b.Value == 0 ? b : b * toMiddle);
}
