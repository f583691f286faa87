namespace Logits.Cli.Reports.Charts;

/// <summary>One line of a forest plot.</summary>
sealed record Effect(string Name, double Estimate, double Low, double High);

/// <summary>Estimates with their intervals, one under the other; an interval that does not reach the rule at no effect speaks for an effect.</summary>
static class ForestPlot
{
    /// <param name="xName">What runs along the axis.</param>
    /// <param name="effects">From top to bottom.</param>
    /// <param name="noEffect">Where the rule stands: 1 for odds ratios, 0 for coefficients.</param>
    /// <param name="logarithmic">For ratios.</param>
    public static string Draw(string xName, IReadOnlyList<Effect> effects, double noEffect, bool logarithmic)
    {
        var finite = effects.Where(effect => double.IsFinite(effect.Low) && double.IsFinite(effect.High) && (!logarithmic || effect.Low > 0)).ToList();
        double low = finite.Select(effect => effect.Low).Append(noEffect).Min(), high = finite.Select(effect => effect.High).Append(noEffect).Max();
        var x = logarithmic ? Axis.Logarithmic(Math.Max(low / 1.3, 1e-12), high * 1.3) : Axis.Linear(low, high);
        double left = Math.Clamp(16 + 7.2 * effects.Max(effect => effect.Name.Length), 66, 320);
        var drawing = new Drawing("Estimates with intervals", $"{effects.Count} estimates; {effects.Count(effect => effect.Low > noEffect || effect.High < noEffect)} intervals exclude {Show.Plain(noEffect)}.",
            x, xName, Axis.Names([.. effects.Select(effect => effect.Name)]), "", width: 480 + left, height: 76 + 30 * effects.Count, left: left);
        drawing.Rule(noEffect, "reference");
        for (int i = 0; i < effects.Count; i++)
        {
            var effect = effects[i];
            double y = effects.Count - i - 0.5;
            if (!finite.Contains(effect))
            {
                drawing.Label(noEffect, y, double.IsInfinity(effect.Estimate) ? $"runs off to {Show.Plain(effect.Estimate)}" : "not estimated", "note quiet", dx: 8, dy: 4);
                continue;
            }
            drawing.Line([(effect.Low, y), (effect.High, y)], "after");
            drawing.Dot(effect.Estimate, y, 5, "dot after", $"{effect.Name}: {Show.Plain(effect.Estimate)} [{Show.Plain(effect.Low)}, {Show.Plain(effect.High)}]");
        }
        return drawing.Finish();
    }
}
