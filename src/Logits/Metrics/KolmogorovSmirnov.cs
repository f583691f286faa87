using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>The largest gap between how often it happened and how often it was forecast, up to any probability.</summary>
/// <remarks>No bins. Source: Gupta et al., Calibration of Neural Networks using Splines, ICLR 2021; Arrieta-Ibarra et al., JMLR 2022.</remarks>
public static class KolmogorovSmirnov
{
    /// <summary>max_m |Σ_{i≤m} (cᵢ − yᵢ)| / n in ascending order of the forecasts cᵢ.</summary>
    /// <param name="forecasts">Equal forecasts are taken in row order.</param>
    /// <returns>0 to 1.</returns>
    public static double Error(Forecasts forecasts)
    {
        var sum = new Sum();
        double largest = 0;
        int happened = 0;
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        for (int i = 0; i < c.Length; i++)
        {
            sum.Add(c[i]);
            if (y[i]) happened++;
            largest = Math.Max(largest, Math.Abs(sum.Value - happened));
        }
        return largest / c.Length;
    }

    /// <summary>The test of calibration: the error in units of its standard deviation √(Σ cᵢ(1−cᵢ))/n, which under calibration is the largest |W| of Brownian motion on [0, 1].</summary>
    /// <returns>Where all forecasts are 0 or 1: statistic 0 with p 1 when all came true, else +∞ with p 0.</returns>
    /// <remarks>For many rows; source: Tygert, Calibration of P-values for calibration, 2022.</remarks>
    public static CalibrationTest Test(Forecasts forecasts)
    {
        double statistic = Ratio(Error(forecasts), forecasts);
        return new(statistic, LargestTail(statistic));
    }

    /// <summary>A cumulative gap over its standard deviation under calibration.</summary>
    internal static double Ratio(double gap, Forecasts forecasts)
    {
        var variance = new Sum();
        foreach (double c in forecasts.Probabilities) variance.Add(c * (1 - c));
        return gap == 0 ? 0 : gap * forecasts.Count / Math.Sqrt(variance.Value);
    }

    /// <summary>P(max |W| ≥ x) = 4 Σ (−1)ᵏ Q((2k+1)x), from the reflection principle; for small x by its theta-function twin.</summary>
    internal static double LargestTail(double x)
    {
        if (double.IsNaN(x)) return x;
        double sum = 0;
        if (x >= 1)
        {
            for (int k = 0; (2 * k + 1) * x < 40; k++) sum += (k % 2 == 0 ? 4 : -4) * Normal.UpperTail((2 * k + 1) * x);
            return sum;
        }
        for (int k = 0; k < 20; k++)
        {
            double odd = 2 * k + 1;
            sum += (k % 2 == 0 ? 1 : -1) / odd * Math.Exp(-odd * odd * Math.PI * Math.PI / (8 * x * x));
        }
        return 1 - 4 / Math.PI * sum;
    }
}
