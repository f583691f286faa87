using Logits.Kernels;

namespace Logits;

/// <summary>The scalar functions between probabilities, odds and scores, exact in the tails.</summary>
/// <remarks>Within 2 ulp of the exact value over the whole domain, and the same bits on every machine: no function of the operating system is called.</remarks>
public static class LogMath
{
    /// <summary>The logistic function 1 / (1 + e⁻ˣ).</summary>
    /// <returns>0 at −∞, 1 at +∞, NaN at NaN; subnormal results are kept.</returns>
    public static double Sigmoid(double x) => DoubleMath.Sigmoid(new Lane1(x)).Value;

    /// <summary>log sigmoid(x) = −log(1 + e⁻ˣ), exact in both tails.</summary>
    /// <returns>−∞ at −∞, 0 at +∞.</returns>
    public static double LogSigmoid(double x) => -Softplus(-x);

    /// <summary>log(1 + eˣ), exact for every x: no threshold beyond which it would become x.</summary>
    /// <returns>0 at −∞, +∞ at +∞; subnormal results are kept.</returns>
    public static double Softplus(double x) => DoubleMath.Softplus(new Lane1(x)).Value;

    /// <summary>The score of a probability, log(p / (1 − p)).</summary>
    /// <returns>−∞ at 0, +∞ at 1, NaN outside 0 to 1.</returns>
    public static double Logit(double p) => DoubleMath.Logit(new Lane1(p)).Value;

    /// <summary>log(1 − eˣ) for x ≤ 0: the logarithm of what a log-probability leaves to the others.</summary>
    /// <returns>−∞ at 0, 0 at −∞, NaN above 0.</returns>
    public static double Log1MExp(double x) => DoubleMath.Log1MExp(new Lane1(x)).Value;

    /// <summary>log(1 + x), accurate for small x.</summary>
    /// <returns>−∞ at −1; NaN below; x itself where |x| is below rounding.</returns>
    public static double Log1P(double x) => DoubleMath.Log1P(new Lane1(x), new Lane1(0)).Value;

    /// <summary>eˣ − 1, accurate for small x.</summary>
    /// <returns>−1 at −∞, +∞ at +∞; x itself where |x| is below rounding.</returns>
    public static double ExpM1(double x) => DoubleMath.ExpM1(new Lane1(x)).Value;
}
