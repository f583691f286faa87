using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>How often the predictions made with a given confidence were right. Honest scores lie on the diagonal.</summary>
static class ReliabilityDiagram
{
    /// <summary>Bars from 0 to the accuracy of each bin, the gap to its mean confidence dashed, and the range in which chance alone would leave an honest bin; below, how many rows each bin holds.</summary>
    public static string Draw(string title, Series series, IReadOnlyList<ReliabilityBin> bins)
    {
        long rows = bins.Sum(bin => (long)bin.Count);
        double error = bins.Where(bin => bin.Count > 0).Sum(bin => bin.Count * Math.Abs(bin.Confidence - bin.Accuracy)) / Math.Max(1, rows);
        var axis = Axis.Percent();
        var drawing = new Drawing(title, $"Over {bins.Count} bins of confidence the mean gap between confidence and accuracy is {Show.Percent(error)}.",
            axis, "confidence", axis, "accuracy", height: 380);

        foreach (var bin in bins)
        {
            if (bin.Count == 0)
                continue;
            drawing.Box(bin.Low, bin.High, 0, bin.Accuracy, $"bar {series.Style} light", Series.InWords(bin), inset: 1);
            drawing.Box(bin.Low, bin.High, bin.Accuracy, bin.Confidence, "gap", Series.InWords(bin), inset: 1.6);
        }
        drawing.Line([(0, 0), (1, 1)], "reference");
        foreach (var bin in bins)
        {
            if (bin.Count == 0)
                continue;
            var (low, high) = BinomialRange.Of(bin.Count, bin.Confidence);
            drawing.Whisker((bin.Low + bin.High) / 2, low, high, "whisker");
        }
        return drawing.Finish() + Counts(title, series, bins, rows);
    }

    static string Counts(string title, Series series, IReadOnlyList<ReliabilityBin> bins, long rows)
    {
        var counts = Axis.Linear(0, bins.Max(bin => bin.Count), label: Show.Count, about: 3);
        var drawing = new Drawing($"{title}: rows per bin", $"{Show.Count(rows)} rows in all.", Axis.Percent(), "confidence", counts, "rows", height: 150);
        foreach (var bin in bins)
            drawing.Box(bin.Low, bin.High, 0, bin.Count, $"bar {series.Style} faint", Series.InWords(bin), inset: 1);
        return drawing.Finish();
    }
}
