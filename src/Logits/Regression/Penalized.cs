using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Yes/no under a penalty. The response may be shares between 0 and 1.</summary>
/// <param name="Penalty">The penalty, by the caller's own hand; see <see cref="Regression.Penalty"/> for the objective and other tools' conventions.</param>
public sealed record PenalizedLogit(Penalty Penalty) : RegressionModel
{
    /// <summary>Weights of the two classes.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>The relative gap to be proven before the solver may stop; 0, the rounding of the objective.</summary>
    public double GapTolerance { get; init; }

    /// <inheritdoc/>
    public override string Family => "binomial, penalised";

    /// <inheritdoc/>
    public override PenalizedFit Fit(ModelFrame frame) => PenalizedSolver.Fit(this, frame, Penalty, ClassWeights, softmax: false, GapTolerance);
}

/// <summary>Softmax over K classes under a penalty: K symmetric sets of coefficients. The response may be distributions over the classes.</summary>
/// <param name="Penalty">The penalty, by the caller's own hand.</param>
public sealed record PenalizedMultinomial(Penalty Penalty) : RegressionModel
{
    /// <summary>Weights of the classes.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>The relative gap to be proven before the solver may stop; 0, the rounding of the objective.</summary>
    public double GapTolerance { get; init; }

    /// <inheritdoc/>
    public override string Family => "multinomial, penalised";

    /// <inheritdoc/>
    public override PenalizedFit Fit(ModelFrame frame) => PenalizedSolver.Fit(this, frame, Penalty, ClassWeights, softmax: true, GapTolerance);
}

/// <summary>Solves penalised fits of moderate size by Newton's method with the whole Hessian.</summary>
static class PenalizedSolver
{
    static readonly Stopping ToRounding = new() { GradientTolerance = 1e-17, Iterations = 300 };

    public static PenalizedFit Fit(RegressionModel model, ModelFrame frame, Penalty penalty, ClassWeights classWeights, bool softmax, double tolerance)
    {
        var data = PenalizedData.Of(frame, softmax, classWeights, centre: penalty.Bias is null);
        var (l1, l2) = data.Penalties(penalty);
        Require(data, l1, l2, frame.Response.Name);
        var (found, loss, gap) = Solve(data, l1, l2, Start(data), tolerance);
        var fit = new PenalizedFit(model, frame, penalty, data, found, l1, l2, loss, gap);
        data.Release();
        return fit;
    }

    /// <summary>Without a penalty on a column its coefficient may not exist.</summary>
    static void Require(PenalizedData data, double[] l1, double[] l2, string response)
    {
        if (data.Levels.Length < 2)
            Throw.OnlyOneClass(response, data.Levels.FirstOrDefault("missing"));
        for (int k = 0; k < data.Scores; k++)
            for (int j = 0; j < data.P; j++)
                if (j != data.Intercept && l1[j] == 0 && l2[j] == 0 && !data.Varies[j])
                    throw new RankDeficientException(data.Names[j], $"column {data.Names[j]} does not vary and is not penalised; its effect cannot be told from the constant. Leave it out.");
        var present = new bool[data.Classes];
        for (int i = 0; i < data.Targets.Length; i++)
            present[i % data.Classes] |= data.Targets[i] > 0;
        for (int k = 0; k < data.Classes; k++)
            if (!present[k] && (data.Intercept < 0 || l2[data.Intercept] + l1[data.Intercept] == 0))
            {
                if (data.Classes == 2)
                    Throw.OnlyOneOutcome(data.Levels[1 - k]);
                var counts = present.Select(here => here ? 1.0 : 0).ToArray();
                Throw.IfClassMissing(counts, data.Levels, response, "its free intercept would go to −∞");
            }
    }

    /// <summary>Slopes 0, intercepts at the logarithms of the class shares.</summary>
    public static double[] Start(PenalizedData data)
    {
        var start = new double[data.P * data.Scores];
        if (data.Intercept < 0)
            return start;
        var shares = new double[data.Classes];
        for (int i = 0; i < data.N; i++)
            for (int k = 0; k < data.Classes; k++)
                shares[k] += data.Weights[i] * data.Targets[i * data.Classes + k];
        if (data.Scores == 1)
            start[data.Intercept] = Math.Clamp(Math.Log(shares[1] / shares[0]), -20, 20);
        else
        {
            double mean = shares.Average(Math.Log);
            for (int k = 0; k < data.Scores; k++)
                start[k * data.P + data.Intercept] = Math.Clamp(Math.Log(shares[k]) - mean, -20, 20);
        }
        return start;
    }

