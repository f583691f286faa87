namespace Logits.Optimization;

/// <summary>The limited-memory BFGS method: gradients only, a model of the curvature from the last few steps.</summary>
/// <remarks>
/// Steps satisfy the weak Wolfe conditions, found by bisection (Lewis and Overton, 2013), so every update keeps the model positive definite.
/// Source: Liu and Nocedal (1989); Nocedal and Wright, Numerical Optimization, 2nd ed., §7.2.
/// </remarks>
public static class Lbfgs
{
    /// <summary>Minimises from <paramref name="start"/> with the last <paramref name="memory"/> steps remembered.</summary>
    /// <exception cref="ArgumentException">The start has another number of entries than the objective has variables.</exception>
    public static Minimum Minimize<T>(T objective, ReadOnlySpan<double> start, Stopping? stopping = null, int memory = 10) where T : IObjective
    {
        Throw.IfNotStart(start.Length, objective.Dimension);
        Throw.IfLess(memory, 1);
        stopping ??= Stopping.Default;
        int n = start.Length;
        double[] x = start.ToArray(), gradient = new double[n], tried = new double[n], next = new double[n];
        var steps = new StepMemory(memory);

        double value = objective.ValueAndGradient(x, gradient), norm = LinearAlgebra.LargestAbsolute(gradient);
        if (!double.IsFinite(value) || !double.IsFinite(norm)) return new(x, value, norm, 0, StoppedBecause.NotFinite);
        for (int iteration = 0; ; iteration++)
        {
            stopping.Tell(iteration, value, norm);
            if (norm <= stopping.Tolerance) return new(x, value, norm, iteration, StoppedBecause.GradientIsSmall);
            if (iteration >= stopping.Iterations) return new(x, value, norm, iteration, StoppedBecause.IterationLimit);

            double[] direction = steps.Direction(gradient);
            double scale = steps.Count > 0 ? -1 : -1 / Math.Max(1, norm);
            for (int i = 0; i < n; i++) direction[i] *= scale;

            double slope = LinearAlgebra.Dot(gradient, direction), low = 0, high = double.PositiveInfinity, length = 1, reached = double.NaN, nextNorm = double.NaN;
            bool accepted = false;
            for (int trial = 0; trial < 60; trial++)
            {
                for (int i = 0; i < n; i++) tried[i] = x[i] + length * direction[i];
                reached = objective.ValueAndGradient(tried, next);
                nextNorm = LinearAlgebra.LargestAbsolute(next);
                if (!LineSearch.Accepts(value, reached, slope, length, norm, nextNorm)) high = length;
                else if (LinearAlgebra.Dot(next, direction) < 0.9 * slope) low = length;
                else { accepted = true; break; }
                length = double.IsFinite(high) ? (low + high) / 2 : 2 * length;
            }
            if (!accepted)
            {
                // A model gone bad is forgotten once; the plain gradient gets the last try.
                if (steps.Count > 0 && Math.Abs(slope) > LineSearch.Rounding(value))
                {
                    steps.Clear();
                    continue;
                }
                return new(x, value, norm, iteration, Math.Abs(slope) <= LineSearch.Rounding(value) ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
            }

            steps.Add(x, tried, gradient, next);
            (x, tried, gradient, next, value, norm) = (tried, x, next, gradient, reached, nextNorm);
        }
    }
}
