using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>Hosmer and Lemeshow's test: do groups of like forecasts come true as often as they say?</summary>
/// <remarks>The old standard; its answer depends on the groups. Source: Hosmer and Lemeshow, Communications in Statistics 9, 1980.</remarks>
public static class HosmerLemeshow
{
    /// <summary>χ² = Σ_g (O_g − E_g)² / (n_g c̄_g (1 − c̄_g)) over equal-mass groups.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="groups">The number of groups, at least 1.</param>
    /// <param name="fitted">
    /// Degrees of freedom the model took from these very rows: 0 for held-out rows, 2 for a logistic regression judged on its training rows.
    /// </param>
    /// <returns>The statistic and its p-value with (groups − fitted) degrees of freedom; +∞ with p 0 when a group forecast certainly was wrong.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no degree of freedom left.</exception>
    public static CalibrationTest Test(Forecasts forecasts, int groups = 10, int fitted = 0)
    {
        Throw.IfLess(fitted, 0);
        var bins = CalibrationError.EqualMassBins(forecasts, groups);
        int degrees = Throw.IfLess(bins.Length - fitted, 1, "the number of groups less fitted");
        var sum = new Sum();
        foreach (var bin in bins)
        {
            double gap = bin.Gap;
            if (gap != 0) sum.Add(bin.Count * gap * gap / (bin.Confidence * (1 - bin.Confidence)));
        }
        return new(sum.Value, double.IsPositiveInfinity(sum.Value) ? 0 : ChiSquared.UpperTail(sum.Value, degrees));
    }
}