    /// <summary>Whether every slope pays for its square and nothing for its absolute value: then the large solver applies.</summary>
    static bool IsRidge(PenalizedData data, double[] l1, double[] l2)
    {
        for (int j = 0; j < l2.Length; j++)
            if (l1[j] != 0 || (l2[j] == 0 && j % data.P != data.Intercept && data.Varies[j % data.P]))
                return false;
        return data.Intercept is 0 or -1;
    }

    /// <summary>Solves a ridge problem to a proven gap (relative), or to rounding when that is 0.</summary>
    static (Minimum Found, double Loss, double Gap) Ridge(PenalizedData data, double[] l2, ReadOnlySpan<double> start, double tolerance)
    {
        int stride = data.Stride, p = data.P, k = data.Scores;
        double[] wide = new double[k * stride], from = new double[k * stride];
        var used = new bool[stride];
        data.Varies.CopyTo(used, 0);
        for (int c = 0; c < k; c++)
        {
            l2.AsSpan(c * p, p).CopyTo(wide.AsSpan(c * stride));
            start.Slice(c * p, p).CopyTo(from.AsSpan(c * stride));
        }
        var objective = new RidgeObjective(new DensePredictors(data.X, data.N, stride), k, data.Targets, data.Weights, data.Offset, wide, used);
        var solver = new RidgeSolver(objective);
        var found = solver.Minimize(from, tolerance);
        var point = new double[k * p];
        for (int c = 0; c < k; c++)
            found.Point.AsSpan(c * stride, p).CopyTo(point.AsSpan(c * p));
        return (found with { Point = point }, objective.Loss, solver.FinalGap);
    }

    /// <summary>Solves a yes/no problem with |β|: down a short path of penalties to the one asked for.</summary>
    static (Minimum Found, double Loss, double Gap) Descend(PenalizedData data, double[] l1, double[] l2, ReadOnlySpan<double> start, double tolerance)
    {
        double[] from = new double[data.Stride], weights = new double[data.Stride], squares = new double[data.Stride], spread = new double[data.Stride];
        var used = new bool[data.Stride];
        start.CopyTo(from);
        l1.CopyTo(weights, 0);
        l2.CopyTo(squares, 0);
        data.Varies.CopyTo(used, 0);
        spread.AsSpan().Fill(1);
        var solver = new ElasticNetSolver(new DensePredictors(data.X, data.N, data.Stride), data.Targets, data.Weights, data.Offset, used, data.Intercept, spread, from);
        var found = solver.Approach(weights, squares, tolerance);
        return (found with { Point = found.Point[..data.P] }, solver.Loss, double.IsFinite(solver.Gap) ? solver.Gap : double.NaN);
    }

    /// <summary>Solves a softmax problem with |β|: down a short path of penalties to the one asked for.</summary>
    static (Minimum Found, double Loss, double Gap) DescendClasses(PenalizedData data, double[] l1, double[] l2, ReadOnlySpan<double> start, double tolerance)
    {
        int p = data.P, stride = data.Stride, k = data.Scores;
        double[] from = new double[k * stride], weights = new double[k * stride], squares = new double[k * stride];
        for (int c = 0; c < k; c++)
        {
            start.Slice(c * p, p).CopyTo(from.AsSpan(c * stride));
            l1.AsSpan(c * p, p).CopyTo(weights.AsSpan(c * stride));
            l2.AsSpan(c * p, p).CopyTo(squares.AsSpan(c * stride));
        }
        var solver = new SoftmaxElasticNetSolver(new DensePredictors(data.X, data.N, stride), k, data.Targets, data.Weights, Used(data), Spread(data), from);
        var found = solver.Approach(weights, squares, tolerance);
        var point = new double[k * p];
        for (int c = 0; c < k; c++)
            found.Point.AsSpan(c * stride, p).CopyTo(point.AsSpan(c * p));
        return (found with { Point = point }, solver.Loss, double.IsFinite(solver.Gap) ? solver.Gap : double.NaN);
    }

