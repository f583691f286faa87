namespace Logits.Optimization;

/// <summary>Newton's method for a smooth objective plus Σ penaltyⱼ |xⱼ| under lower bounds; each step's quadratic is solved by <see cref="CoordinateDescent"/>.</summary>
/// <remarks>Source: Lee, Sun, Saunders, Proximal Newton-Type Methods for Minimizing Composite Functions (2014).</remarks>
public static class ProximalNewton
{
    /// <summary>Minimises from <paramref name="start"/>, which is first moved inside the bounds.</summary>
    /// <param name="objective">The smooth part.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="penalty">A weight ≥ 0 for each |xⱼ|; empty for none.</param>
    /// <param name="lower">A lower bound for each xⱼ, −∞ for none; empty for none at all.</param>
    /// <param name="stopping">When to stop.</param>
    /// <exception cref="ArgumentException">The start has another number of entries than the objective has variables.</exception>
    public static Minimum Minimize<T>(T objective, ReadOnlySpan<double> start, ReadOnlySpan<double> penalty, ReadOnlySpan<double> lower, Stopping? stopping = null) where T : IHessianObjective
    {
        Throw.IfNotStart(start.Length, objective.Dimension);
        stopping ??= Stopping.Default;
        int n = start.Length;
        double[] x = start.ToArray(), gradient = new double[n], target = new double[n], linear = new double[n], tried = new double[n], next = new double[n], hessian = new double[n * n];
        for (int j = 0; j < n && !lower.IsEmpty; j++) x[j] = Math.Max(x[j], lower[j]);

        double smooth = objective.ValueAndGradient(x, gradient), value = smooth + Penalty(x, penalty), norm = Subgradient(x, gradient, penalty, lower);
        if (!double.IsFinite(value) || !double.IsFinite(norm)) return new(x, value, norm, 0, StoppedBecause.NotFinite);
        for (int iteration = 0; ; iteration++)
        {
            stopping.Tell(iteration, value, norm);
            if (norm <= stopping.Tolerance) return new(x, value, norm, iteration, StoppedBecause.GradientIsSmall);
            if (iteration >= stopping.Iterations) return new(x, value, norm, iteration, StoppedBecause.IterationLimit);

            objective.Hessian(hessian);
            double trace = 0;
            for (int j = 0; j < n; j++) trace += hessian[j * n + j];
            for (int j = 0; j < n; j++) hessian[j * n + j] += 1e-12 * trace / n + 1e-300;   // a flat direction gets a bottom
            for (int j = 0; j < n; j++) linear[j] = LinearAlgebra.Dot(hessian.AsSpan(j * n, n), x) - gradient[j];
            x.CopyTo(target, 0);
            CoordinateDescent.Minimize(hessian, linear, penalty, lower, target);

            double slope = Penalty(target, penalty) - Penalty(x, penalty), length = 1, reached = double.NaN, nextNorm = double.NaN;
            for (int j = 0; j < n; j++) slope += gradient[j] * (target[j] - x[j]);
            bool accepted = false;
            for (int halving = 0; halving < 60 && !accepted; halving++, length /= 2)
            {
                for (int j = 0; j < n; j++) tried[j] = x[j] + length * (target[j] - x[j]);
                reached = objective.ValueAndGradient(tried, next) + Penalty(tried, penalty);
                nextNorm = Subgradient(tried, next, penalty, lower);
                accepted = LineSearch.Accepts(value, reached, slope, length, norm, nextNorm);
                if (!accepted && Math.Abs(slope) <= LineSearch.Rounding(value)) break;
            }
            if (!accepted)
                return new(x, value, norm, iteration, Math.Abs(slope) <= LineSearch.Rounding(value) ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
            (x, tried, gradient, next, value, norm) = (tried, x, next, gradient, reached, nextNorm);
        }
    }

    static double Penalty(ReadOnlySpan<double> x, ReadOnlySpan<double> penalty)
    {
        double sum = 0;
        for (int j = 0; j < penalty.Length; j++) sum += penalty[j] * Math.Abs(x[j]);
        return sum;
    }

    /// <summary>The largest entry of the smallest subgradient: 0 exactly at a minimum.</summary>
    static double Subgradient(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient, ReadOnlySpan<double> penalty, ReadOnlySpan<double> lower)
    {
        double largest = 0;
        for (int j = 0; j < x.Length; j++)
        {
            double weight = penalty.IsEmpty ? 0 : penalty[j];
            double pull = x[j] != 0 ? gradient[j] + weight * Math.Sign(x[j]) : Math.Max(Math.Abs(gradient[j]) - weight, 0) * Math.Sign(gradient[j]);
            if (!lower.IsEmpty && x[j] <= lower[j] && pull > 0) continue;   // only the bound holds it
            double size = Math.Abs(pull);
            if (!(size <= largest)) largest = size;
        }
        return largest;
    }
}
