namespace Logits.Distributions;

/// <summary>The standard normal distribution, with both tails exact until they underflow and their logarithms beyond.</summary>
public static class Normal
{
    const double LogSqrtTwoPi = 0.91893853320467274178;
    const double SqrtHalf = 0.70710678118654752440;

    /// <summary>The density exp(−x²/2)/√(2π).</summary>
    public static double Density(double x) => SpecialFunctions.ExpMinusSquare(x * SqrtHalf) * 0.39894228040143267794;

    /// <summary>Φ(x), the probability of a value at most x.</summary>
    public static double LowerTail(double x) => UpperTail(-x);

    /// <summary>1 − Φ(x), the probability of a value above x; relative error a few ulps down to 1e-300.</summary>
    public static double UpperTail(double x)
    {
        if (double.IsPositiveInfinity(x))
            return 0;
        if (x > 1.5)
        {
            // x/√2 rounds; the exponential is taken of x²/2 itself.
            double high = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(x) & ~0x7FFFFFFL);
            return 0.5 * SpecialFunctions.ScaledErfc(x * SqrtHalf) * Math.Exp(-0.5 * high * high) * Math.Exp(-0.5 * (x - high) * (x + high));
        }
        return 0.5 * SpecialFunctions.Erfc(x * SqrtHalf);
    }

    /// <summary>log Φ(x), finite for every finite x.</summary>
    public static double LogLowerTail(double x)
    {
        if (x > 1)
            return LogMath.Log1P(-UpperTail(x));
        if (x > -1.5)
            return Math.Log(LowerTail(x));
        return -0.5 * x * x + Math.Log(0.5 * SpecialFunctions.ScaledErfc(-x * SqrtHalf));
    }

    /// <summary>φ(x)/Φ(x), the slope of log Φ: about −x far to the left, 0 far to the right.</summary>
    public static double Hazard(double x)
    {
        if (x > -1.5)
            return Density(x) / LowerTail(x);
        return 0.79788456080286535588 / SpecialFunctions.ScaledErfc(-x * SqrtHalf);
    }

    /// <summary>The x with Φ(x) = p.</summary>
    /// <returns>−∞ at 0, +∞ at 1, NaN outside.</returns>
    public static double Quantile(double p) => p <= 0.5 ? -UpperQuantile(p) : UpperQuantile(1 - p);

    /// <summary>The x with 1 − Φ(x) = <paramref name="tail"/>; exact for tails down to 1e-300.</summary>
    public static double UpperQuantile(double tail)
    {
        if (double.IsNaN(tail) || tail < 0 || tail > 1)
            return double.NaN;
        if (tail > 0.5)
            return -UpperQuantile(1 - tail);
        if (tail == 0)
            return double.PositiveInfinity;
        // Abramowitz & Stegun 26.2.23 is good to 5e-4; Halley's step on the logarithm of the tail triples the digits each time.
        double t = Math.Sqrt(-2 * Math.Log(tail));
        double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
        for (int i = 0; i < 3; i++)
        {
            double hazard = Hazard(-x);
            double error = tail > 1e-290 ? Math.Log(UpperTail(x) / tail) : LogLowerTail(-x) - Math.Log(tail);
            // f = log tail(x) − log tail, f′ = −h, f″ = −h(h − x)
            double step = error / hazard;
            x += step / (1 + 0.5 * step * (hazard - x));
        }
        return x;
    }

    /// <summary>The two-sided p-value of a z statistic: 2(1 − Φ(|z|)).</summary>
    public static double TwoSided(double z) => 2 * UpperTail(Math.Abs(z));

    /// <summary>The logarithm of the density.</summary>
    public static double LogDensity(double x) => -0.5 * x * x - LogSqrtTwoPi;
}