    /// <summary>The columns that take part, padding not counted.</summary>
    public static bool[] Used(PenalizedData data)
    {
        var used = new bool[data.Stride];
        data.Varies.CopyTo(used, 0);
        return used;
    }

    /// <summary>√Σ w·x² of every column.</summary>
    public static double[] Spread(PenalizedData data)
    {
        var spread = new double[data.Stride];
        for (int i = 0; i < data.N; i++)
            for (int j = 0; j < data.P; j++)
                spread[j] += data.Weights[i] * data.Row(i)[j] * data.Row(i)[j];
        return [.. spread.Select(Math.Sqrt)];
    }

    /// <summary>Solves a penalised problem: the minimum, the mean loss there, and a proven bound of the gap (NaN when the solver brings none).</summary>
    public static (Minimum Found, double Loss, double Gap) Solve(PenalizedData data, double[] l1, double[] l2, ReadOnlySpan<double> start, double tolerance = 0)
    {
        if (IsRidge(data, l1, l2))
            return Ridge(data, l2, start, tolerance);
        if (l1.Any(weight => weight > 0))
            return data.Scores == 1 ? Descend(data, l1, l2, start, tolerance) : DescendClasses(data, l1, l2, start, tolerance);
        var objective = new PenalizedObjective(data, l2);
        var found = Newton.Minimize(objective, start, ToRounding);
        objective.ValueAndGradient(found.Point, new double[objective.Dimension]);
        return (found, objective.Loss, double.NaN);
    }
}

/// <summary>A penalised fit: coefficients in the units of the columns as given, and a proof of the objective's gap.</summary>
/// <remarks>
/// There are no standard errors here: a penalty biases the estimates towards 0, and after selection by |β| the usual intervals do not hold
/// their level (Leeb and Pötscher 2005). Refit without penalty on fresh rows, or use <see cref="Binomial"/> or <see cref="Firth"/>.
/// </remarks>
public sealed class PenalizedFit : RegressionFit
{
    readonly PenalizedData _data;
    readonly double[] _coefficients, _inner;

    internal PenalizedFit(RegressionModel model, ModelFrame frame, Penalty penalty, PenalizedData data, Minimum found, double[] l1, double[] l2, double loss, double gap)
        : base(model, frame, NamesOf(data), data.Unscale(found.Point))
    {
        (_data, _coefficients) = (data, [.. Estimates]);
        _inner = (double[])found.Point.Clone();
        Penalty = penalty;
        // The symmetric softmax leaves one number free: the intercepts add up to 0, those of standardized columns where the penalty is on them.
        if (data.Scores > 1 && data.Intercept >= 0)
        {
            CentreIntercepts(_inner, data);
            _coefficients = data.Unscale(_inner);
            if (!penalty.Standardize)
                CentreIntercepts(_coefficients, data);
        }
        Coefficients = new(data.Scores, data.P, _coefficients);
        ObjectiveValue = found.Value;
        MeanLogLoss = loss;
        Iterations = found.Iterations;
        Certificate = double.IsFinite(gap) ? new(double.NaN, gap, Proof.Global, []) : PenalizedCertificate.Of(data, found.Point, l1, l2);
        Certificate = Certificate with { GapBound = Certificate.GapBound + Certificate.Rounding(found.Value) };
        // What counts is the proof, not the reason the solver gave for stopping.
        Converged = found.Converged || Certificate is { Proof: Proof.Global, GapBound: var bound } && bound <= 1e-12 * (1 + Math.Abs(found.Value));
        SumOfWeights = data.TotalWeight;
        if (!Converged)
            Warnings = [$"the solver stopped because {found.StoppedBecause} after {Iterations} steps; the objective is within {Certificate.GapBound:G3} of its minimum."];
    }

    static void CentreIntercepts(double[] values, PenalizedData data)
    {
        double mean = 0;
        for (int k = 0; k < data.Scores; k++)
            mean += values[k * data.P + data.Intercept] / data.Scores;
        for (int k = 0; k < data.Scores; k++)
            values[k * data.P + data.Intercept] -= mean;
    }

