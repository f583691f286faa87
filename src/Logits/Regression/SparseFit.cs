using System.Globalization;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A penalised fit to sparse predictors: yes/no, or softmax over K classes. Immutable and shareable.</summary>
public sealed class SparseFit
{
    readonly int _rows;

    internal SparseFit(Penalty penalty, double[] coefficients, int scores, int columns, int rows, Minimum found, double loss, double gap)
    {
        _rows = rows;
        (Penalty, Coefficients) = (penalty, new(scores, columns, coefficients));
        (ObjectiveValue, MeanLogLoss, GapBound, Iterations) = (found.Value, loss, gap + Certificate.Rounding(found.Value), found.Iterations);
        Converged = found.Converged;
    }

    /// <summary>The penalty that was paid.</summary>
    public Penalty Penalty { get; }

    /// <summary>One row (yes/no) or K rows of coefficients, the intercept first.</summary>
    public Matrix Coefficients { get; }

    /// <summary>Mean loss plus penalty.</summary>
    public double ObjectiveValue { get; }

    /// <summary>The mean loss alone.</summary>
    public double MeanLogLoss { get; }

    /// <summary>The objective is within this of its minimum: proven by strong convexity, or, with |β|, by duality; the rounding of the objective is added, 1e-15 of it.</summary>
    public double GapBound { get; }

    /// <summary>How many slopes are not 0.</summary>
    public int NonZero => Enumerable.Range(0, Coefficients.Rows).Sum(k => Coefficients.Columns - 1 - Coefficients[k][1..].Count(0));

    /// <summary>Steps taken, each one pass over the predictors.</summary>
    public int Iterations { get; }

    /// <summary>Whether the gap asked for was proven, or rounding was reached.</summary>
    public bool Converged { get; }

    /// <summary>What is left when only predictions are wanted; it can be saved. Its columns are the constant and those of the matrix, 0 to p − 1.</summary>
    public LogitModel ToModel()
    {
        int p = Coefficients.Columns, classes = Math.Max(2, Coefficients.Rows);
        string[] names = [DesignMatrix.InterceptName, .. Enumerable.Range(0, p - 1).Select(j => j.ToString(CultureInfo.InvariantCulture))];
        return new()
        {
            Method = Coefficients.Rows == 1 ? "penalized-binomial" : "penalized-multinomial",
            Link = Link.Logit,
            Columns = names,
            Classes = [.. Enumerable.Range(0, classes).Select(k => k.ToString(CultureInfo.InvariantCulture))],
            Means = new double[p],
            Scales = [.. names.Select(_ => 1.0)],
            Slopes = Coefficients.Values.ToArray(),
            Rows = _rows,
            NegativeLogLikelihood = MeanLogLoss,
        };
    }

    /// <summary>Fits yes/no.</summary>
    /// <param name="x">The predictors.</param>
    /// <param name="y">0, 1, or shares between, one a row.</param>
    /// <param name="penalty">Ridge, lasso or elastic net on the columns as given, the intercept free.</param>
    /// <param name="gapTolerance">The relative gap to be proven before the solver may stop; 0, the rounding of the objective.</param>
    /// <exception cref="ArgumentException">Lengths disagree, or the penalty has parts that sparse predictors do not take; the message says which.</exception>
    public static SparseFit Binary(SparseMatrix x, ReadOnlySpan<double> y, Penalty penalty, double gapTolerance = 0)
    {
        Throw.IfNotRows(y.Length, x.Rows, nameof(y));
        var targets = new double[2 * y.Length];
        bool yes = false, no = false;
        for (int i = 0; i < y.Length; i++)
        {
            if (!(y[i] is >= 0 and <= 1))
                throw new ArgumentException($"y[{i}] is {y[i]}; a yes/no response is 0 to 1.", nameof(y));
            (targets[2 * i], targets[2 * i + 1]) = (1 - y[i], y[i]);
            yes |= y[i] > 0;
            no |= y[i] < 1;
        }
        if (!yes || !no)
            Throw.OnlyOneOutcome(yes ? "1" : "0");
        return Fit(x, targets, 1, penalty, gapTolerance);
    }

    /// <summary>Fits softmax over K classes.</summary>
    /// <param name="x">The predictors.</param>
    /// <param name="labels">Class indices from 0, one a row.</param>
    /// <param name="classes">K.</param>
    /// <param name="penalty">Ridge, lasso or elastic net on the columns as given, the intercepts free.</param>
    /// <param name="gapTolerance">The relative gap to be proven before the solver may stop; 0, the rounding of the objective.</param>
    /// <exception cref="ArgumentException">Lengths disagree, a class never occurs, or the penalty has parts that sparse predictors do not take; the message says which.</exception>
    public static SparseFit Multinomial(SparseMatrix x, ReadOnlySpan<int> labels, int classes, Penalty penalty, double gapTolerance = 0)
    {
        Throw.IfNotLabels(labels, x.Rows, Throw.IfLess(classes, 2));
        double[] targets = new double[labels.Length * classes], counts = new double[classes];
        for (int i = 0; i < labels.Length; i++)
            counts[labels[i]] += targets[i * classes + labels[i]] = 1;
        Throw.IfClassMissing(counts, [.. Enumerable.Range(0, classes).Select(k => k.ToString(CultureInfo.InvariantCulture))], nameof(labels), "its free intercept would go to −∞");
        return Fit(x, targets, classes, penalty, gapTolerance);
    }

