using Logits.Optimization;

namespace Logits.Regression;

/// <summary>What makes up a path of penalties from the largest to the smallest.</summary>
public sealed record PathOptions
{
    /// <summary>The share of |β| in the penalty: 1 is the lasso, 0 ridge.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>How many λ.</summary>
    public int Count { get; init; } = 100;

    /// <summary>The last λ over the first.</summary>
    public double MinimumRatio { get; init; } = 1e-4;

    /// <summary>Whether the penalty is on columns scaled to standard deviation 1, as in glmnet.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>One factor a column, the constant not counted; rescaled to mean 1 as glmnet does. Null: all 1.</summary>
    public IReadOnlyList<double>? PenaltyFactors { get; init; }

    /// <summary>Stop, as glmnet does by itself, once the deviance ratio exceeds 0.999 or grows by less than 1e-5 of itself.</summary>
    public bool StopAtSaturation { get; init; }

    /// <summary>The λ themselves, falling; null: a geometric row from λ_max.</summary>
    public IReadOnlyList<double>? Lambdas { get; init; }
}

/// <summary>One solution on a path.</summary>
/// <param name="Lambda">λ.</param>
/// <param name="Coefficients">In the units of the columns as given; the constant's included.</param>
/// <param name="NonZero">How many slopes are not 0.</param>
/// <param name="Objective">Mean loss plus penalty.</param>
/// <param name="DevianceRatio">1 − loss/loss of the constant alone.</param>
public sealed record PathPoint(double Lambda, IReadOnlyList<double> Coefficients, int NonZero, double Objective, double DevianceRatio);

/// <summary>Penalised yes/no fits for a falling row of λ, each started from the last.</summary>
/// <remarks>
/// λ_max = maxⱼ |xⱼᵀ(y − ȳ)|/(fⱼ·max(α, 0.001)) on standardized columns is the smallest λ at which every penalised slope is 0. Between two λ the sequential
/// strong rule leaves out columns whose gradient is far from its bound; the optimality conditions of those left out are checked and violators
/// taken in again, so screening changes the time and not the answer.
/// Sources: Friedman, Hastie, Tibshirani (2010); Tibshirani et al., Strong rules for discarding predictors (2012).
/// </remarks>
public sealed class RegularizationPath
{
    RegularizationPath(IReadOnlyList<string> names, IReadOnlyList<PathPoint> points) => (Names, Points) = (names, points);

    /// <summary>The columns.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The solutions, from the largest λ to the smallest.</summary>
    public IReadOnlyList<PathPoint> Points { get; }

    /// <summary>Solves for every λ.</summary>
    public static RegularizationPath Fit(ModelFrame frame, PathOptions? options = null)
    {
        options ??= new();
        var data = PenalizedData.Of(frame, softmax: false, ClassWeights.None, centre: true);
        double[]? factors = options.PenaltyFactors is null ? null : Penalty.MeanOne(options.PenaltyFactors);
        Penalty At(double lambda) => new(lambda * options.Alpha, lambda * (1 - options.Alpha)) { Standardize = options.Standardize, Factors = factors };
        var (baseline, free) = Baseline(data, At(1));
        var lambdas = options.Lambdas ?? Lambdas(data, free, At(1), options);
        int p = data.P;
        var points = new List<PathPoint>();
        var current = free.Found.Point;
        double previous = lambdas.Count > 0 ? lambdas[0] : 0;
        var gradient = new double[p];
        foreach (double lambda in lambdas)
        {
            var (l1, l2) = data.Penalties(At(lambda));
            var smooth = new PenalizedObjective(data, l2);
            smooth.ValueAndGradient(current, gradient);
            var (before, _) = data.Penalties(At(previous));
            bool[] kept = [.. Enumerable.Range(0, p).Select(j => data.Varies[j] && (current[j] != 0 || l1[j] == 0 || Math.Abs(gradient[j]) >= 2 * l1[j] - before[j]))];
            double value;
            while (true)
            {
                (current, value) = Screened(data, l1, l2, current, kept);
                smooth.ValueAndGradient(current, gradient);
                bool complete = true;
                for (int j = 0; j < p; j++)
                    if (!kept[j] && data.Varies[j] && Math.Abs(gradient[j]) > l1[j])
                        (kept[j], complete) = (true, false);
                if (complete)
                    break;
            }
            points.Add(new(lambda, data.Unscale(current), Enumerable.Range(0, p).Count(j => j != data.Intercept && current[j] != 0), value, 1 - smooth.Loss / baseline));
            previous = lambda;
            if (options.StopAtSaturation && points.Count > 5
                && (points[^1].DevianceRatio > 0.999 || points[^1].DevianceRatio - points[^2].DevianceRatio < 1e-5 * points[^1].DevianceRatio))
                break;
        }
        return new(data.Names, points);
    }

