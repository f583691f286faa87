using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>A named line or set of bars; the style is its colour class in <c>report.css</c>.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="Style"><c>before</c>, <c>after</c>, <c>third</c> or <c>fourth</c>.</param>
sealed record Series(string Name, string Style)
{
    /// <summary>A bin in words, for the pointer and the screen reader.</summary>
    public static string InWords(ReliabilityBin bin) =>
        $"confidence {Show.RoundPercent(bin.Low)} to {Show.RoundPercent(bin.High)}: {Show.Count(bin.Count)} rows, mean confidence {Show.Percent(bin.Confidence)}, accuracy {Show.Percent(bin.Accuracy)}";
}
