namespace Logits.Metrics;

/// <summary>The largest gap between how often it happened and how often it was forecast, up to any probability.</summary>
/// <remarks>No bins. Source: Gupta et al., Calibration of Neural Networks using Splines, ICLR 2021; Arrieta-Ibarra et al., JMLR 2022.</remarks>
public static partial class KolmogorovSmirnov
{
    /// <summary>max_m |Σ_{i≤m} (cᵢ − yᵢ)| / n in ascending order of the forecasts cᵢ.</summary>
    /// <param name="forecasts">Equal forecasts are taken in row order.</param>
    /// <returns>0 to 1.</returns>
    public static double Error(Forecasts forecasts)
    {
        var sum = new Sum();
        double largest = 0;
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        for (int i = 0; i < c.Length; i++)
        {
            sum.Add(c[i]);
            if (y[i]) sum.Add(-1);
            largest = Math.Max(largest, Math.Abs(sum.Value));
        }
        return largest / c.Length;
    }
}