    static string[] NamesOf(PenalizedData data) =>
        data.Scores == 1 ? [.. data.Names] : [.. data.Levels.SelectMany(level => data.Names.Select(name => $"{level}~{name}"))];

    /// <summary>The penalty that was paid.</summary>
    public Penalty Penalty { get; }

    /// <summary>The objective that was minimized, as a formula.</summary>
    public string Objective => Penalty.Objective;

    /// <summary>The classes; the second is the yes of a yes/no model.</summary>
    public IReadOnlyList<string> Levels => _data.Levels;

    /// <summary>One row (yes/no) or K rows (softmax) of coefficients over the columns of the design, the constant included.</summary>
    public Matrix Coefficients { get; }

    /// <summary>The value of the objective: mean loss plus penalty.</summary>
    public double ObjectiveValue { get; }

    /// <summary>The mean loss alone, with the weights of the fit.</summary>
    public double MeanLogLoss { get; }

    /// <summary>Σ of the weights, class weights included.</summary>
    public double SumOfWeights { get; }

    /// <summary>How many slopes are not 0.</summary>
    public int NonZero => _inner.Where((value, j) => j % _data.P != _data.Intercept && value != 0).Count();

    /// <summary>The slope of a column scaled to standard deviation 1.</summary>
    public double StandardizedSlope(int column, int score = 0) => _inner[score * _data.P + column];

    /// <summary>The intercept that goes with standardized columns.</summary>
    public double StandardizedIntercept(int score = 0) => _data.Intercept < 0 ? 0 : _inner[score * _data.P + _data.Intercept];

    /// <summary>
    /// The intercepts after undoing the class weights: weighting class k by wₖ multiplies its odds by wₖ, so log wₖ is taken off again. With these the
    /// probabilities are those of the data; without, those of the weighted classes.
    /// </summary>
    public double[] PriorCorrectedIntercepts()
    {
        double Intercept(int k) => _data.Intercept < 0 ? 0 : Coefficients[k, _data.Intercept];
        var w = _data.ClassWeights;
        if (_data.Scores == 1)
            return [Intercept(0) - Math.Log(w[1] / w[0])];
        double mean = w.Average(Math.Log);
        return [.. Enumerable.Range(0, _data.Scores).Select(k => Intercept(k) - Math.Log(w[k]) + mean)];
    }

    /// <inheritdoc/>
    public override LogitModel ToModel() => ToModel(_data.Scores == 1 ? "penalized-binomial" : "penalized-multinomial", Link.Logit, _data.Names, _data.Levels,
        new double[_data.P], [.. _data.Names.Select(_ => 1.0)], _coefficients, MeanLogLoss);

    /// <summary>The scores of new predictors (columns of the design, the constant included): one for yes/no, K for softmax.</summary>
    public double[] Scores(ReadOnlySpan<double> row, double offset = 0) => ToModel().Scores(row, offset);

    /// <summary>The probabilities of the classes at new predictors.</summary>
    public double[] Probabilities(ReadOnlySpan<double> row, double offset = 0) => ToModel().Probabilities(row, offset);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Model.Family}: {Frame.Formula?.Text ?? Frame.Response.Name}\nminimizes {Objective}\n"
        + string.Join("\n", Names.Select((name, j) => $"  {name}  {_coefficients[j]:G7}"))
        + $"\n{Certificate.Words(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"objective {ObjectiveValue:G10}"), "minimum")}; mean log loss {MeanLogLoss:G7}; {NonZero} slopes are not 0\n";
}

