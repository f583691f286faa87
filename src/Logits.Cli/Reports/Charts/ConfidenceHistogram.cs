using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>How sure the model was, before and after.</summary>
static class ConfidenceHistogram
{
    /// <summary>For each bin a pair of bars, as shares of all rows; the accuracy is a dashed rule, where mean confidence belongs.</summary>
    public static string Draw(IReadOnlyList<(Series Series, IReadOnlyList<ReliabilityBin> Bins, double MeanConfidence)> sides, double accuracy)
    {
        double tallest = sides.Max(side => side.Bins.Max(bin => bin.Count / (double)side.Bins.Sum(b => b.Count)));
        string words = string.Join("; ", sides.Select(side => $"{side.Series.Name}: mean confidence {Show.Percent(side.MeanConfidence)}"));
        var drawing = new Drawing("Confidence histogram", $"{words}; accuracy {Show.Percent(accuracy)}.", Axis.Percent(), "confidence", Axis.Percent(0, Math.Min(1, tallest * 1.12)), "share of rows");
        for (int s = 0; s < sides.Count; s++)
        {
            var (series, bins, _) = sides[s];
            double rows = bins.Sum(bin => (long)bin.Count);
            foreach (var bin in bins)
            {
                double width = (bin.High - bin.Low) / sides.Count, left = bin.Low + s * width;
                drawing.Box(left, left + width, 0, bin.Count / rows, $"bar {series.Style}", $"{series.Name}, {Series.InWords(bin)}", inset: 0.8);
            }
        }
        drawing.Rule(accuracy, "reference");
        drawing.Label(accuracy, drawing.Y.High, $"accuracy {Show.Percent(accuracy)}", anchor: accuracy > 0.5 ? "end" : "start", dx: accuracy > 0.5 ? -6 : 6, dy: 16);
        return drawing.Finish();
    }
}
