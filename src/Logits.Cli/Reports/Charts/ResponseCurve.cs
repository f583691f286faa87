namespace Logits.Cli.Reports.Charts;

/// <summary>The probability along one predictor, with its band, over the data: the dose–response picture.</summary>
static class ResponseCurve
{
    /// <param name="xName">The predictor.</param>
    /// <param name="yName">What the probability is of.</param>
    /// <param name="curve">The fitted probability with its bounds, by rising x.</param>
    /// <param name="data">Observed shares; the weight is the number of trials behind one.</param>
    public static string Draw(string xName, string yName, IReadOnlyList<(double X, double P, double Low, double High)> curve, IReadOnlyList<(double X, double Share, double Weight)> data)
    {
        var drawing = new Drawing($"{yName} along {xName}", $"From {Show.Percent(curve[0].P)} at {Show.Plain(curve[0].X)} to {Show.Percent(curve[^1].P)} at {Show.Plain(curve[^1].X)}.",
            Axis.Linear(curve[0].X, curve[^1].X, roundEnds: false), xName, Axis.Percent(), $"probability of {yName}");
        drawing.Band([.. curve.Select(point => (point.X, point.Low, point.High))], "band after");
        drawing.Line(curve.Select(point => (point.X, point.P)), "after");
        double most = data.Max(point => point.Weight);
        foreach (var (x, share, weight) in data)
            drawing.Dot(x, share, 2.5 + 4 * Math.Sqrt(weight / most), "dot plain", $"{xName} {Show.Plain(x)}: {Show.Percent(share)} of {Show.Count(weight)}");
        return drawing.Finish();
    }
}
