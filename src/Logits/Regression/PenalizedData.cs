using System.Buffers;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Distinct rows for a penalised fit: columns centred and scaled, class shares, weights that add up to 1.</summary>
sealed class PenalizedData
{
    public required int[] Rows { get; init; }

    /// <summary>n rows, <see cref="Stride"/> apart, of p columns, padded with zeros. Rented: empty after <see cref="Release"/>.</summary>
    public required double[] X { get; set; }

    /// <summary>Gives the rows back; what a fit needs afterwards is beside them.</summary>
    public void Release()
    {
        ArrayPool<double>.Shared.Return(X);
        X = [];
    }

    /// <summary>p padded with zeros to whole registers.</summary>
    public int Stride => (P + 7) & ~7;

    public Span<double> Row(int i) => X.AsSpan(i * Stride, P);

    public required int P { get; init; }

    /// <summary>1 for yes/no (one score), K for softmax.</summary>
    public required int Scores { get; init; }

    /// <summary>n × max(2, K) class shares; a row's shares add up to 1.</summary>
    public required double[] Targets { get; init; }

    public required double[] Weights { get; init; }
    public required double[]? Offset { get; init; }
    public required double[] Means { get; init; }
    public required double[] Scales { get; init; }

    /// <summary>1 for columns that vary; 0 for those whose coefficient is 0 by convention.</summary>
    public required bool[] Varies { get; init; }

    public required int Intercept { get; init; }
    public required double TotalWeight { get; init; }
    public required IReadOnlyList<string> Names { get; init; }
    public required string[] Levels { get; init; }
    public required double[] ClassWeights { get; init; }

    public int N => Rows.Length;
    public int Classes => Math.Max(2, Scores);

