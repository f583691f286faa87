using System.Numerics;
using System.Runtime.CompilerServices;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A log-likelihood in the coordinates of the solvers, with its first and second derivatives.</summary>
abstract class Likelihood
{
    /// <summary>The number of parameters P.</summary>
    public abstract int Parameters { get; }

    /// <summary>The value at θ, its gradient, and the observed information −∂²ℓ/∂θ² (P × P) when asked for; −∞ outside the domain.</summary>
    public abstract double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information);

    /// <summary>The observed information at the point evaluated last; a likelihood that kept what it needs saves a second evaluation.</summary>
    public virtual void InformationAtLast(ReadOnlySpan<double> point, Span<double> gradient, double[] information) => Evaluate(point, gradient, information);

    /// <summary>The expected information at θ: the covariance of the gradient.</summary>
    public virtual void Expected(ReadOnlySpan<double> point, double[] information) => Evaluate(point, new double[Parameters], information);

    /// <summary>Whether expected and observed information are the same.</summary>
    public virtual bool IsCanonical => false;

    /// <summary>Whether ℓ is concave, so that a stationary point is the maximum and not one of several.</summary>
    public abstract bool IsConcave { get; }

    /// <summary>
    /// ρ with |D³ℓ[u, v, v]| ≤ ρ‖u‖ D²ℓ[v, v] everywhere, in the norm of the metric; +∞ when no such bound is known (Bach, Self-concordant analysis
    /// for logistic regression, 2010).
    /// </summary>
    public virtual double Concordance(Metric metric) => double.PositiveInfinity;

    /// <summary>
    /// τ with |D³ℓ[v, v, v]| ≤ τ for all v of norm 1, at every point within <paramref name="radius"/> of <paramref name="point"/>: so much the information
    /// changes per unit of distance. +∞ when no bound is known. Asked for where there is no ρ.
    /// </summary>
    public virtual double ThirdDerivative(Metric metric, ReadOnlySpan<double> point, double radius) => double.PositiveInfinity;

    /// <summary>
    /// What rounding may have done to an evaluation at <paramref name="point"/>: a bound of the error of the value is returned (but for that of logarithms,
    /// <see cref="Functions"/> units of the value itself, all its terms having one sign), bounds of the gradient's entries
    /// and numbers Eⱼ with |error of informationⱼₖ| ≤ √(EⱼEₖ) are written.
    /// </summary>
    /// <remarks>
    /// Sums of n terms by the a-priori bound n·u·Σ|terms|, whatever their order (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., §4.2);
    /// exponentials, logarithms and the links' tails are taken to be right to <see cref="Functions"/> units.
    /// </remarks>
    public abstract double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information);

    /// <summary>u, half the distance from 1 to the next number.</summary>
    internal const double Unit = 1.0 / (1L << 53);

    /// <summary>How many units an elementary function, or a link's tail, may be wrong by.</summary>
    internal const double Functions = 64;

    /// <summary>What rounding may do to xᵀθ + offset, by the lengths of both: no product goes through more additions than that in <see cref="LinearAlgebra.Dot"/>.</summary>
    protected static double PredictorError(ReadOnlySpan<double> row, double pointLength, double offset) => PredictorError(row.Length, Length(row) * pointLength, offset);

    /// <summary>The same from the product of both lengths.</summary>
    protected static double PredictorError(int columns, double lengths, double offset) => (columns / 16 + columns % 16 + 8) * Unit * (lengths + Math.Abs(offset));

    protected static double Length(ReadOnlySpan<double> point) => Math.Sqrt(LinearAlgebra.Dot(point, point));

    /// <summary>gradient += slope·|x|, information += curve·x²: the bounds of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected static void AddErrors(ReadOnlySpan<double> row, double slope, Span<double> gradient, double curve, Span<double> information)
    {
        int width = Vector<double>.Count, j = 0;
        for (; j <= row.Length - width; j += width)
        {
            var x = new Vector<double>(row[j..]);
            (new Vector<double>(gradient[j..]) + slope * Vector.Abs(x)).CopyTo(gradient[j..]);
            (new Vector<double>(information[j..]) + curve * x * x).CopyTo(information[j..]);
        }
        for (; j < row.Length; j++)
        {
            gradient[j] += slope * Math.Abs(row[j]);
            information[j] += curve * row[j] * row[j];
        }
    }
}

