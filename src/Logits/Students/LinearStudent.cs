using Logits.Kernels;
using Logits.Optimization;
using Logits.Regression;

namespace Logits.Students;

/// <summary>Multinomial regression as a student: z = Wx + b, trained to the exact optimum of a convex problem, so no seed is involved.</summary>
/// <remarks>
/// Minimizes C·Σᵢ[(1 − α)·CE(hᵢ, softmax(zᵢ)) + α·T²·CE(softmax(tᵢ/T), softmax(zᵢ/T))] + |W|²/2, b free and with sum 0, h the labels (smoothed when asked for).
/// A class with no label and no teacher mass, under hard labels, would send its intercept to −∞: its score is −∞ and it is left out of the fit.
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

    /// <summary>The proven bound of how far the objective is from its minimum.</summary>
    public double Gap { get; private init; }

    /// <inheritdoc/>
    public override string Method => "linear-student";

    internal override IReadOnlyList<(string Name, double[] Values)> Parameters => [("weights", _weights), ("intercepts", _intercepts)];

    /// <summary>Fits a student.</summary>
    /// <param name="set">What it learns from.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="alpha">The share of the soft part, 0 to 1.</param>
    /// <param name="c">C: the larger, the weaker the penalty.</param>
    /// <param name="smoothing">s in h = (1 − s)·onehot + s/K.</param>
    public static LinearStudent Fit(TransferSet set, double temperature, double alpha, double c, double smoothing = 0)
    {
        Throw.IfNotPositive(temperature);
        Throw.IfNotPositive(c);
        if (!(alpha is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, $"alpha is {alpha}; it is 0 (labels alone) to 1 (teacher alone).");
        int n = set.Rows, all = set.Classes, d = set.Width;
        Throw.IfNoRows(n, nameof(set));
        int[] present = alpha == 0 && smoothing == 0 ? [.. Enumerable.Range(0, all).Where(k => set.Y.Contains(k))] : [.. Enumerable.Range(0, all)];
        if (present.Length < 2)
            throw new ArgumentException($"every label is {set.Y[0]}; a student needs two classes, or a teacher (alpha above 0).", nameof(set));
        int classes = present.Length;
        double[] hard = new double[n * classes], soft = new double[n * classes], weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            weights[i] = 1.0 / n;
            for (int k = 0; k < classes; k++)
                hard[i * classes + k] = (present[k] == set.Y[i] ? 1 - smoothing : 0) + smoothing / all;
        }
        if (alpha > 0)
            Kernel<double>.SoftmaxRows(set.Teacher, soft, classes, temperature);

        // Pixels that never vary have weight 0 at the optimum: the intercept does their work.
        var means = new double[d];
        var varies = new bool[d];
        for (int j = 0; j < d; j++)
            for (int i = 0; i < n; i++)
                varies[j] |= set.X[i * d + j] != set.X[j];
        int p = d + 1, stride = (p + 7) & ~7;
        var x = new double[(long)n * stride];
        for (int j = 0; j < d; j++)
            for (int i = 0; i < n; i++)
                means[j] += set.X[i * d + j] / n;
        for (int i = 0; i < n; i++)
        {
            x[i * stride] = 1;
            for (int j = 0; j < d; j++)
                x[i * stride + 1 + j] = varies[j] ? set.X[i * d + j] - means[j] : 0;
        }
        var used = new bool[stride];
        used[0] = true;
        varies.CopyTo(used, 1);
        var penalties = new double[classes * stride];
        for (int k = 0; k < classes; k++)
            for (int j = 1; j < p; j++)
                penalties[k * stride + j] = 1 / (c * n);
        var spread = new double[stride];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < p; j++)
                spread[j] += x[i * stride + j] * x[i * stride + j] / n;
        for (int j = 0; j < p; j++)
            spread[j] = Math.Sqrt(spread[j]);
        var solver = new RidgeSolver(new DensePredictors(x, n, stride), classes, hard, weights, null, penalties, used, alpha > 0 ? new(soft, alpha, temperature) : null, spread);
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
        var student = new LinearStudent(d, all, temperature, alpha, n, double.NaN, w, b) { Objective = found.Value * c * n, Gap = solver.FinalGap * c * n };
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
