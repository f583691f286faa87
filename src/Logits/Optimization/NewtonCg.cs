namespace Logits.Optimization;

/// <summary>Newton's method for many variables: each step is solved by preconditioned conjugate gradients, only as exactly as it pays.</summary>
/// <remarks>
/// The residual asked of the inner solve is min(½, √‖g‖) of the gradient, which keeps the outer convergence faster than linear.
/// Source: Nocedal and Wright, Numerical Optimization, 2nd ed., §7.1; Eisenstat and Walker (1996).
/// </remarks>
public static class NewtonCg
{
    /// <summary>Minimises from <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentException">The start has another number of entries than the objective has variables.</exception>
    public static Minimum Minimize<T>(T objective, ReadOnlySpan<double> start, Stopping? stopping = null) where T : ICurvedObjective
    {
        Throw.IfNotStart(start.Length, objective.Dimension);
        stopping ??= Stopping.Default;
        int n = start.Length;
        double[] x = start.ToArray(), gradient = new double[n], step = new double[n], tried = new double[n], next = new double[n];
        var inner = new ConjugateGradients(n);

        double value = objective.ValueAndGradient(x, gradient), norm = LinearAlgebra.LargestAbsolute(gradient);
        if (!double.IsFinite(value) || !double.IsFinite(norm)) return new(x, value, norm, 0, StoppedBecause.NotFinite);
        double firstNorm = norm;
        for (int iteration = 0; ; iteration++)
        {
            stopping.Tell(iteration, value, norm);
            if (norm <= stopping.Tolerance) return new(x, value, norm, iteration, StoppedBecause.GradientIsSmall);
            if (iteration >= stopping.Iterations) return new(x, value, norm, iteration, StoppedBecause.IterationLimit);

            inner.Solve(objective, gradient, step, Math.Min(0.5, Math.Sqrt(norm / firstNorm)), stopping.Cancellation);
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

    /// <summary>Solves H s = −g until the residual is a given share of g.</summary>
    sealed class ConjugateGradients(int n)
    {
        readonly double[] _residual = new double[n], _direction = new double[n], _scaled = new double[n], _product = new double[n], _diagonal = new double[n];

        public void Solve<T>(T objective, ReadOnlySpan<double> gradient, Span<double> step, double share, CancellationToken cancellation) where T : ICurvedObjective
        {
            objective.HessianDiagonal(_diagonal);
            foreach (ref double d in _diagonal.AsSpan())
                if (!(d > 0) || !double.IsFinite(d)) d = 1;

            step.Clear();
            for (int i = 0; i < n; i++)
            {
                _residual[i] = -gradient[i];
                _direction[i] = _scaled[i] = _residual[i] / _diagonal[i];
            }
            double rho = LinearAlgebra.Dot(_residual, _scaled), enough = share * share * rho;
            for (int inner = 0; inner < Math.Min(10 * n, 1000) && rho > enough; inner++)
            {
                cancellation.ThrowIfCancellationRequested();
                objective.HessianTimes(_direction, _product);
                double curvature = LinearAlgebra.Dot(_direction, _product);
                if (!(curvature > 1e-300))
                {
                    // A flat direction: go with what there is, or with the preconditioned gradient when there is nothing yet.
                    if (inner == 0) _direction.CopyTo(step);
                    return;
                }
                double length = rho / curvature;
                LinearAlgebra.AddScaled(length, _direction, step);
                LinearAlgebra.AddScaled(-length, _product, _residual);
                for (int i = 0; i < n; i++) _scaled[i] = _residual[i] / _diagonal[i];
                double next = LinearAlgebra.Dot(_residual, _scaled), ratio = next / rho;
                for (int i = 0; i < n; i++) _direction[i] = _scaled[i] + ratio * _direction[i];
                rho = next;
            }
        }
    }
}
