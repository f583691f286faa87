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
        new("mean_confidence", "mean confidence", "how sure it claims to be", Cli.Show.Percent),
        new("nll", "NLL", "mean −log p(label), nats", Cli.Show.Nats),
        new("brier", "Brier score", "squared error of the probabilities", Cli.Show.Nats),
        new("ece", "ECE", "mean gap, confidence to accuracy", Cli.Show.Percent),
        new("ece_equal_mass", "ECE, equal mass", "the same, bins of as many rows each", Cli.Show.Percent),
        new("mce", "MCE", "largest gap, however few the rows", Cli.Show.Percent),
        new("ace", "ACE", "mean gap, every bin counting alike", Cli.Show.Percent),
        new("classwise_ece", "classwise ECE", "the ECE of each class, averaged", Cli.Show.Percent),
        new("smooth_ece", "smooth ECE", "the gap without bins, by a kernel", Cli.Show.Percent),
        new("ks_error", "KS error", "largest cumulative gap, no bins", Cli.Show.Percent),
        new("mmce", "MMCE", "the gap as a kernel distance", Cli.Show.Plain),
        new("spiegelhalter_z", "Spiegelhalter z", "0 on average where calibrated", Cli.Show.Plain),
        new("spiegelhalter_p", "Spiegelhalter p", "small: off by more than chance", Cli.Show.PValue),
        new("aurc", "AURC", "error rate if the least sure are left out", Cli.Show.Plain),
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
        Key != "spiegelhalter_p" && evaluation.Intervals.TryGetValue(Key, out var interval) ? $"[{Bare(interval.Low)}, {Bare(interval.High)}]" : "";

    string Bare(double value) => Show(value).Replace(" %", "", StringComparison.Ordinal);
}
