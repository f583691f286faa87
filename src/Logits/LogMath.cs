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

    /// <summary>log sigmoid(x) = −log(1 + e⁻ˣ).</summary>
    public static double LogSigmoid(double x) => -Softplus(-x);

    /// <summary>log(1 + eˣ), exact for every x: no threshold.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1P(Math.Exp(-Math.Abs(x)));

    /// <summary>log(p / (1 − p)).</summary>
    public static double Logit(double p) => p < 0.25 ? Math.Log(p / (1 - p)) : 2 * Math.Atanh(2 * p - 1);

    /// <summary>log(1 − eˣ) for x ≤ 0.</summary>
    public static double Log1MExp(double x) => x > -0.6931471805599453 ? Math.Log(-ExpM1(x)) : Log1P(-Math.Exp(x));

    /// <summary>log(1 + x), accurate for small x.</summary>
    /// <returns>−∞ at −1; NaN below; x itself where |x| is below rounding.</returns>
    public static double Log1P(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) - ((u - 1) - x) / u;
    }

    /// <summary>eˣ − 1, accurate for small x.</summary>
    public static double ExpM1(double x)
    {
        if (Math.Abs(x) > 1) return Math.Exp(x) - 1;
        double half = Math.Tanh(x / 2);
        return 2 * half / (1 - half);
    }
}
