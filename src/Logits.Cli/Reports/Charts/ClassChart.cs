using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>The reliability of one class, small enough to stand among its siblings.</summary>
static class ClassChart
{
    public static string Draw(string name, IReadOnlyList<(Series Series, List<ReliabilityBin> Bins)> sides)
    {
        var axis = Axis.Percent(ticks: 2);
        var drawing = new Drawing($"Reliability of {name}", string.Join("; ", sides.Select(side => $"{side.Series.Name}: {side.Bins.Count} bins")) + ".", axis, "probability", axis, "frequency", width: 230, height: 220, left: 62);
        drawing.Line([(0, 0), (1, 1)], "reference");
        foreach (var (series, bins) in sides)
        {
            drawing.Line(bins.Select(bin => (bin.Confidence, bin.Accuracy)), series.Style == "before" && sides.Count > 1 ? "before second" : series.Style);
            foreach (var bin in bins)
                drawing.Dot(bin.Confidence, bin.Accuracy, 3, $"dot {series.Style}", $"{series.Name}, {name}: {Show.Count(bin.Count)} rows, mean probability {Show.Percent(bin.Confidence)}, frequency {Show.Percent(bin.Accuracy)}");
        }
        return drawing.Finish();
    }
}
