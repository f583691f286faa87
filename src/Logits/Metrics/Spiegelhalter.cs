using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>Spiegelhalter's test: is the Brier score what these forecasts promise?</summary>
public static class Spiegelhalter
{
    /// <summary>z = Σ (yᵢ − cᵢ)(1 − 2cᵢ) / √(Σ (1 − 2cᵢ)² cᵢ(1 − cᵢ)), standard normal under calibration; two-sided p.</summary>
    /// <returns>
    /// z above 0: the Brier score is worse than promised (overconfident). Where the forecasts leave nothing to chance (all 0, ½ or 1), z is ±∞
    /// when an impossible thing happened and NaN otherwise.
    /// </returns>
    /// <remarks>Source: Spiegelhalter, Statistics in Medicine 5, 1986.</remarks>
    public static CalibrationTest Test(Forecasts forecasts)
    {
        Sum excess = new(), variance = new();
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        for (int i = 0; i < c.Length; i++)
        {
            double lean = 1 - 2 * c[i];
            excess.Add(((y[i] ? 1 : 0) - c[i]) * lean);
            variance.Add(lean * lean * c[i] * (1 - c[i]));
        }
        double z = excess.Value / Math.Sqrt(variance.Value);
        return new(z, Normal.TwoSided(z));
    }
}