    /// <summary>The solution over the columns kept; the others stay at 0.</summary>
    static (double[] Point, double Value) Screened(PenalizedData data, double[] l1, double[] l2, double[] start, bool[] kept)
    {
        int[] columns = [.. Enumerable.Range(0, data.P).Where(j => kept[j])];
        if (columns.Length == data.P)
        {
            var (found, _, _) = PenalizedSolver.Solve(data, l1, l2, start);
            return (found.Point, found.Value);
        }
        int stride = (columns.Length + 7) & ~7;
        var x = new double[(long)data.N * stride];
        for (int i = 0; i < data.N; i++)
        {
            var row = data.Row(i);
            for (int j = 0; j < columns.Length; j++)
                x[i * stride + j] = row[columns[j]];
        }
        double[] Chosen(double[] all) => [.. columns.Select(j => all[j])];
        var smaller = new PenalizedData
        {
            Rows = data.Rows,
            X = x,
            P = columns.Length,
            Scores = 1,
            Targets = data.Targets,
            Weights = data.Weights,
            Offset = data.Offset,
            Means = Chosen(data.Means),
            Scales = Chosen(data.Scales),
            Varies = [.. columns.Select(j => data.Varies[j])],
            Intercept = Array.IndexOf(columns, data.Intercept),
            TotalWeight = data.TotalWeight,
            Names = data.Names,
            Levels = data.Levels,
            ClassWeights = data.ClassWeights,
        };
        var (minimum, _, _) = PenalizedSolver.Solve(smaller, Chosen(l1), Chosen(l2), Chosen(start));
        var point = new double[data.P];
        for (int j = 0; j < columns.Length; j++)
            point[columns[j]] = minimum.Point[j];
        return (point, minimum.Value);
    }

    /// <summary>The loss of the constant alone, and the fit of everything that is not penalised.</summary>
    static (double Loss, (Minimum Found, PenalizedObjective Objective) Free) Baseline(PenalizedData data, Penalty unit)
    {
        var (l1, l2) = data.Penalties(unit);
        (double[], double) Only(Func<int, bool> column)
        {
            bool[] kept = [.. Enumerable.Range(0, data.P).Select(j => column(j) && data.Varies[j])];
            return kept.Any(k => k) ? Screened(data, new double[data.P], new double[data.P], PenalizedSolver.Start(data), kept) : (new double[data.P], double.NaN);
        }
        var (constant, _) = Only(j => j == data.Intercept);
        var objective = new PenalizedObjective(data, new double[data.P]);
        objective.ValueAndGradient(constant, new double[data.P]);
        double loss = objective.Loss;
        var (free, value) = Only(j => l1[j] == 0 && l2[j] == 0);
        return (loss, (new(free, value, 0, 0, StoppedBecause.RoundingIsReached), objective));
    }

    static double[] Lambdas(PenalizedData data, (Minimum Found, PenalizedObjective Objective) free, Penalty unit, PathOptions options)
    {
        Throw.IfLess(options.Count, 1);
        var gradient = new double[data.P];
        free.Objective.ValueAndGradient(free.Found.Point, gradient);
        var (l1, l2) = data.Penalties(new Penalty(1, 0) { Standardize = unit.Standardize, Factors = unit.Factors });
        double largest = 0;
        for (int j = 0; j < data.P; j++)
            if (l1[j] > 0 && data.Varies[j])
                largest = Math.Max(largest, Math.Abs(gradient[j]) / l1[j]);
        largest /= Math.Max(options.Alpha, 1e-3);
        return [.. Enumerable.Range(0, options.Count).Select(k => largest * Math.Pow(options.MinimumRatio, options.Count == 1 ? 0 : (double)k / (options.Count - 1)))];
    }
}

