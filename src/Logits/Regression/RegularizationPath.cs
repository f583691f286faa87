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

    /// <summary>The relative gap to be proven for every λ; 0, the rounding of the objective.</summary>
    public double GapTolerance { get; init; }
}

/// <summary>One solution on a path.</summary>
/// <param name="Lambda">λ.</param>
/// <param name="Coefficients">In the units of the columns as given; the constant's included.</param>
/// <param name="NonZero">How many slopes are not 0.</param>
/// <param name="Objective">Mean loss plus penalty.</param>
/// <param name="DevianceRatio">1 − loss/loss of the constant alone.</param>
public sealed record PathPoint(double Lambda, IReadOnlyList<double> Coefficients, int NonZero, double Objective, double DevianceRatio)
{
    /// <summary>The objective is within this of its minimum, by duality; +∞ where columns other than the constant are free of any penalty.</summary>
    public double GapBound { get; init; } = double.PositiveInfinity;
}

/// <summary>Penalised yes/no fits for a falling row of λ, each started from the last.</summary>
/// <remarks>
/// λ_max = maxⱼ |xⱼᵀ(y − ȳ)|/(fⱼ·max(α, 0.001)) on standardized columns is the smallest λ at which every penalised slope is 0. Screening by the
/// sequential strong rule changes the time and not the answer: see <see cref="PathOptions.GapTolerance"/> for what is proven.
/// Source: Friedman, Hastie, Tibshirani, Regularization Paths for Generalized Linear Models via Coordinate Descent (2010).
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
        bool yes = false, no = false;
        for (int i = 0; i < data.N; i++)
            (yes, no) = (yes || data.Targets[2 * i + 1] > 0, no || data.Targets[2 * i] > 0);
        if (!yes || !no)
            Throw.OnlyOneOutcome(yes ? frame.Response.Success : frame.Response.Failure);
        double[]? factors = options.PenaltyFactors is null ? null : Penalty.MeanOne(options.PenaltyFactors);
        Penalty At(double lambda) => new(lambda * options.Alpha, lambda * (1 - options.Alpha)) { Standardize = options.Standardize, Factors = factors };
        var (solver, baseline) = Unpenalized(data, At(1));
        var lambdas = options.Lambdas ?? Lambdas(data, solver.Gradient, At(1), options);
        var points = new List<PathPoint>();
        double[]? before = null;
        foreach (double lambda in lambdas)
        {
            var (l1, l2) = data.Penalties(At(lambda));
            var (weights, squares) = (Wide(data, l1), Wide(data, l2));
            var found = solver.Solve(weights, squares, before ?? weights, options.GapTolerance);
            before = weights;
            var point = solver.Point.AsSpan(0, data.P);
            int nonZero = 0;
            for (int j = 0; j < data.P; j++)
                if (j != data.Intercept && point[j] != 0)
                    nonZero++;
            points.Add(new(lambda, data.Unscale(point), nonZero, found.Value, 1 - solver.Loss / baseline) { GapBound = solver.Gap + Certificate.Rounding(found.Value) });
            if (options.StopAtSaturation && points.Count > 5
                && (points[^1].DevianceRatio > 0.999 || points[^1].DevianceRatio - points[^2].DevianceRatio < 1e-5 * points[^1].DevianceRatio))
                break;
        }
        data.Release();
        return new(data.Names, points);
    }

    static double[] Wide(PenalizedData data, double[] values)
    {
        var wide = new double[data.Stride];
        values.CopyTo(wide, 0);
        return wide;
    }

    /// <summary>A solver at the fit of everything that is not penalised, and the mean loss of the constant alone.</summary>
    static (ElasticNetSolver Solver, double Baseline) Unpenalized(PenalizedData data, Penalty unit)
    {
        const double Shut = 1e300; // a weight that holds a coefficient at 0
        double[] none = new double[data.Stride], spread = new double[data.Stride];
        var used = new bool[data.Stride];
        data.Varies.CopyTo(used, 0);
        spread.AsSpan().Fill(1);
        var solver = new ElasticNetSolver(new DensePredictors(data.X, data.N, data.Stride), data.Targets, data.Weights, data.Offset, used, data.Intercept, spread, none);
        double[] Only(Func<int, bool> isFree) => [.. Enumerable.Range(0, data.Stride).Select(j => j < data.P && isFree(j) ? 0 : Shut)];
        var constant = Only(j => j == data.Intercept);
        solver.Solve(constant, none, constant, 0);
        double baseline = solver.Loss;
        var (l1, l2) = data.Penalties(unit);
        if (Enumerable.Range(0, data.P).Any(j => j != data.Intercept && data.Varies[j] && l1[j] == 0 && l2[j] == 0))
        {
            var free = Only(j => l1[j] == 0 && l2[j] == 0);
            solver.Solve(free, none, free, 0);
        }
        return (solver, baseline);
    }

    static double[] Lambdas(PenalizedData data, double[] gradient, Penalty unit, PathOptions options)
    {
        Throw.IfLess(options.Count, 1);
        var (l1, _) = data.Penalties(new Penalty(1, 0) { Standardize = unit.Standardize, Factors = unit.Factors });
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
            RequireBoth(frame, rows, f);
            var part = new ModelFrame(frame.Design.Select(rows, [.. Enumerable.Range(0, p)]), frame.Response.Select(rows))
            {
                Weights = frame.WeightArray is null ? null : [.. rows.Select(i => frame.Weight(i))],
                Offset = frame.OffsetArray is null ? null : [.. rows.Select(i => frame.OffsetAt(i))],
            };
            var fold = RegularizationPath.Fit(part, options with { Lambdas = lambdas, StopAtSaturation = false });
            double[][] coefficients = [.. fold.Points.Select(point => point.Coefficients.ToArray())];
            for (int i = 0; i < n; i++)
            {
                if (all[i] != f || trials[i] == 0)
                    continue;
                double w = frame.Weight(i) * trials[i], y = successes[i] / trials[i];
                weight[f] += w;
                for (int l = 0; l < lambdas.Length; l++)
                {
                    double z = LinearAlgebra.Dot(frame.Design[i], coefficients[l]) + frame.OffsetAt(i);
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

    /// <summary>The rows outside a fold must be able to teach something about those inside.</summary>
    static void RequireBoth(ModelFrame frame, int[] rows, int fold)
    {
        var (successes, trials) = frame.Response.AsCounts();
        if (rows.Length == 0 || rows.Length == frame.Design.Rows)
            throw new ArgumentException($"fold {fold} has {(rows.Length == 0 ? "every row" : "no rows")}; folds are 0, 1, … with rows in each, at least two of them.", "folds");
        if (!rows.Any(i => frame.Weight(i) * successes[i] > 0) || !rows.Any(i => frame.Weight(i) * (trials[i] - successes[i]) > 0))
            throw new ArgumentException($"without fold {fold} every response is the same; deal the rows of each outcome to all folds.", "folds");
    }

    /// <summary>The λ with the least deviance.</summary>
    public double LambdaOfMinimum => Path.Points[IndexOfMinimum].Lambda;

    /// <summary>The largest λ within one standard error of the least.</summary>
    public double LambdaOfOneStandardError => Path.Points[IndexOfOneStandardError].Lambda;
}