    public static PenalizedData Of(ModelFrame frame, bool softmax, ClassWeights classWeights, bool centre)
    {
        var design = frame.Design;
        double[] targets;
        string[] levels;
        var weights = frame.WeightArray;
        if (softmax)
        {
            (targets, levels, _) = frame.Response.AsClasses();
            if (frame.OffsetArray is not null)
                throw new ArgumentException("a softmax model takes no offset: one number a row shifts every class alike and changes nothing.", nameof(frame));
        }
        else
        {
            var (successes, trials) = frame.Response.AsCounts();
            levels = [frame.Response.Failure, frame.Response.Success];
            targets = new double[2 * design.Rows];
            for (int i = 0; i < design.Rows; i++)
                (targets[2 * i], targets[2 * i + 1]) = trials[i] == 0 ? (0.5, 0.5) : ((trials[i] - successes[i]) / trials[i], successes[i] / trials[i]);
            if (trials.Any(m => m != 1))
                weights = [.. trials.Select((m, i) => m * frame.Weight(i))];
        }
        int classes = levels.Length;
        List<(double[], int)> contents = [(design.Data, design.Columns), (targets, classes)];
        if (frame.OffsetArray is not null)
            contents.Add((frame.OffsetArray, 1));
        var (rows, merged) = CanonicalRows.Of(design.Rows, [.. contents], weights);
        double total = merged.Sum();
        double[] factors = classWeights.For(targets, weights, classes);
        int p = design.Columns, n = rows.Length;
        double[] means = new double[p], scales = new double[p], shares = new double[n * classes];
        var varies = new bool[p];
        int stride = (p + 7) & ~7;
        double[] x = ArrayPool<double>.Shared.Rent(checked(n * stride));
        for (int i = 0; i < n; i++)
            x.AsSpan(i * stride + p, stride - p).Clear();
        for (int i = 0; i < n; i++)
            targets.AsSpan(rows[i] * classes, classes).CopyTo(shares.AsSpan(i * classes));
        Standardization.Gather(design, rows, merged, x, stride, means).CopyTo(scales, 0);
        bool canCentre = centre && design.Intercept >= 0;
        for (int j = 0; j < p; j++)
        {
            double sd = Math.Sqrt(scales[j]);
            varies[j] = sd > 1e-14 * Math.Abs(means[j]);
            if (j == design.Intercept)
                (varies[j], scales[j], means[j]) = (true, 1, 0);
            else if (canCentre)
                scales[j] = varies[j] ? sd : 1;
            else
            {
                scales[j] = varies[j] ? sd : Math.Abs(means[j]);
                varies[j] = scales[j] > 0;
                if (!varies[j])
                    scales[j] = 1;
                means[j] = 0;
            }
        }
        double[] inverse = [.. scales.Select((scale, j) => varies[j] ? 1 / scale : 0)];
        Standardization.Scale(x, n, stride, means, inverse);
        // A class weight is a weight of the part of a row that belongs to the class; the scale of a column does not depend on it.
        total = 0;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            var share = shares.AsSpan(i * classes, classes);
            for (int k = 0; k < classes; k++)
                sum += share[k] *= factors[k];
            for (int k = 0; k < classes && sum > 0; k++)
                share[k] /= sum;
            total += merged[i] *= sum;
        }
        for (int i = 0; i < n; i++)
            merged[i] /= total;
        return new()
        {
            Rows = rows,
            X = x,
            P = p,
            Scores = softmax ? classes : 1,
            Targets = shares,
            Weights = merged,
            TotalWeight = total,
            Offset = frame.OffsetArray is { } offset ? [.. rows.Select(i => offset[i])] : null,
            Means = means,
            Scales = scales,
            Varies = varies,
            Intercept = design.Intercept,
            Names = design.Names,
            Levels = levels,
            ClassWeights = factors,
        };
    }

    /// <summary>The penalties of the solver's coordinates.</summary>
    public (double[] L1, double[] L2) Penalties(Penalty penalty)
    {
        double[] l1 = new double[P * Scores], l2 = new double[P * Scores];
        double[] factors = penalty.FactorsFor(Intercept >= 0 ? P - 1 : P);
        for (int k = 0; k < Scores; k++)
            for (int j = 0, f = 0; j < P; j++)
            {
                double factor, scale;
                if (j == Intercept)
                {
                    // β₀ = bias·b with b penalised.
                    (factor, scale) = penalty.Bias is null ? (0.0, 1.0) : (1.0, penalty.Bias.Value);
                }
                else
                    (factor, scale) = (factors[f++], penalty.Standardize ? 1 : Scales[j]);
                l1[k * P + j] = penalty.L1 * factor / scale;
                l2[k * P + j] = penalty.L2 * factor / (scale * scale);
            }
        return (l1, l2);
    }

    /// <summary>From the solver's coordinates to the columns as given: Scores rows of P coefficients, the constant's included.</summary>
    public double[] Unscale(ReadOnlySpan<double> point)
    {
        var result = new double[point.Length];
        for (int k = 0; k < Scores; k++)
        {
            double shift = 0;
            for (int j = 0; j < P; j++)
            {
                double value = Varies[j] ? point[k * P + j] / Scales[j] : 0;
                result[k * P + j] = value;
                if (j != Intercept)
                    shift += value * Means[j];
            }
            if (Intercept >= 0)
                result[k * P + Intercept] = point[k * P + Intercept] - shift;
        }
        return result;
    }
}

/// <summary>Weights that make classes count more or less than they occur.</summary>
public sealed record ClassWeights
{
    readonly double[]? _factors;
    readonly bool _balanced;

    ClassWeights(double[]? factors, bool balanced) => (_factors, _balanced) = (factors, balanced);

    /// <summary>Every row counts once.</summary>
    public static ClassWeights None { get; } = new(null, false);

    /// <summary>n/(K·nₖ): every class counts the same in total.</summary>
    public static ClassWeights Balanced { get; } = new(null, true);

    /// <summary>One factor a class.</summary>
    public static ClassWeights Of(params double[] factors) => new([.. factors.Select((f, k) => Throw.IfNotPositive(f, $"factors[{k}]"))], false);

    internal double[] For(double[] targets, double[]? weights, int classes)
    {
        var factors = new double[classes];
        factors.AsSpan().Fill(1);
        if (_factors is not null)
        {
            if (_factors.Length != classes)
                throw new ArgumentException($"class weights hold {_factors.Length} factors; the response has {classes} classes.");
            return _factors;
        }
        if (!_balanced)
            return factors;
        var shares = new double[classes];
        for (int i = 0; i < targets.Length; i++)
            shares[i % classes] += targets[i] * (weights is null ? 1 : weights[i / classes]);
        double total = shares.Sum();
        for (int k = 0; k < classes; k++)
            factors[k] = shares[k] > 0 ? total / (classes * shares[k]) : 1;
        return factors;
    }
}

