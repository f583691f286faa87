namespace Logits.Metrics;

/// <summary>The tail probabilities the tests need.</summary>
internal static class Distributions
{
    /// <summary>P(|Z| ≥ |z|) of a standard normal Z; NaN at NaN.</summary>
    public static double NormalTwoSided(double z) => Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>The complementary error function, relative error about 1e-15: a series near 0, a continued fraction far out.</summary>
    public static double Erfc(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x < 0) return 2 - Erfc(-x);
        if (x > 27.3) return 0;
        if (x < 2)
        {
            // erf x = 2/√π e^{−x²} Σ 2ⁿ x^{2n+1} / (1·3·…·(2n+1)): every term positive, nothing cancels.
            double term = x, sum = x;
            for (int n = 1; term > sum * 1e-17; n++) sum += term *= 2 * x * x / (2 * n + 1);
            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
        // erfc x = e^{−x²}/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the inside out; the farther out, the fewer terms.
        double fraction = x;
        for (int n = 20 + (int)(300 / (x * x)); n >= 1; n--) fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
