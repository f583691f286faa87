namespace Logits.Optimization;

/// <summary>Minimises a quadratic with absolute-value penalties and lower bounds, one variable at a time, each exactly.</summary>
/// <remarks>
/// ½ xᵀA x − bᵀx + Σ penaltyⱼ |xⱼ| subject to xⱼ ≥ lowerⱼ. Along one coordinate the answer is a soft threshold, so coefficients become exactly 0.
/// Source: Friedman, Hastie, Tibshirani, Regularization Paths for Generalized Linear Models via Coordinate Descent (2010).
/// </remarks>
public static class CoordinateDescent
{
    /// <summary>Improves <paramref name="x"/> in place until no coordinate moves the value by more than rounding, or 10,000 sweeps.</summary>
    /// <param name="a">A, symmetric positive semidefinite, dimension × dimension. A coordinate with Aⱼⱼ = 0 stays where it is.</param>
    /// <param name="b">The linear part.</param>
    /// <param name="penalty">A weight ≥ 0 for each |xⱼ|; empty for none.</param>
    /// <param name="lower">A lower bound for each xⱼ, −∞ for none; empty for none at all.</param>
    /// <param name="x">The start, and the answer.</param>
    /// <returns>The number of sweeps.</returns>
    public static int Minimize(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> penalty, ReadOnlySpan<double> lower, Span<double> x)
    {
        int n = x.Length;
        var product = new double[n];   // A x, kept up to date
        for (int j = 0; j < n; j++) LinearAlgebra.AddScaled(x[j], a.Slice(j * n, n), product);
        for (int sweep = 1; ; sweep++)
        {
            double gained = 0, size = 0;
            for (int j = 0; j < n; j++)
            {
                double curvature = a[j * n + j];
                if (!(curvature > 0)) continue;
                double free = x[j] + (b[j] - product[j]) / curvature;
                double weight = penalty.IsEmpty ? 0 : penalty[j] / curvature;
                double best = Math.Max(Math.Abs(free) - weight, 0) * Math.Sign(free);
                if (!lower.IsEmpty) best = Math.Max(best, lower[j]);
                double move = best - x[j];
                if (move == 0) continue;
                x[j] = best;
                LinearAlgebra.AddScaled(move, a.Slice(j * n, n), product);
                gained = Math.Max(gained, curvature * move * move);
                size = Math.Max(size, curvature * best * best);
            }
            if (gained <= 1e-30 * size || gained == 0 || sweep >= 10_000) return sweep;
        }
    }
}
