using Logits.Kernels;
using Logits.Optimization;
using Logits.Regression;

namespace Logits.Students;

/// <summary>Multinomial regression as a student: z = Wx + b, trained to the exact optimum of a convex problem, so no seed is involved.</summary>
/// <remarks>
/// Minimizes C·Σᵢ[(1 − α)·CE(hᵢ, softmax(zᵢ)) + α·T²·CE(softmax(tᵢ/T), softmax(zᵢ/T))] + |W|²/2, b free and with sum 0, h the labels (smoothed when asked for).
/// A class that neither the labels (under α below 1) nor the teacher (under α above 0) ever holds would send its intercept to −∞: its score is −∞ and it is left out
/// of the fit. Rows are put into an order of their content first: the order they came in changes no bit.
/// Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015).
/// </remarks>
public sealed class LinearStudent : Student
{
    readonly double[] _weights, _intercepts;

    internal LinearStudent(int features, int classes, double temperature, double alpha, int rows, double nll, double[] weights, double[] intercepts)
        : base(features, classes, temperature, alpha, rows, nll)
    {
        (_weights, _intercepts) = (weights, intercepts);
        if (weights.Length != classes * features || intercepts.Length != classes)
            throw new FormatException($"\"weights\" holds {weights.Length} numbers; {classes} classes × {features} features make {classes * features}.");
    }

    /// <summary>K × d weights.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>K intercepts with sum 0; −∞ for classes that were left out.</summary>
    public ReadOnlySpan<double> Intercepts => _intercepts;

    /// <summary>The objective in the scale of the formula above, its constants included.</summary>
    public double Objective { get; private init; }

    /// <summary>The proven bound of how far the objective is from its minimum; its rounding is added, 1e-15 of it.</summary>
    public double Gap { get; private init; }

    /// <inheritdoc/>
    public override string Method => "linear-student";

    internal override IReadOnlyList<(string Name, double[] Values)> Parameters => [("weights", _weights), ("intercepts", _intercepts)];

