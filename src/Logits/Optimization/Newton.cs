namespace Logits.Optimization;

/// <summary>Newton's method with the whole Hessian, for up to a few hundred variables: quadratic convergence, safeguarded by a ridge and a line search.</summary>
/// <remarks>
/// H + λI is factored by Cholesky; λ starts at 0 and grows until the factorisation stands, so singular Hessians (a free direction) are fine.
/// Source: Nocedal and Wright, Numerical Optimization, 2nd ed., §3.4.
/// </remarks>
public static class Newton
{
    /// <summary>Minimises from <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentException">The start has another number of entries than the objective has variables.</exception>
    public static Minimum Minimize<T>(T objective, ReadOnlySpan<double> start, Stopping? stopping = null) where T : IHessianObjective
    {
        Throw.IfNotStart(start.Length, objective.Dimension);
        stopping ??= Stopping.Default;
        int n = start.Length;
        double[] x = start.ToArray(), gradient = new double[n], step = new double[n], tried = new double[n], next = new double[n];
        double[] hessian = new double[n * n], factor = new double[n * n];

        double value = objective.ValueAndGradient(x, gradient), norm = LinearAlgebra.LargestAbsolute(gradient);
        if (!double.IsFinite(value) || !double.IsFinite(norm)) return new(x, value, norm, 0, StoppedBecause.NotFinite);
        for (int iteration = 0; ; iteration++)
        {
            stopping.Tell(iteration, value, norm);
            if (norm <= stopping.Tolerance) return new(x, value, norm, iteration, StoppedBecause.GradientIsSmall);
            if (iteration >= stopping.Iterations) return new(x, value, norm, iteration, StoppedBecause.IterationLimit);

            objective.Hessian(hessian);
            Factor(hessian, factor, n);
            for (int i = 0; i < n; i++) step[i] = -gradient[i];
            LinearAlgebra.SolveCholesky(factor, n, step);

            double slope = LinearAlgebra.Dot(gradient, step), length = 1, reached = double.NaN, nextNorm = double.NaN;
            bool accepted = false;
            for (int halving = 0; halving < 60 && !accepted; halving++, length /= 2)
            {
                for (int i = 0; i < n; i++) tried[i] = x[i] + length * step[i];
                reached = objective.ValueAndGradient(tried, next);
                nextNorm = LinearAlgebra.LargestAbsolute(next);
                accepted = LineSearch.Accepts(value, reached, slope, length, norm, nextNorm);
                if (!accepted && Math.Abs(slope) <= LineSearch.Rounding(value)) break;
            }
            if (!accepted)
                return new(x, value, norm, iteration, Math.Abs(slope) <= LineSearch.Rounding(value) ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
            (x, tried, gradient, next, value, norm) = (tried, x, next, gradient, reached, nextNorm);
        }
    }

    /// <summary>The Cholesky factor of H + λI with the smallest λ of a growing sequence that lets it stand.</summary>
    static void Factor(ReadOnlySpan<double> hessian, Span<double> factor, int n)
    {
        double largest = 0;
        for (int i = 0; i < n; i++) largest = Math.Max(largest, Math.Abs(hessian[i * n + i]));
        if (!(largest > 0) || !double.IsFinite(largest)) largest = 1;
        for (double ridge = 0; ; ridge = ridge == 0 ? 1e-12 * largest : 10 * ridge)
        {
            hessian.CopyTo(factor);
            for (int i = 0; i < n; i++) factor[i * n + i] += ridge;
            if (LinearAlgebra.Cholesky(factor, n)) return;
            if (ridge > 1e30 * largest || !double.IsFinite(ridge))
            {
                factor.Clear();   // a Hessian of NaNs: fall back to the gradient
                for (int i = 0; i < n; i++) factor[i * n + i] = 1;
                return;
            }
        }
    }
}
