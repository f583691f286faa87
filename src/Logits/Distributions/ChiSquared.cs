namespace Logits.Distributions;

/// <summary>The χ² distribution with a number of degrees of freedom.</summary>
public static class ChiSquared
{
    /// <summary>The probability of a value above x, relative to its own size accurate down to 1e-300.</summary>
    /// <param name="x">At least 0; below, the tail is 1.</param>
    /// <param name="degrees">Degrees of freedom, above 0. With 0 degrees the value is 0 for certain.</param>
    public static double UpperTail(double x, double degrees) =>
        degrees == 0 ? (x > 0 ? 0 : 1)
        : degrees == 1 ? (x <= 0 ? 1 : Normal.TwoSided(Math.Sqrt(x)))
        : SpecialFunctions.UpperGamma(degrees / 2, x / 2);

    /// <summary>The logarithm of <see cref="UpperTail"/>, finite where the tail itself underflows.</summary>
    public static double LogUpperTail(double x, double degrees) => SpecialFunctions.LogUpperGamma(degrees / 2, x / 2);

    /// <summary>The x whose upper tail is <paramref name="tail"/>.</summary>
    public static double UpperQuantile(double tail, double degrees)
    {
        if (degrees == 1)
        {
            double z = Normal.UpperQuantile(tail / 2);
            return z * z;
        }
        if (tail <= 0)
            return double.PositiveInfinity;
        if (tail >= 1)
            return 0;
        // Wilson and Hilferty's cube starts it; bisection with secant steps on the logarithm of the tail ends it.
        double c = 2 / (9 * degrees), guess = degrees * Math.Pow(Math.Max(1e-3, 1 - c + Normal.UpperQuantile(tail) * Math.Sqrt(c)), 3);
        double low = 0, high = Math.Max(2 * guess, 1), target = Math.Log(tail);
        while (LogUpperTail(high, degrees) > target)
            (low, high) = (high, 2 * high);
        double x = Math.Clamp(guess, low, high);
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            double value = LogUpperTail(x, degrees) - target;
            if (value > 0) low = x; else high = x;
            double logDensity = (degrees / 2 - 1) * Math.Log(x / 2) - x / 2 - SpecialFunctions.LogGamma(degrees / 2) - Math.Log(2);
            double slope = -Math.Exp(logDensity - value - target);
            double next = x - value / slope;
            if (!(next > low && next < high))
                next = 0.5 * (low + high);
            if (Math.Abs(next - x) <= 1e-15 * x)
                return next;
            x = next;
        }
        return x;
    }
}