/// <summary>λ chosen on rows that were left out.</summary>
/// <param name="Path">The path on all rows.</param>
/// <param name="MeanDeviance">For every λ the mean deviance of the rows left out.</param>
/// <param name="StandardError">Of that mean, from the folds.</param>
/// <param name="IndexOfMinimum">Where the mean is least.</param>
/// <param name="IndexOfOneStandardError">The largest λ within one standard error of the least.</param>
public sealed record CrossValidatedPath(RegularizationPath Path, IReadOnlyList<double> MeanDeviance, IReadOnlyList<double> StandardError, int IndexOfMinimum, int IndexOfOneStandardError)
{
    /// <summary>Leaves out one fold at a time; folds standardize themselves, and λ are those of all rows.</summary>
    /// <param name="frame">The data.</param>
    /// <param name="folds">The fold of every row, 0 to F−1.</param>
    /// <param name="options">The path.</param>
    public static CrossValidatedPath Fit(ModelFrame frame, ReadOnlySpan<int> folds, PathOptions? options = null)
    {
        Throw.IfNotRows(folds.Length, frame.Design.Rows, nameof(folds));
        options ??= new();
        var path = RegularizationPath.Fit(frame, options);
        double[] lambdas = [.. path.Points.Select(point => point.Lambda)];
        int count = folds.ToArray().Max() + 1, n = folds.Length, p = frame.Design.Columns;
        int[] all = folds.ToArray();
        double[,] deviance = new double[count, lambdas.Length];
        var weight = new double[count];
        var (successes, trials) = frame.Response.AsCounts();
        for (int f = 0; f < count; f++)
        {
            int[] rows = [.. Enumerable.Range(0, n).Where(i => all[i] != f)];
            var part = new ModelFrame(frame.Design.Select(rows, [.. Enumerable.Range(0, p)]), frame.Response.Select(rows))
            {
                Weights = frame.WeightArray is null ? null : [.. rows.Select(i => frame.Weight(i))],
                Offset = frame.OffsetArray is null ? null : [.. rows.Select(i => frame.OffsetAt(i))],
            };
            var fold = RegularizationPath.Fit(part, options with { Lambdas = lambdas });
            for (int i = 0; i < n; i++)
            {
                if (all[i] != f)
                    continue;
                double w = frame.Weight(i) * trials[i], y = successes[i] / trials[i];
                weight[f] += w;
                for (int l = 0; l < lambdas.Length; l++)
                {
                    double z = LinearAlgebra.Dot(frame.Design[i], [.. fold.Points[l].Coefficients]) + frame.OffsetAt(i);
                    // glmnet's bounds keep one hopeless row from deciding the whole curve.
                    double share = Math.Clamp(LogMath.Sigmoid(z), 1e-5, 1 - 1e-5);
                    deviance[f, l] -= 2 * w * (y * Math.Log(share) + (1 - y) * LogMath.Log1P(-share));
                }
            }
        }
        double total = weight.Sum();
        double[] mean = new double[lambdas.Length], error = new double[lambdas.Length];
        int best = 0;
        for (int l = 0; l < lambdas.Length; l++)
        {
            for (int f = 0; f < count; f++)
                mean[l] += deviance[f, l] / total;
            for (int f = 0; f < count; f++)
                error[l] += weight[f] / total * Math.Pow(deviance[f, l] / weight[f] - mean[l], 2);
            error[l] = Math.Sqrt(error[l] / (count - 1));
            if (mean[l] < mean[best])
                best = l;
        }
        int simple = Array.FindIndex(mean, m => m <= mean[best] + error[best]);
        return new(path, mean, error, best, simple);
    }

    /// <summary>The λ with the least deviance.</summary>
    public double LambdaOfMinimum => Path.Points[IndexOfMinimum].Lambda;

    /// <summary>The largest λ within one standard error of the least.</summary>
    public double LambdaOfOneStandardError => Path.Points[IndexOfOneStandardError].Lambda;
}