/// <summary>Where a maximization ended.</summary>
/// <param name="Point">The parameters.</param>
/// <param name="Value">The log-likelihood there.</param>
/// <param name="Information">The observed information there (but for <see cref="Drift"/>), P × P.</param>
/// <param name="Multiplier">With a linear constraint aᵀθ = v: the slope dℓ/dv.</param>
/// <param name="Decrement">gᵀH⁻¹g, twice the expected gain of one more Newton step.</param>
/// <param name="Iterations">Newton steps taken.</param>
/// <param name="Converged">Whether the decrement reached the rounding of the value.</param>
sealed record Maximum(double[] Point, double Value, double[] Information, double Multiplier, double Decrement, int Iterations, bool Converged)
{
    /// <summary>The gradient at the point.</summary>
    public double[] Gradient { get; init; } = [];

    /// <summary>How far the point is, in the norm of the information, from where the information was evaluated.</summary>
    public double Drift { get; init; }
}

/// <summary>Newton's method with a line search, on a subspace and under one linear constraint where asked.</summary>
static class Maximizer
{
    /// <param name="likelihood">What is maximized.</param>
    /// <param name="start">The starting point; values of fixed coordinates are kept.</param>
    /// <param name="isFixed">Coordinates that do not move, or null.</param>
    /// <param name="normal">a in the constraint aᵀθ = level, or null.</param>
    /// <param name="level">The right-hand side of the constraint.</param>
    /// <param name="limit">The largest number of steps.</param>
    public static Maximum Maximize(Likelihood likelihood, ReadOnlySpan<double> start, bool[]? isFixed = null, double[]? normal = null, double level = 0, int limit = 60)
    {
        int n = likelihood.Parameters;
        int[] free = [.. Enumerable.Range(0, n).Where(j => isFixed is null || !isFixed[j])];
        int m = free.Length;
        double[] point = start.ToArray(), gradient = new double[n], information = new double[n * n], trial = new double[n], trialGradient = new double[n];
        double value = likelihood.Evaluate(point, gradient, information);
        // Thresholds are relative to the value, which tiny weights make tiny.
        double unit = Math.Min(1, Math.Abs(value));
        double[] reduced = new double[m * m], step = new double[m], along = new double[m];
        double multiplier = 0, decrement = double.PositiveInfinity, best = double.PositiveInfinity, drift = 0;
        int iterations = 0, stalls = 0;
        bool converged = m == 0, feasible = normal is null;
        while (!converged && iterations <= limit)
        {
            for (int i = 0; i < m; i++)
            {
                step[i] = gradient[free[i]];
                for (int j = 0; j < m; j++)
                    reduced[i * m + j] = information[free[i] * n + free[j]];
            }
            var factor = Definite(reduced, m);
            factor.Solve(step);
            if (normal is not null)
            {
                for (int i = 0; i < m; i++)
                    along[i] = normal[free[i]];
                factor.Solve(along);
                double across = 0, missing = level;
                for (int i = 0; i < n; i++)
                    missing -= normal[i] * point[i];
                for (int i = 0; i < m; i++)
                    across += normal[free[i]] * along[i];
                if (!feasible)
                {
                    // First onto the constraint, along the direction that costs least; shorter when the domain ends before.
                    double share = 1, reached = double.NegativeInfinity;
                    for (int halving = 0; halving < 40; halving++, share /= 2)
                    {
                        point.CopyTo(trial, 0);
                        for (int i = 0; i < m; i++)
                            trial[free[i]] += share * missing / across * along[i];
                        reached = likelihood.Evaluate(trial, gradient, information);
                        if (double.IsFinite(reached))
                            break;
                    }
                    if (!double.IsFinite(reached))
                        return new(point, double.NegativeInfinity, information, double.NaN, double.PositiveInfinity, iterations, false);
                    (point, trial) = (trial, point);
                    value = reached;
                    feasible = share == 1;
                    iterations++;
                    continue;
                }
                double inside = 0;
                for (int i = 0; i < m; i++)
                    inside += normal[free[i]] * step[i];
                double shift = (missing - inside) / across;
                multiplier = -shift;
                for (int i = 0; i < m; i++)
                    step[i] += shift * along[i];
            }
            double slope = 0;
            for (int i = 0; i < m; i++)
                slope += step[i] * gradient[free[i]];
            decrement = Math.Max(0, slope);
            // Near the optimum the value is flat to its rounding, but Newton steps still gain digits of the parameters:
            // go on, full steps, until the decrement stops falling.
            bool flat = decrement < 1e-9 * (unit + Math.Abs(value));
            if (decrement <= 1e-30 * unit || (flat && decrement >= 0.25 * best && ++stalls >= 2))
            {
                converged = true;
                break;
            }
            best = Math.Min(best, decrement);
            if (decrement < Settled * unit && normal is null)
            {
                // So near, the information no longer changes in the digits that matter: the last steps are taken with the one at hand.
                Settle();
                converged = true;
                break;
            }
            if (iterations == limit)
                break;
            double length = 1;
            double reachedValue;
            while (true)
            {
                point.CopyTo(trial, 0);
                for (int i = 0; i < m; i++)
                    trial[free[i]] += length * step[i];
                reachedValue = likelihood.Evaluate(trial, trialGradient, null);
                if (reachedValue >= value + 1e-4 * length * slope || (flat && reachedValue >= value - 1e-10 * (unit + Math.Abs(value))))
                    break;
                length /= 2;
                if (length < 1e-12)
                {
                    converged = flat;
                    goto Done;
                }
            }
            (point, trial, gradient, trialGradient, value) = (trial, point, trialGradient, gradient, reachedValue);
            likelihood.InformationAtLast(point, gradient, information);
            iterations++;
        }
    Done:
        return new(point, value, information, multiplier, decrement, iterations, converged) { Gradient = gradient, Drift = drift };

        void Settle()
        {
            var factor = Definite(reduced, m);
            for (int round = 0; round < 3; round++)
            {
                point.CopyTo(trial, 0);
                for (int i = 0; i < m; i++)
                    trial[free[i]] += step[i];
                double reached = likelihood.Evaluate(trial, trialGradient, null);
                if (!(reached >= value - 1e-10 * (unit + Math.Abs(value))))
                    return;
                var next = new double[m];
                for (int i = 0; i < m; i++)
                    next[i] = trialGradient[free[i]];
                double size = 0;
                var solved = (double[])next.Clone();
                factor.Solve(solved);
                for (int i = 0; i < m; i++)
                    size += solved[i] * next[i];
                if (!(Math.Max(0, size) < decrement))
                    return;
                drift += Math.Sqrt(decrement);
                (point, trial, gradient, trialGradient, value, decrement) = (trial, point, trialGradient, gradient, reached, Math.Max(0, size));
                solved.CopyTo(step, 0);
                iterations++;
                if (decrement <= Rounded * unit)
                    return;
            }
        }
    }

