namespace Logits.Optimization;

/// <summary>Walks along a direction: f(x + t d).</summary>
static class LineSearch
{
    /// <summary>What counts as rounding in a value: differences below it say nothing.</summary>
    public static double Rounding(double value) => 1e-15 * (1 + Math.Abs(value));

    /// <summary>
    /// Armijo's condition: the value fell by a share of what the slope promises. Near the minimum the promise drowns in rounding; there a step is taken when
    /// the gradient shrinks and the value has not visibly grown.
    /// </summary>
    public static bool Accepts(double before, double after, double slope, double step, double gradientBefore, double gradientAfter)
    {
        if (!double.IsFinite(after) || !double.IsFinite(gradientAfter)) return false;
        return after <= before + 1e-4 * step * slope || after <= before + Rounding(before) && gradientAfter < gradientBefore;
    }
}