/// <summary>Bounds the gap of a penalised fit from the Hessian or from the dual problem.</summary>
static class PenalizedCertificate
{
    public static Certificate Of(PenalizedData data, double[] point, double[] l1, double[] l2)
    {
        if (l1.Any(weight => weight > 0) && Duality(data, point, l1, l2) is { } proven)
            return new(double.NaN, proven, Proof.Global, []);
        var objective = new PenalizedObjective(data, l2);
        int n = objective.Dimension;
        double[] gradient = new double[n], hessian = new double[n * n];
        objective.ValueAndGradient(point, gradient);
        objective.Hessian(hessian);
        // On the coordinates that are not held at 0 by |β| the objective is smooth. Where some are held, their part in the curvature is unknown: no proof.
        int[] free = [.. Enumerable.Range(0, n).Where(j => data.Varies[j % data.P] && (l1[j] == 0 || point[j] != 0))];
        bool whole = free.Length == Enumerable.Range(0, n).Count(j => data.Varies[j % data.P]);
        int m = free.Length;
        if (m == 0)
            return whole ? new(0, 0, Proof.Global, []) : new(0, double.PositiveInfinity, Proof.None, []);
        double[] reduced = new double[m * m], step = new double[m];
        for (int a = 0; a < m; a++)
        {
            step[a] = gradient[free[a]] + l1[free[a]] * Math.Sign(point[free[a]]);
            for (int b = 0; b < m; b++)
                reduced[a * m + b] = hessian[free[a] * n + free[b]];
        }
        if (Cholesky.Factor(reduced, m, 1e-14) is not { } factor)
            return new(double.NaN, double.PositiveInfinity, Proof.None, []);
        double[] solved = (double[])step.Clone();
        factor.Solve(solved);
        double decrement = LinearAlgebra.Dot(step, solved);
        double rho = 0;
        var u = new double[m];
        for (int i = 0; i < data.N && (long)data.N * m * m < 200_000_000; i++)
            for (int k = 0; k < data.Scores; k++)
            {
                Array.Clear(u);
                for (int a = 0; a < m; a++)
                    if (free[a] / data.P == k)
                        u[a] = data.Row(i)[free[a] % data.P];
                factor.SolveLower(u);
                rho = Math.Max(rho, (data.Scores == 1 ? 1 : 2) * Math.Sqrt(LinearAlgebra.Dot(u, u)));
            }
        bool examined = rho > 0;
        if (!examined)
            return new(decrement, double.PositiveInfinity, Proof.None, []);
        var (gap, _) = Certificate.Bound(decrement, rho);
        return whole && double.IsFinite(gap) ? new(decrement, gap, Proof.Global, []) : new(decrement, double.PositiveInfinity, Proof.None, []);
    }

    /// <summary>By duality; null where a free coefficient is too far from its own optimum.</summary>
    static double? Duality(PenalizedData data, double[] point, double[] l1, double[] l2)
    {
        int p = data.P, stride = data.Stride, k = data.Scores;
        double[] Wide(ReadOnlySpan<double> narrow)
        {
            var wide = new double[k * stride];
            for (int c = 0; c < k; c++)
                narrow.Slice(c * p, p).CopyTo(wide.AsSpan(c * stride));
            return wide;
        }
        var loss = new PenalizedObjective(data, new double[l2.Length]);
        var gradient = new double[loss.Dimension];
        loss.ValueAndGradient(point, gradient);
        double gap = DualBound.Gap(PredictorColumns.Of(new DensePredictors(data.X, data.N, stride)), k, loss.Shares, data.Targets, data.Weights, Wide(point), Wide(gradient),
            Wide(l1), Wide(l2), PenalizedSolver.Used(data), PenalizedSolver.Spread(data));
        return double.IsFinite(gap) ? gap : null;
    }
}

/// <summary>Penalised logistic regression, said in one line: <c>LogisticRegression.Fit(x, y, new Ridge(0.01))</c>.</summary>
public static class LogisticRegression
{
    /// <summary>Fits yes/no under a penalty.</summary>
    /// <param name="x">The predictors.</param>
    /// <param name="y">0, 1, or shares between.</param>
    /// <param name="penalty">The penalty; there is no default.</param>
    public static PenalizedFit Fit(DesignMatrix x, ReadOnlySpan<double> y, Penalty penalty) => new PenalizedLogit(penalty).Fit(new(x, Response.Binary(y)));

    /// <summary>Fits softmax over classes under a penalty.</summary>
    /// <param name="x">The predictors.</param>
    /// <param name="labels">Class indices from 0.</param>
    /// <param name="penalty">The penalty; there is no default.</param>
    public static PenalizedFit Fit(DesignMatrix x, ReadOnlySpan<int> labels, Penalty penalty) => new PenalizedMultinomial(penalty).Fit(new(x, Response.Classes(labels)));

    /// <summary>Fits yes/no by maximum likelihood, with all inference.</summary>
    public static BinomialFit Fit(DesignMatrix x, ReadOnlySpan<double> y) => new Binomial().Fit(new(x, Response.Binary(y)));
}