    /// <summary>A decrement that puts every coefficient within 3e-10 standard errors of the maximum, where the information no longer changes in its first nine digits.</summary>
    internal const double Settled = 1e-19;

    /// <summary>A decrement that puts every coefficient within 1e-13 standard errors of the maximum: what further steps move is rounding.</summary>
    const double Rounded = 1e-26;

    /// <summary>The factor of the matrix, or of the matrix with just enough added to its diagonal.</summary>
    internal static Cholesky Definite(double[] matrix, int n)
    {
        if (Cholesky.Factor(matrix, n, 1e-15) is { } factor)
            return factor;
        double largest = 0;
        for (int i = 0; i < n; i++)
            largest = Math.Max(largest, Math.Abs(matrix[i * n + i]));
        if (largest == 0 || !double.IsFinite(largest))
            largest = 1;
        for (double added = 1e-12 * largest; ; added *= 10)
        {
            var more = (double[])matrix.Clone();
            for (int i = 0; i < n; i++)
                more[i * n + i] = (double.IsFinite(more[i * n + i]) ? more[i * n + i] : 0) + added;
            if (Cholesky.Factor(more, n, 1e-15) is { } found)
                return found;
            if (added > 1e6 * largest)
                return Cholesky.Factor(Matrix.Identity(n).Data, n)!;
        }
    }
}
