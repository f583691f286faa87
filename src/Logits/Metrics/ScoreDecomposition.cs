namespace Logits.Metrics;

/// <summary>A proper score taken apart: score = <paramref name="Miscalibration"/> − <paramref name="Discrimination"/> + <paramref name="Uncertainty"/>.</summary>
/// <param name="Miscalibration">What the best monotone recalibration would save: score − score after isotonic regression. At least 0.</param>
/// <param name="Discrimination">What the recalibrated forecasts save over always saying the base rate. At least 0.</param>
/// <param name="Uncertainty">The score of always saying the base rate.</param>
/// <remarks>
/// The CORP decomposition: no bins, no tuning, unique. Source: Dimitriadis, Gneiting and Jordan, PNAS 2021. Cost: linear after the forecasts' sort.
/// </remarks>
public readonly record struct ScoreDecomposition(double Miscalibration, double Discrimination, double Uncertainty)
{
    /// <summary>The score itself.</summary>
    public double Score => Miscalibration - Discrimination + Uncertainty;

    /// <summary>Takes the Brier score mean (cᵢ − yᵢ)² apart.</summary>
    public static ScoreDecomposition Brier(Forecasts forecasts)
    {
        Sum score = new(), recalibrated = new();
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        foreach (var level in Isotonic.Fit(forecasts))
        {
            // yes·(1 − v)² + no·v² with v = yes/count is yes·no/count.
            recalibrated.Add(level.Total * (level.Weight - level.Total) / level.Weight);
        }
        for (int i = 0; i < c.Length; i++)
        {
            double error = y[i] ? 1 - c[i] : c[i];
            score.Add(error * error);
        }
        int n = forecasts.Count;
        double uncertainty = (double)forecasts.Happenings * (n - forecasts.Happenings) / n / n;
        double after = recalibrated.Value / n;
        return new(score.Value / n - after, uncertainty - after, uncertainty);
    }

    /// <summary>Takes the log score mean −log p(what happened) apart, in nats.</summary>
    /// <returns>Miscalibration is +∞ when something forecast impossible happened.</returns>
    public static ScoreDecomposition Log(Forecasts forecasts)
    {
        Sum score = new(), recalibrated = new();
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        foreach (var level in Isotonic.Fit(forecasts)) recalibrated.Add(Entropy(level.Total, level.Weight));
        for (int i = 0; i < c.Length; i++) score.Add(y[i] ? -Math.Log(c[i]) : c[i] == 1 ? double.PositiveInfinity : -LogMath.Log1P(-c[i]));
        int n = forecasts.Count;
        double uncertainty = Entropy(forecasts.Happenings, n) / n, after = recalibrated.Value / n;
        return new(score.Value / n - after, uncertainty - after, uncertainty);

        // count × the entropy of yes/count; 0 log 0 is 0.
        static double Entropy(double yes, double count) => -(XLog(yes, count) + XLog(count - yes, count));
        static double XLog(double x, double of) => x == 0 ? 0 : x * Math.Log(x / of);
    }
}
