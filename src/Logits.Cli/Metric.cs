using Logits.Metrics;

namespace Logits.Cli;

/// <summary>How one number of an <see cref="Evaluation"/> is shown to people.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Title">Its name in tables.</param>
/// <param name="Meaning">What it says, in half a line.</param>
/// <param name="Show">How it is written.</param>
sealed record Metric(string Key, string Title, string Meaning, Func<double, string> Show)
{
    /// <summary>All of them, in the order people read them.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new("accuracy", "accuracy", "how often the likeliest class is right", Cli.Show.Percent),
        new("mean_confidence", "mean confidence", "how sure the model says it is; calibrated: = accuracy", Cli.Show.Percent),
        new("nll", "NLL", "mean −log p(label) in nats; what the fit minimises", Cli.Show.Nats),
        new("brier", "Brier score", "mean squared error of the probabilities", Cli.Show.Nats),
        new("ece", "ECE", "mean gap between confidence and accuracy, equal-width bins", Cli.Show.Percent),
        new("ece_equal_mass", "ECE, equal mass", "the same over bins of equally many rows", Cli.Show.Percent),
        new("mce", "MCE", "the largest gap of a bin, however few its rows", Cli.Show.Percent),
        new("ace", "ACE", "the mean gap, every bin counting the same", Cli.Show.Percent),
        new("classwise_ece", "classwise ECE", "the ECE of every class's probability, averaged", Cli.Show.Percent),
        new("smooth_ece", "smooth ECE", "the gap without bins, by a kernel that fits its own width", Cli.Show.Percent),
        new("ks_error", "KS error", "the largest cumulative gap, no bins", Cli.Show.Percent),
        new("mmce", "MMCE", "the gap as a kernel distance", Cli.Show.Plain),
        new("spiegelhalter_z", "Spiegelhalter z", "0 on average where calibrated", Cli.Show.Plain),
        new("spiegelhalter_p", "Spiegelhalter p", "small: not calibrated beyond chance", Cli.Show.PValue),
        new("aurc", "AURC", "mean error rate when only the most confident are answered", Cli.Show.Plain),
    ];

    /// <summary>Those that <paramref name="evaluation"/> holds, with their values.</summary>
    public static IEnumerable<(Metric Metric, double Value)> Of(Evaluation evaluation)
    {
        var values = evaluation.Values.ToDictionary();
        foreach (var metric in All)
            if (values.TryGetValue(metric.Key, out double value))
                yield return (metric, value);
    }

    /// <summary>The bootstrap interval in brackets; empty when there is none.</summary>
    public string Interval(Evaluation evaluation) =>
        evaluation.Intervals.TryGetValue(Key, out var interval) ? $"[{Bare(interval.Low)}, {Bare(interval.High)}]" : "";

    string Bare(double value) => Show(value).Replace(" %", "", StringComparison.Ordinal);
}
