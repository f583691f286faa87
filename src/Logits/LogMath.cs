namespace Logits;

/// <summary>The scalar functions between probabilities, odds and scores, exact in the tails.</summary>
public static class LogMath
{
    /// <summary>The logistic function 1 / (1 + e⁻ˣ).</summary>
    /// <returns>0 at −∞, 1 at +∞, NaN at NaN; subnormal results are kept.</returns>
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>log(1 + x), accurate for small x.</summary>
    /// <returns>−∞ at −1; NaN below; x itself where |x| is below rounding.</returns>
    public static double Log1P(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) - ((u - 1) - x) / u;
    }
}
