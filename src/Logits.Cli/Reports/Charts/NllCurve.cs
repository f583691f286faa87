namespace Logits.Cli.Reports.Charts;

/// <summary>The mean negative log-likelihood as the logits are divided by one temperature after another.</summary>
static class NllCurve
{
    /// <summary>The temperatures worth drawing: two octaves around 1 and the best, evenly on a log scale.</summary>
    public static double[] Temperatures(double best, int points = 61)
    {
        double inner = double.IsFinite(best) && best > 0 ? Math.Clamp(best, 1e-3, 1e3) : 1;
        double low = Math.Min(1, inner) / 2.5, high = Math.Max(1, inner) * 2.5;
        return [.. Enumerable.Range(0, points).Select(i => low * Math.Pow(high / low, i / (points - 1.0)))];
    }

    /// <summary>The curve, where it starts (T = 1) and its minimum.</summary>
    public static string Draw(IReadOnlyList<(double Temperature, double Nll)> curve, double atOne, double best, double atBest)
    {
        var finite = curve.Where(point => double.IsFinite(point.Nll)).ToList();
        double low = Math.Min(finite.Min(point => point.Nll), atBest), high = Math.Max(low * 1.0001, Math.Min(finite.Max(point => point.Nll), low + 2.5 * Math.Max(atOne - low, 0.25 * low)));
        var y = Axis.Linear(low - 0.1 * (high - low), high);
        var drawing = new Drawing("NLL against temperature", $"The minimum {Show.Nats(atBest)} lies at temperature {Show.Plain(best)}; at temperature 1 it is {Show.Nats(atOne)}.",
            Axis.Logarithmic(curve[0].Temperature, curve[^1].Temperature), "temperature (log scale)", y, "NLL, nats per row");
        drawing.Line(finite.Where(point => point.Nll <= y.High), "after");
        bool inView = best >= curve[0].Temperature && best <= curve[^1].Temperature;
        bool apart = !inView || Math.Abs(drawing.PixelsAcross(1, best)) > 30;
        if (atOne <= y.High)
        {
            drawing.Dot(1, atOne, 5, "dot before", $"T = 1: {Show.Nats(atOne)}");
            if (apart)
                drawing.Label(1, atOne, $"T = 1: {Show.Nats(atOne)}", anchor: best >= 1 ? "start" : "end", dx: best >= 1 ? 10 : -10, dy: -4);
        }
        if (inView)
        {
            drawing.Dot(best, atBest, 5, "dot after", $"T = {Show.Plain(best)}: {Show.Nats(atBest)}");
            drawing.Label(best, atBest, $"T = {Show.Plain(best)}: {Show.Nats(atBest)}", anchor: "middle", dy: 22);
        }
        return drawing.Finish();
    }
}