/// <summary>The smooth part of a penalised fit: Σ wᵢ lossᵢ + Σⱼ l2ⱼ/2·βⱼ², Σ w = 1.</summary>
sealed class PenalizedObjective(PenalizedData data, double[] l2) : IHessianObjective
{
    readonly double[] _p = new double[data.N * data.Scores], _curve = new double[data.N], _block = new double[data.P * data.P];

    public int Dimension => data.P * data.Scores;

    /// <summary>The probabilities at the latest point, n or n × K.</summary>
    public double[] Shares => _p;

    /// <summary>Σ wᵢ lossᵢ at the latest point.</summary>
    public double Loss { get; private set; }

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        gradient.Clear();
        int p = data.P, k = data.Scores;
        var sum = new ExactSum();
        for (int i = 0; i < data.N; i++)
        {
            var row = data.Row(i);
            double w = data.Weights[i];
            if (k == 1)
            {
                double z = LinearAlgebra.Dot(row, point) + (data.Offset is null ? 0 : data.Offset[i]), y = data.Targets[2 * i + 1];
                double e = Math.Exp(-Math.Abs(z)), log = LogMath.Log1P(e);
                // y·softplus(−z) + (1 − y)·softplus(z)
                sum.Add(w * (log + (z > 0 ? (1 - y) * z : -y * z)));
                double share = z >= 0 ? 1 / (1 + e) : e / (1 + e);
                _p[i] = share;
                LinearAlgebra.AddScaled(w * (share - y), row, gradient);
                continue;
            }
            var scores = _p.AsSpan(i * k, k);
            for (int c = 0; c < k; c++)
                scores[c] = LinearAlgebra.Dot(row, point.Slice(c * p, p));
            double norm = Vectors.LogSumExp(scores);
            for (int c = 0; c < k; c++)
            {
                double t = data.Targets[i * k + c];
                if (t > 0)
                    sum.Add(w * t * (norm - scores[c]));
                scores[c] = Math.Exp(scores[c] - norm);
                LinearAlgebra.AddScaled(w * (scores[c] - t), row, gradient.Slice(c * p, p));
            }
        }
        Loss = sum.Value;
        for (int j = 0; j < point.Length; j++)
        {
            sum.Add(0.5 * l2[j] * point[j] * point[j]);
            gradient[j] += l2[j] * point[j];
        }
        return sum.Value;
    }

    public void Hessian(Span<double> hessian)
    {
        int p = data.P, k = data.Scores, n = Dimension;
        for (int c = 0; c < k; c++)
            for (int d = 0; d <= c; d++)
            {
                for (int i = 0; i < data.N; i++)
                {
                    double pc = _p[i * k + c];
                    _curve[i] = data.Weights[i] * (c == d ? pc * (1 - pc) : -pc * _p[i * k + d]);
                }
                Array.Clear(_block);
                WeightedGram.Add(data.X, data.N, p, data.Stride, _curve, _block);
                for (int a = 0; a < p; a++)
                    for (int b = 0; b < p; b++)
                    {
                        hessian[(c * p + a) * n + d * p + b] = _block[a * p + b];
                        hessian[(d * p + b) * n + c * p + a] = _block[a * p + b];
                    }
            }
        for (int j = 0; j < n; j++)
            hessian[j * n + j] += l2[j];
        if (k > 1)
            // A constant added to the scores of all classes changes nothing. Where no penalty fixes it, this picks the sum 0.
            for (int j = 0; j < p; j++)
                if (l2[j] == 0)
                {
                    double size = 0;
                    for (int c = 0; c < k; c++)
                        size = Math.Max(size, hessian[(c * p + j) * n + c * p + j]);
                    for (int c = 0; c < k; c++)
                        for (int d = 0; d < k; d++)
                            hessian[(c * p + j) * n + d * p + j] += size / k;
                }
    }
}
