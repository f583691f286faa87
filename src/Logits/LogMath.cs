using System.Runtime.CompilerServices;
using Logits.Kernels;

namespace Logits;

/// <summary>The scalar functions between probabilities, odds and scores, exact in the tails.</summary>
/// <remarks>
/// Within 2 ulp of the exact value over the whole domain, in double and in float, and the same bits on every machine: no function
/// of the operating system is called. Over spans they are methods of <see cref="Logits{T}"/>, <see cref="BinaryLogits{T}"/> and their kin.
/// </remarks>
public static class LogMath
{
    /// <summary>The logistic function 1 / (1 + e⁻ˣ).</summary>
    /// <returns>0 at −∞, 1 at +∞, NaN at NaN; subnormal results are kept.</returns>
    public static double Sigmoid(double x) => DoubleMath.Sigmoid(new Lane1(x)).Value;

    /// <inheritdoc cref="Sigmoid(double)"/>
    public static float Sigmoid(float x) => (float)Sigmoid((double)x);

    /// <summary>log sigmoid(x) = −log(1 + e⁻ˣ), exact in both tails.</summary>
    /// <returns>−∞ at −∞, 0 at +∞.</returns>
    public static double LogSigmoid(double x) => -Softplus(-x);

    /// <inheritdoc cref="LogSigmoid(double)"/>
    public static float LogSigmoid(float x) => (float)LogSigmoid((double)x);

    /// <summary>log(1 + eˣ), exact for every x: no threshold beyond which it would become x.</summary>
    /// <returns>0 at −∞, +∞ at +∞; subnormal results are kept.</returns>
    public static double Softplus(double x) => DoubleMath.Softplus(new Lane1(x)).Value;

    /// <inheritdoc cref="Softplus(double)"/>
    public static float Softplus(float x) => (float)Softplus((double)x);

    /// <summary>log(1 + eˣ): <see cref="Softplus(double)"/> under the name that numerics gives it.</summary>
    public static double Log1PExp(double x) => Softplus(x);

    /// <inheritdoc cref="Log1PExp(double)"/>
    public static float Log1PExp(float x) => Softplus(x);

    /// <summary>The score of a probability, log(p / (1 − p)): the inverse of <see cref="Sigmoid(double)"/>.</summary>
    /// <returns>−∞ at 0, +∞ at 1, NaN outside 0 to 1.</returns>
    public static double Logit(double p) => DoubleMath.Logit(new Lane1(p)).Value;

    /// <inheritdoc cref="Logit(double)"/>
    public static float Logit(float p) => (float)Logit((double)p);

    /// <summary>log(1 − eˣ) for x ≤ 0: the logarithm of what a log-probability leaves to the others.</summary>
    /// <returns>−∞ at 0, 0 at −∞, NaN above 0.</returns>
    public static double Log1MExp(double x) => DoubleMath.Log1MExp(new Lane1(x)).Value;

    /// <inheritdoc cref="Log1MExp(double)"/>
    public static float Log1MExp(float x) => (float)Log1MExp((double)x);

    /// <summary>eˣ with the same bits on every machine, which a C library does not promise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Exp(double x) => DoubleMath.Exp(new Lane1(x)).Value;

    /// <summary>log x with the same bits on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Log(double x) => x is >= 2.2250738585072014e-308 and <= double.MaxValue ? DoubleMath.LogOfNormal(new Lane1(x)).Value : DoubleMath.Log(new Lane1(x)).Value;

    /// <summary>log(1 + x), accurate for small x.</summary>
    /// <returns>−∞ at −1; NaN below; x itself where |x| is below rounding.</returns>
    public static double Log1P(double x) => DoubleMath.Log1P(new Lane1(x), new Lane1(0)).Value;

    /// <inheritdoc cref="Log1P(double)"/>
    public static float Log1P(float x) => (float)Log1P((double)x);

    /// <summary>eˣ − 1, accurate for small x.</summary>
    /// <returns>−1 at −∞, +∞ at +∞; x itself where |x| is below rounding.</returns>
    public static double ExpM1(double x) => DoubleMath.ExpM1(new Lane1(x)).Value;

    /// <inheritdoc cref="ExpM1(double)"/>
    public static float ExpM1(float x) => (float)ExpM1((double)x);

    /// <summary>log(eᵃ + eᵇ), without leaving the logarithms.</summary>
    /// <returns>The other argument where one is −∞; +∞ where one is +∞; NaN where one is NaN.</returns>
    /// <remarks>Where eᵃ + eᵇ is near 1 the result is near 0 and good to 2⁻⁵² absolutely.</remarks>
    public static double LogAddExp(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b)) return double.NaN;
        double max = Math.Max(a, b), min = Math.Min(a, b);
        if (double.IsInfinity(max) || double.IsNegativeInfinity(min)) return max;
        // What a − b rounds away would show in the exponential: it comes back as a factor.
        double d = OddRows.Exponent(min, max, 1, out double low);
        return max + Log1P(Math.ScaleB(1 + OddRows.Exp(d, low, out int exponent), exponent));
    }

    /// <inheritdoc cref="LogAddExp(double, double)"/>
    /// <remarks>Rounded from the double result.</remarks>
    public static float LogAddExp(float a, float b) => (float)LogAddExp((double)a, (double)b);

    /// <summary>log Σ exp(xᵢ) of any scores, however large or small.</summary>
    /// <returns>−∞ for an empty span and where all are −∞; +∞ where one is +∞; NaN where one is NaN.</returns>
    /// <remarks>Vectorised. To the last digit also where Σ exp(xᵢ) is near 1 and the result near 0, as of log-probabilities: such a row is added up once more with twice the digits, at about 0.5 µs an element.</remarks>
    public static double LogSumExp(ReadOnlySpan<double> x) => Kernel<double>.LogSumExpNearZero(x);

    /// <inheritdoc cref="LogSumExp(ReadOnlySpan{double})"/>
    public static float LogSumExp(ReadOnlySpan<float> x)
    {
        float result = 0;
        Kernel<float>.LogSumExpRows(x, new(ref result), x.Length);
        return result;
    }

    /// <summary>The odds p / (1 − p) of a probability: how many times likelier than not.</summary>
    /// <returns>0 at 0, +∞ at 1, NaN outside 0 to 1.</returns>
    public static double Odds(double p) => p is >= 0 and <= 1 ? p / (1 - p) : double.NaN;

    /// <inheritdoc cref="Odds(double)"/>
    public static float Odds(float p) => (float)Odds((double)p);

    /// <summary>The probability odds / (1 + odds): the inverse of <see cref="Odds(double)"/>.</summary>
    /// <returns>0 at 0, 1 at +∞, NaN below 0.</returns>
    public static double ProbabilityFromOdds(double odds) =>
        odds >= 0 ? odds <= 1 ? odds / (1 + odds) : 1 / (1 + 1 / odds) : double.NaN;

    /// <inheritdoc cref="ProbabilityFromOdds(double)"/>
    public static float ProbabilityFromOdds(float odds) => (float)ProbabilityFromOdds((double)odds);
}
