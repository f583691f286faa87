using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>The reliability diagram without bins: the best nondecreasing curve through what happened, with the band in which it would lie if the confidence were honest.</summary>
static class CorpChart
{
    public static string Draw(string title, Series series, CorpDiagram corp)
    {
        int outside = corp.Steps.Count(step => corp.Band.Any(point => point.Forecast >= step.Low && point.Forecast <= step.High && !point.Band.Contains(step.Value)));
        var axis = Axis.Percent();
        var drawing = new Drawing(title, $"{outside} of {corp.Steps.Length} steps of the curve leave the band.", axis, "confidence", axis, "accuracy", height: 380);
        drawing.Band([.. corp.Band.Select(point => (point.Forecast, point.Band.Low, point.Band.High))], "band");
        drawing.Line([(0, 0), (1, 1)], "reference");
        drawing.Line(corp.Steps.SelectMany(step => new[] { (step.Low, step.Value), (step.High, step.Value) }), series.Style);
        return drawing.Finish();
    }
}