    /// <summary>Fits a student.</summary>
    /// <param name="set">What it learns from.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="alpha">The share of the soft part, 0 to 1.</param>
    /// <param name="c">C: the larger, the weaker the penalty.</param>
    /// <param name="smoothing">s in h = (1 − s)·onehot + s/K, 0 to below 1.</param>
    /// <exception cref="ArgumentException">The set has no rows, a single class, or features too large to square.</exception>
    public static LinearStudent Fit(TransferSet set, double temperature, double alpha, double c, double smoothing = 0)
    {
        Throw.IfNotPositive(temperature);
        Throw.IfNotPositive(c);
        if (!(alpha is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, $"alpha is {alpha}; it is 0 (labels alone) to 1 (teacher alone).");
        if (!(smoothing is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, $"smoothing is {smoothing}; it is at least 0 and below 1.");
        Throw.IfNoRows(set.Rows, nameof(set));
        int all = set.Classes, d = set.Width, total = set.Rows;
        // Rows in an order of their content, equal ones joined: the order they came in changes no bit.
        double[] codes = [.. set.Y.Select(label => (double)label)];
        var (rows, counts) = CanonicalRows.Of(total, [(set.X, d), (set.Teacher, all), (codes, 1)], null);
        int n = rows.Length;
        double[] teacher = new double[n * all], teacherShares = new double[n * all], mass = new double[all];
        for (int i = 0; i < n; i++)
            set.Teacher.AsSpan(rows[i] * all, all).CopyTo(teacher.AsSpan(i * all));
        if (alpha > 0)
            Kernel<double>.SoftmaxRows(teacher, teacherShares, all, temperature);
        double Hard(int i, int k) => (k == set.Y[rows[i]] ? 1 - smoothing : 0) + smoothing / all;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < all; k++)
                mass[k] += (1 - alpha) * Hard(i, k) + alpha * teacherShares[i * all + k];
        int[] present = [.. Enumerable.Range(0, all).Where(k => mass[k] > 0)];
        if (present.Length < 2)
            throw new ArgumentException($"every row is of class {present[0]}, for the labels{(alpha > 0 ? " and the teacher" : "")}; a student needs two classes. Add rows of another{(alpha > 0 ? "" : ", or learn from the teacher (alpha above 0)")}.", nameof(set));
        int classes = present.Length;
        double[] hard = new double[n * classes], soft = new double[n * classes], weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            weights[i] = counts[i] / total;
            for (int k = 0; k < classes; k++)
                (hard[i * classes + k], soft[i * classes + k]) = (Hard(i, present[k]), teacherShares[i * all + present[k]]);
        }

        // Pixels that never vary have weight 0 at the optimum: the intercept does their work.
        var means = new double[d];
        var varies = new bool[d];
        for (int j = 0; j < d; j++)
            for (int i = 0; i < n; i++)
                varies[j] |= set.X[rows[i] * d + j] != set.X[rows[0] * d + j];
        int p = d + 1, stride = (p + 7) & ~7;
        var x = new double[(long)n * stride];
        for (int j = 0; j < d; j++)
            for (int i = 0; i < n; i++)
                means[j] += weights[i] * set.X[rows[i] * d + j];
        for (int i = 0; i < n; i++)
        {
            x[i * stride] = 1;
            for (int j = 0; j < d; j++)
                x[i * stride + 1 + j] = varies[j] ? set.X[rows[i] * d + j] - means[j] : 0;
        }
        var used = new bool[stride];
        used[0] = true;
        varies.CopyTo(used, 1);
        var penalties = new double[classes * stride];
        for (int k = 0; k < classes; k++)
            for (int j = 1; j < p; j++)
                penalties[k * stride + j] = 1 / (c * total);
        var spread = new double[stride];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < p; j++)
                spread[j] += weights[i] * x[i * stride + j] * x[i * stride + j];
        for (int j = 0; j < p; j++)
            if (!double.IsFinite(spread[j] = Math.Sqrt(spread[j])))
                throw new ArgumentException($"feature {j - 1} reaches {rows.Max(i => Math.Abs(set.X[i * d + j - 1])):G4}: the squares of its values leave the range of double precision. Multiply it by a power of ten.", nameof(set));
        var solver = new RidgeSolver(new(new DensePredictors(x, n, stride), classes, hard, weights, null, penalties, used, alpha > 0 ? new(soft, alpha, temperature) : null, spread));
        var found = solver.Minimize(new double[classes * stride], 0);

        double[] w = new double[all * d], b = new double[all];
        b.AsSpan().Fill(double.NegativeInfinity);
        double mean = 0;
        for (int k = 0; k < classes; k++)
        {
            var row = found.Point.AsSpan(k * stride + 1, d);
            row.CopyTo(w.AsSpan(present[k] * d));
            b[present[k]] = found.Point[k * stride] - LinearAlgebra.Dot(row, means);
            mean += b[present[k]] / classes;
        }
        foreach (int k in present)
            b[k] -= mean;
        var student = new LinearStudent(d, all, temperature, alpha, total, double.NaN, w, b)
        {
            Objective = found.Value * c * total,
            Gap = (solver.FinalGap + Certificate.Rounding(found.Value)) * c * total,
        };
        student.NegativeLogLikelihood = student.Evaluate(set).LogLoss;
        return student;
    }

    /// <inheritdoc/>
    public override double[] Logits(ReadOnlySpan<double> features)
    {
        int n = Throw.IfNotWholeRows(features.Length, Features, nameof(features), "features");
        var z = new double[n * Classes];
        for (int i = 0; i < n; i++)
            for (int k = 0; k < Classes; k++)
                z[i * Classes + k] = LinearAlgebra.Dot(features.Slice(i * Features, Features), _weights.AsSpan(k * Features, Features)) + _intercepts[k];
        return z;
    }
}
