namespace Logits.Cli.Reports.Charts;

/// <summary>The error rate among the most confident predictions, for every share of them that one answers.</summary>
static class RiskCoverageChart
{
    /// <summary>One curve a side. <paramref name="sides"/> hold points of (coverage, risk), by rising coverage.</summary>
    public static string Draw(IReadOnlyList<(Series Series, IReadOnlyList<(double Coverage, double Risk)> Curve, double Aurc)> sides)
    {
        double highest = sides.Max(side => side.Curve.Where(point => point.Coverage >= 0.02).Select(point => point.Risk).DefaultIfEmpty(0).Max());
        string words = string.Join("; ", sides.Select(side => $"{side.Series.Name}: area {Show.Plain(side.Aurc)}"));
        var drawing = new Drawing("Risk and coverage", $"{words}.", Axis.Percent(), "coverage: share of rows answered", Axis.Percent(0, Math.Max(highest * 1.08, 0.01)), "risk: error rate among them");
        foreach (var (series, curve, _) in sides)
            drawing.Line(Thin(curve).Select(point => (point.Coverage, Math.Min(point.Risk, drawing.Y.High))), series.Style == "before" && sides.Count > 1 ? "before second" : series.Style);
        return drawing.Finish();
    }

    /// <summary>At most a few hundred points: more than the pixels there are.</summary>
    static IEnumerable<(double Coverage, double Risk)> Thin(IReadOnlyList<(double Coverage, double Risk)> curve)
    {
        int step = Math.Max(1, curve.Count / 500);
        for (int i = 0; i < curve.Count; i += step)
            yield return curve[i];
        if ((curve.Count - 1) % step != 0)
            yield return curve[^1];
    }
}
