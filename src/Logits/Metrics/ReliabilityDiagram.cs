using System.Collections.Immutable;

namespace Logits.Metrics;

/// <summary>What a reliability diagram draws: the bars or steps of what happened, and where they would lie if the forecasts were calibrated.</summary>
/// <remarks>
/// A consistency band is made by letting each forecast come true with its own probability, many times over: a diagram inside the band gives no
/// reason to doubt calibration. See <see cref="Consistency"/>.
/// Sources: Bröcker and Smith, Weather and Forecasting 2007 (binned); Dimitriadis, Gneiting and Jordan, PNAS 2021 (CORP).
/// </remarks>
public static class ReliabilityDiagram
{
    /// <summary>Equal-width bars with the consistency interval of each accuracy.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="options">Bins, resamples (0 means 1,000), level, seed.</param>
    /// <returns>One bar for each bin; empty bins have NaN values and bands.</returns>
    public static ImmutableArray<BandedBin> Binned(Forecasts forecasts, EvaluationOptions? options = null)
    {
        options = Consistency.Ready(options);
        var bins = CalibrationError.EqualWidthBins(forecasts, options.Bins);
        var bands = Consistency.Simulate(forecasts, bins.Length, options, (happened, accuracies) =>
        {
            for (int bin = 0, start = 0; bin < bins.Length; start += bins[bin++].Count)
                accuracies[bin] = (double)happened.Slice(start, bins[bin].Count).Count(true) / bins[bin].Count;
        });
        return [.. bins.Zip(bands, (bin, band) => new BandedBin(bin, Bootstrap.Percentiles(band, options.Level)))];
    }

    /// <summary>The CORP curve: isotonic regression of what happened on the forecasts, with its consistency band.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="points">How many places of the forecasts' range the band is given at, at least 2.</param>
    /// <param name="options">Resamples (0 means 1,000), level, seed.</param>
    public static CorpDiagram Corp(Forecasts forecasts, int points = 101, EvaluationOptions? options = null)
    {
        options = Consistency.Ready(options);
        Throw.IfLess(points, 2);
        var steps = ImmutableArray.CreateBuilder<CorpStep>();
        foreach (var level in Isotonic.Fit(forecasts))
            steps.Add(new(forecasts.Probabilities[level.Start], forecasts.Probabilities[level.Start + level.Count - 1], level.Count, level.Value));

        // The band is read at forecasts that occur, spread evenly by rank.
        int[] places = [.. Enumerable.Range(0, points).Select(i => (int)Math.Round((double)i * (forecasts.Count - 1) / (points - 1))).Distinct()];
        var bands = Consistency.Simulate(forecasts, places.Length, options, (happened, values) =>
        {
            int at = 0;
            foreach (var level in Isotonic.Fit(forecasts, happened))
                for (; at < places.Length && places[at] < level.Start + level.Count; at++) values[at] = level.Value;
        });
        return new(steps.ToImmutable(), [.. places.Zip(bands, (place, band) => new BandPoint(forecasts.Probabilities[place], Bootstrap.Percentiles(band, options.Level)))]);
    }
}

/// <summary>A bar and where its accuracy would lie under calibration.</summary>
/// <param name="Bin">The bar.</param>
/// <param name="Band">The consistency interval of its accuracy; NaN in an empty bin.</param>
public readonly record struct BandedBin(ReliabilityBin Bin, Interval Band);

/// <summary>One step of the CORP curve: forecasts that the data do not tell apart.</summary>
/// <param name="Low">The smallest forecast of the step.</param>
/// <param name="High">The largest.</param>
/// <param name="Count">How many.</param>
/// <param name="Value">The share that happened: the calibrated forecast.</param>
public readonly record struct CorpStep(double Low, double High, int Count, double Value);

/// <summary>The consistency band at one forecast.</summary>
public readonly record struct BandPoint(double Forecast, Interval Band);

/// <summary>A CORP reliability diagram.</summary>
/// <param name="Steps">The isotonic curve, ascending.</param>
/// <param name="Band">Where the curve would lie under calibration, at forecasts that occur.</param>
public sealed record CorpDiagram(ImmutableArray<CorpStep> Steps, ImmutableArray<BandPoint> Band);
