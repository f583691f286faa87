namespace Logits.Cli.Reports.Charts;

/// <summary>The deviance of rows that were left out, for every λ, with its standard error.</summary>
static class CrossValidationCurve
{
    public static string Draw(IReadOnlyList<(double Lambda, double Deviance, double Error)> curve, IReadOnlyList<PathMark> marks)
    {
        double low = curve.Min(point => point.Deviance - point.Error), high = curve.Max(point => point.Deviance + point.Error);
        var drawing = new Drawing("Deviance of rows left out", $"From {Show.Plain(curve[0].Deviance)} at λ = {Show.Plain(curve[0].Lambda)}. {string.Join(". ", marks.Select(mark => mark.Words))}.",
            Axis.Logarithmic(curve[^1].Lambda, curve[0].Lambda), "λ (log scale)", Axis.Linear(low, high), "mean deviance of rows left out");
        drawing.Band([.. curve.Select(point => (point.Lambda, point.Deviance - point.Error, point.Deviance + point.Error))], "band after");
        foreach (var mark in marks)
            drawing.Rule(mark.Lambda, mark.Style);
        drawing.Line(curve.Select(point => (point.Lambda, point.Deviance)), "after");
        return drawing.Finish();
    }
}
