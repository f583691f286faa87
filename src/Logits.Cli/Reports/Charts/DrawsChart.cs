namespace Logits.Cli.Reports.Charts;

/// <summary>Paired results over repeated draws: each a dot, their mean a line with a band of two standard errors.</summary>
static class DrawsChart
{
    public static string Draw(string xName, string yName, IReadOnlyList<double> values, double mean, double error)
    {
        double low = Math.Min(0, values.Min()), high = Math.Max(0, values.Max());
        var drawing = new Drawing(yName, $"{values.Count(value => value > 0)} of {values.Count} are above 0; the mean is {Show.Percent(mean)}.",
            Axis.Linear(0.5, values.Count + 0.5, roundEnds: false), xName, Axis.Percent(low - 0.05 * (high - low), high + 0.1 * (high - low)), yName);
        if (double.IsFinite(error))
            drawing.Band([(0.5, mean - 2 * error, mean + 2 * error), (values.Count + 0.5, mean - 2 * error, mean + 2 * error)], "band after");
        drawing.Line([(0.5, 0), (values.Count + 0.5, 0)], "reference");
        drawing.Line([(0.5, mean), (values.Count + 0.5, mean)], "after");
        for (int i = 0; i < values.Count; i++)
            drawing.Dot(i + 1, values[i], 4.5, "dot after", $"draw {i + 1}: {Show.Percent(values[i])}");
        return drawing.Finish();
    }
}
