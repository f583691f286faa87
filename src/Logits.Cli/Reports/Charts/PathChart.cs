namespace Logits.Cli.Reports.Charts;

/// <summary>One coefficient for every λ.</summary>
sealed record CoefficientPath(string Name, IReadOnlyList<(double Lambda, double Value)> Points);

/// <summary>A place on the λ axis, and what is there.</summary>
sealed record PathMark(double Lambda, string Style, string Words);

/// <summary>How the coefficients grow as the penalty falls; above, how many are not 0.</summary>
static class PathChart
{
    const int MostNames = 7;
    static readonly string[] Styles = ["after", "before", "third", "fourth"];

    /// <param name="coefficients">One line each, λ falling.</param>
    /// <param name="nonZero">How many slopes are not 0, at some λ.</param>
    /// <param name="marks">Rules at chosen λ.</param>
    public static string Draw(IReadOnlyList<CoefficientPath> coefficients, IReadOnlyList<(double Lambda, int Count)> nonZero, IReadOnlyList<PathMark> marks)
    {
        var all = coefficients.SelectMany(c => c.Points).ToList();
        double low = Math.Min(0, all.Min(point => point.Value)), high = Math.Max(0, all.Max(point => point.Value));
        double first = all.Max(point => point.Lambda), last = all.Min(point => point.Lambda);
        // Room above for the counts.
        var y = Axis.Linear(low - 0.04 * (high - low), high + 0.12 * (high - low));
        var drawing = new Drawing("Coefficients against λ", $"{coefficients.Count} coefficients from λ = {Show.Plain(first)}, where all are 0, to {Show.Plain(last)}. {string.Join(". ", marks.Select(mark => mark.Words))}.",
            Axis.Logarithmic(last / Math.Pow(first / last, 0.3), first), "λ (log scale)", y, "coefficient per standard deviation", height: 400);
        foreach (var mark in marks)
            drawing.Rule(mark.Lambda, mark.Style);
        // The longest lines first, so that they take the first colours and their names find room.
        var ordered = coefficients.OrderByDescending(c => Math.Abs(c.Points[^1].Value)).ToList();
        var taken = new List<double>();
        for (int i = 0; i < ordered.Count; i++)
        {
            drawing.Line(ordered[i].Points, Styles[i % Styles.Length] + (i >= Styles.Length ? " thin" : ""));
            double at = ordered[i].Points[^1].Value, apart = (y.High - y.Low) / 20;
            if (taken.Count >= MostNames || at == 0 || taken.Any(other => Math.Abs(other - at) < apart))
                continue;
            taken.Add(at);
            drawing.Label(last, at, ordered[i].Name, anchor: "end", dx: -6, dy: 4);
        }
        foreach (var (lambda, count) in nonZero)
            drawing.Label(lambda, y.High, Show.Count(count), "note quiet", "middle", dy: 14);
        return drawing.Finish();
    }
}
