namespace Logits.Cli.Reports.Charts;

/// <summary>The coverage of every class beside the one that was promised.</summary>
static class ClassCoverage
{
    public static string Draw(IReadOnlyList<(string Name, double Coverage)> classes, double promised)
    {
        double low = Math.Floor(10 * Math.Min(promised, classes.Min(c => c.Coverage)) - 0.5) / 10;
        double left = Math.Clamp(16 + 7.2 * classes.Max(c => c.Name.Length), 66, 200);
        var drawing = new Drawing("Coverage of each class", $"From {Show.Percent(classes[0].Coverage)} to {Show.Percent(classes[^1].Coverage)}; promised {Show.Percent(promised)}.",
            Axis.Percent(Math.Max(0, low), 1), "coverage", Axis.Names([.. classes.Select(c => c.Name)]), "", height: 70 + Math.Max(150, 22 * classes.Count), left: left);
        drawing.Rule(promised, "reference");
        for (int i = 0; i < classes.Count; i++)
        {
            double y = classes.Count - i - 0.5;
            drawing.Line([(promised, y), (classes[i].Coverage, y)], "after");
            drawing.Dot(classes[i].Coverage, y, 5, "dot after", $"{classes[i].Name}: {Show.Percent(classes[i].Coverage)}");
        }
        return drawing.Finish();
    }
}
