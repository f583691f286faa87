namespace Logits.Distributions;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    /// <summary>The probability of a value above t, exact in both tails.</summary>
    public static double UpperTail(double t, double degrees)
    {
        double square = t * t;
        if (double.IsInfinity(square))
            return t > 0 ? 0 : 1;
        double both = Math.Exp(SpecialFunctions.LogBeta(degrees / 2, 0.5, degrees / (degrees + square), square / (degrees + square)));
        return t >= 0 ? 0.5 * both : 1 - 0.5 * both;
    }

    /// <summary>The two-sided p-value of a t statistic.</summary>
    public static double TwoSided(double t, double degrees) => 2 * UpperTail(Math.Abs(t), degrees);

    /// <summary>The t whose upper tail is <paramref name="tail"/>.</summary>
    public static double UpperQuantile(double tail, double degrees)
    {
        if (tail > 0.5)
            return -UpperQuantile(1 - tail, degrees);
        double low = 0, high = 1;
        while (UpperTail(high, degrees) > tail)
            (low, high) = (high, 2 * high);
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            double middle = 0.5 * (low + high);
            if (UpperTail(middle, degrees) > tail) low = middle; else high = middle;
        }
        return 0.5 * (low + high);
    }
}