    static SparseFit Fit(SparseMatrix x, double[] targets, int scores, Penalty penalty, double tolerance)
    {
        if (penalty.Standardize || penalty.Factors is not null || penalty.Bias is not null || penalty.L1 + penalty.L2 == 0)
            throw new ArgumentException($"the penalty is {penalty}; sparse predictors take new Ridge(λ), new Lasso(λ) or new ElasticNet(λ, α) with λ above 0, on the columns as given, intercept free.", nameof(penalty));
        int classes = Math.Max(2, scores), columns = x.Columns + 1;
        int[] order = Order(x, targets, classes);
        double[] ordered = new double[targets.Length], weights = new double[order.Length], l2 = new double[scores * columns];
        for (int i = 0; i < order.Length; i++)
        {
            targets.AsSpan(order[i] * classes, classes).CopyTo(ordered.AsSpan(i * classes));
            weights[i] = 1.0 / order.Length;
        }
        l2.AsSpan().Fill(penalty.L2);
        for (int k = 0; k < scores; k++)
            l2[k * columns] = 0;
        var used = new bool[columns];
        used.AsSpan().Fill(true);
        var shares = new double[classes];
        for (int i = 0; i < targets.Length; i++)
            shares[i % classes] += targets[i] / order.Length;
        var start = new double[scores * columns];
        double mean = shares.Average(Math.Log);
        for (int k = 0; k < scores; k++)
            start[k * columns] = scores == 1 ? Math.Log(shares[1] / shares[0]) : Math.Log(shares[k]) - mean;
        var predictors = new SparsePredictors(x, order);
        double[] spread = [.. predictors.CurvatureDiagonal([.. Enumerable.Repeat(1.0 / order.Length, order.Length)], 1).Select(Math.Sqrt)];
        for (int j = 1; j < columns; j++)
            if (!double.IsFinite(spread[j]))
            {
                double largest = 0;
                for (long e = 0; e < x.Stored; e++)
                    largest = x.Indices[e] == j - 1 ? Math.Max(largest, Math.Abs(x.Entries[e])) : largest;
                Throw.ColumnOutOfRange((j - 1).ToString(CultureInfo.InvariantCulture), largest);
            }
        if (penalty.L1 > 0)
        {
            var l1 = new double[scores * columns];
            l1.AsSpan().Fill(penalty.L1);
            for (int k = 0; k < scores; k++)
                l1[k * columns] = 0;
            if (scores > 1)
            {
                var classwise = new SoftmaxElasticNetSolver(predictors, scores, ordered, weights, used, spread, start);
                var least = classwise.Approach(l1, l2, tolerance);
                return new(penalty, least.Point, scores, columns, x.Rows, least, classwise.Loss, classwise.Gap);
            }
            var descent = new ElasticNetSolver(predictors, ordered, weights, null, used, 0, spread, start);
            var minimum = descent.Approach(l1, l2, tolerance);
            return new(penalty, minimum.Point, 1, columns, x.Rows, minimum, descent.Loss, descent.Gap);
        }
        var objective = new RidgeObjective(predictors, scores, ordered, weights, null, l2, used, spread: spread);
        var solver = new RidgeSolver(objective);
        var found = solver.Minimize(start, tolerance);
        return new(penalty, found.Point, scores, columns, x.Rows, found, objective.Loss, solver.FinalGap);
    }

    /// <summary>An order of the rows that depends on their content alone, so that the fit does not depend on the order they came in.</summary>
    static int[] Order(SparseMatrix x, double[] targets, int classes)
    {
        var keys = new ulong[x.Rows];
        var order = new int[x.Rows];
        for (int i = 0; i < order.Length; i++)
        {
            ulong key = 0x9E3779B97F4A7C15;
            for (long e = x.Starts[i]; e < x.Starts[i + 1]; e++)
                key = (key ^ (uint)x.Indices[e] ^ BitConverter.DoubleToUInt64Bits(x.Entries[e])) * 0xD6E8FEB86659FD93 ^ key >> 29;
            for (int k = 0; k < classes; k++)
                key = (key ^ BitConverter.DoubleToUInt64Bits(targets[i * classes + k])) * 0xD6E8FEB86659FD93 ^ key >> 29;
            (keys[i], order[i]) = (key, i);
        }
        Array.Sort(keys, order);
        return order;
    }
}
