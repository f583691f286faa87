using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>The range of the cumulative gap between what happened and what was forecast: Kolmogorov–Smirnov's relative that sees both signs.</summary>
/// <remarks>No bins. Source: Arrieta-Ibarra et al., Metrics of Calibration for Probabilistic Predictions, JMLR 2022.</remarks>
public static class Kuiper
{
    /// <summary>(max_m S_m − min_m S_m)/n with S_m = Σ_{i≤m} (cᵢ − yᵢ) in ascending order of the forecasts, S₀ = 0.</summary>
    /// <param name="forecasts">Equal forecasts are taken in row order.</param>
    /// <returns>0 to 1; never below <see cref="KolmogorovSmirnov.Error(Forecasts)"/>.</returns>
    public static double Error(Forecasts forecasts)
    {
        var sum = new Sum();
        double highest = 0, lowest = 0;
        for (int i = 0; i < forecasts.Count; i++)
        {
            sum.Add(forecasts.Probabilities[i]);
            if (forecasts.Happened[i]) sum.Add(-1);
            highest = Math.Max(highest, sum.Value);
            lowest = Math.Min(lowest, sum.Value);
        }
        return (highest - lowest) / forecasts.Count;
    }

    /// <summary>The test of calibration: the error in units of √(Σ cᵢ(1−cᵢ))/n, which under calibration is the range of Brownian motion on [0, 1].</summary>
    /// <returns>Where all forecasts are 0 or 1: statistic 0 with p 1 when all came true, else +∞ with p 0.</returns>
    public static CalibrationTest Test(Forecasts forecasts)
    {
        double statistic = KolmogorovSmirnov.Ratio(Error(forecasts), forecasts);
        return new(statistic, RangeTail(statistic));
    }

    /// <summary>P(range ≥ x) = 8 Σ (−1)ᵏ⁻¹ k Q(kx), Q the normal's upper tail. Source: Feller, Annals of Mathematical Statistics 22, 1951.</summary>
    internal static double RangeTail(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x < 0.3) return 1;   // below 1e-20 from it
        double sum = 0;
        for (int k = 1; k * x < 40; k++) sum += (k % 2 == 1 ? 8 : -8) * k * Normal.UpperTail(k * x);
        return Math.Min(1, sum);
    }
}
