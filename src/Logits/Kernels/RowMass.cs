namespace Logits.Kernels;

/// <summary>What a row's scores come to.</summary>
/// <param name="Max">The largest score; ±∞ or NaN when the row has no finite answer.</param>
/// <param name="Rest">Σ exp((x − max) / T) without one largest score, whose own weight is 1: nothing is lost when it is small.</param>
/// <param name="Moment">Σ exp((x − max) / T) · (max − x) / T, where it was asked for.</param>
internal readonly record struct RowMass(double Max, double Rest, double Moment)
{
    /// <summary>log Σ exp((x − max) / T): at least 0, and good to the last digit when it is near 0.</summary>
    public double Log => LogMath.Log1P(Rest);
}
