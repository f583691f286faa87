using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>How often the predictions made with a given confidence were right. Honest scores lie on the diagonal.</summary>
static class ReliabilityChart
{
    /// <summary>Bars from 0 to the accuracy of each bin, the gap to its mean confidence dashed, and the range in which chance alone would leave an honest bin; below, how many rows each bin holds.</summary>
    public static string Draw(string title, Series series, IReadOnlyList<BandedBin> bins, string xName = "confidence", string yName = "accuracy")
    {
        long rows = bins.Sum(banded => (long)banded.Bin.Count);
        double error = bins.Where(banded => banded.Bin.Count > 0).Sum(banded => banded.Bin.Count * Math.Abs(banded.Bin.Gap)) / Math.Max(1, rows);
        var axis = Axis.Percent();
        var drawing = new Drawing(title, $"Over {bins.Count} bins the mean gap between {xName} and {yName} is {Show.Percent(error)}.", axis, xName, axis, yName, height: 380);

        foreach (var (bin, _) in bins)
        {
            if (bin.Count == 0)
                continue;
            drawing.Box(bin.Low, bin.High, 0, bin.Accuracy, $"bar {series.Style} light", Series.InWords(bin), inset: 1);
            drawing.Box(bin.Low, bin.High, bin.Accuracy, bin.Confidence, "gap", Series.InWords(bin), inset: 1.6);
        }
        drawing.Line([(0, 0), (1, 1)], "reference");
        foreach (var (bin, band) in bins)
            if (bin.Count > 0)
                drawing.Whisker((bin.Low + bin.High) / 2, band.Low, band.High, "whisker");
        return drawing.Finish() + Counts(title, series, bins, rows, xName);
    }

    static string Counts(string title, Series series, IReadOnlyList<BandedBin> bins, long rows, string xName)
    {
        var counts = Axis.Linear(0, bins.Max(banded => banded.Bin.Count), label: Show.Count, about: 3);
        var drawing = new Drawing($"{title}: rows per bin", $"{Show.Count(rows)} rows in all.", Axis.Percent(), xName, counts, "rows", height: 150);
        foreach (var (bin, _) in bins)
            drawing.Box(bin.Low, bin.High, 0, bin.Count, $"bar {series.Style} faint", Series.InWords(bin), inset: 1);
        return drawing.Finish();
    }
}
