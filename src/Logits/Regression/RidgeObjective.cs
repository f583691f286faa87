using System.Numerics;
using System.Runtime.CompilerServices;
using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Σ wᵢ lossᵢ + Σⱼ l2ⱼ/2·βⱼ² over many rows, yes/no or softmax, with its gradient, its Hessian times a vector and a proven bound of the gap.</summary>
/// <remarks>Strong convexity bounds the gap: f − f* ≤ Σⱼ gⱼ²/(2·l2ⱼ) over penalised coordinates; free intercepts are allowed for, see <see cref="Gap"/>.</remarks>
sealed class RidgeObjective
{
    const int Block = 128;

    readonly Predictors _x;
    readonly int _n, _p, _scores, _dimension;
    readonly double[] _targets, _weights, _l2;
    readonly double[]? _offset;
    readonly double[]? _spread;
    readonly bool[] _used;
    readonly double[] _z, _residual, _cool, _coolShares, _part, _lost;
    readonly SoftTargets? _soft;
    double _interceptCurvature; // a lower bound of the curvature in the intercepts, Σ w·p(1 − p) or Σ w·minₖ pₖ

    /// <summary>Σ w·loss at the latest point, without the penalty.</summary>
    public double Loss { get; private set; }

    /// <param name="x">The predictors.</param>
    /// <param name="scores">1 for yes/no, K for softmax.</param>
    /// <param name="targets">n × classes shares.</param>
    /// <param name="weights">n weights with sum 1.</param>
    /// <param name="offset">n offsets or null.</param>
    /// <param name="l2">scores × Columns penalties.</param>
    /// <param name="used">Columns that take part; the others' coefficients stay 0.</param>
    /// <param name="spread">√Σ w·x² of every column; null: at most 1, as in standardized columns.</param>
    /// <param name="soft">A teacher, for softmax: the loss is (1 − α)·CE(targets, softmax(z)) + α·T²·CE(teacher, softmax(z/T)).</param>
    public RidgeObjective(Predictors x, int scores, double[] targets, double[] weights, double[]? offset, double[] l2, bool[] used, SoftTargets? soft = null, double[]? spread = null)
    {
        _spread = spread;
        _soft = soft;
        _cool = soft is null ? [] : new double[Block * scores];
        _coolShares = soft is null ? [] : new double[Block * scores];
        (_x, _n, _p, _scores) = (x, x.Rows, x.Columns, scores);
        (_targets, _weights, _offset, _l2, _used) = (targets, weights, offset, l2, used);
        _dimension = _p * scores;
        _z = new double[Block * scores];
        _residual = new double[Block * scores];
        (_part, _lost) = x is DensePredictors ? (new double[_dimension], new double[_dimension]) : ([], []);
    }

    public Predictors Predictors => _x;
    public int Rows => _n;
    public int Columns => _p;

    /// <summary>1 for yes/no, K for softmax.</summary>
    public int Scores => _scores;

    /// <summary>Scores × Columns.</summary>
    public int Dimension => _dimension;

    /// <summary>One for each row; their sum is 1.</summary>
    public double[] Weights => _weights;

    /// <summary>A penalty for each coefficient.</summary>
    public double[] L2 => _l2;

    /// <summary>The columns that take part.</summary>
    public bool[] Used => _used;

    public bool HasTeacher => _soft is not null;

    /// <summary>sum += part, what rounding takes away collected in <paramref name="lost"/>: the gradient keeps the digits that badly conditioned columns need.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddCorrected(ReadOnlySpan<double> part, Span<double> sum, Span<double> lost)
    {
        int width = Vector<double>.Count, j = 0;
        for (; j <= part.Length - width; j += width)
        {
            Vector<double> x = new(part[j..]), s = new(sum[j..]), total = s + x, back = total - s;
            (new Vector<double>(lost[j..]) + ((s - (total - back)) + (x - back))).CopyTo(lost[j..]);
            total.CopyTo(sum[j..]);
        }
        for (; j < part.Length; j++)
        {
            double total = sum[j] + part[j], back = total - sum[j];
            lost[j] += (sum[j] - (total - back)) + (part[j] - back);
            sum[j] = total;
        }
    }

    /// <summary>The objective over the first <paramref name="rows"/> rows, their weights scaled up to 1, and its gradient; the shares of the rows when asked for.</summary>
    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, int rows, Shares? keep = null)
    {
        gradient.Clear();
        Array.Clear(_lost);
        _interceptCurvature = 0;
        double total = 0;
        if (rows < _n)
            for (int i = 0; i < rows; i++)
                total += _weights[i];
        double scale = rows < _n ? 1 / total : 1;
        var sum = new ExactSum();
        for (int start = 0; start < rows; start += Block)
        {
            int count = Math.Min(Block, rows - start);
            var z = _z.AsSpan(0, count * _scores);
            var r = _residual.AsSpan(0, count * _scores);
            _x.Scores(start, count, point, _scores, z);
            sum.Add(_scores == 1 ? Binary(start, count, z, r, keep) : Softmax(start, count, z, r, keep));
            if (scale != 1)
                for (int i = 0; i < r.Length; i++)
                    r[i] *= scale;
            if (_part.Length == 0)
                _x.AddGradient(start, count, r, _scores, gradient);
            else
            {
                Array.Clear(_part);
                _x.AddGradient(start, count, r, _scores, _part);
                AddCorrected(_part, gradient, _lost);
            }
        }
        for (int j = 0; j < _part.Length; j++)
            gradient[j] += _lost[j];
        Loss = sum.Value * scale;
        double penalty = 0;
        for (int j = 0; j < _dimension; j++)
        {
            if (!_used[j % _p])
            {
                gradient[j] = 0;
                continue;
            }
            penalty += _l2[j] * point[j] * point[j];
            gradient[j] += _l2[j] * point[j];
        }
        Project(gradient);
        return Loss + 0.5 * penalty;
    }

    /// <summary>
    /// The same vector added to the coefficients of all classes changes no probability: the minimum has sum 0 over classes in every column, and only the
    /// weak penalty acts in those directions, which would make the problem badly conditioned. Gradients and steps are kept at sum 0.
    /// </summary>
    public void Project(Span<double> vector)
    {
        if (_scores == 1)
            return;
        for (int j = 0; j < _p; j++)
        {
            double mean = 0;
            for (int k = 0; k < _scores; k++)
                mean += vector[k * _p + j] / _scores;
            for (int k = 0; k < _scores; k++)
                vector[k * _p + j] -= mean;
        }
    }

    double Binary(int start, int count, Span<double> z, Span<double> r, Shares? keep)
    {
        if (_offset is not null)
            for (int i = 0; i < count; i++)
                z[i] += _offset[start + i];
        Kernel<double>.Sigmoid(z, r);
        if (keep is not null)
            r.CopyTo(keep.Warm.AsSpan(start));
        double sum = 0, product = 1, first = _weights[start];
        for (int i = 0; i < count; i++)
        {
            double w = _weights[start + i], y = _targets[2 * (start + i) + 1], p = r[i];
            _interceptCurvature += w * p * (1 - p);
            // softplus(z) − y·z is −log of the probability of what happened. Where that has all its digits and the weights are equal,
            // one logarithm serves a run of rows: of the product of their probabilities.
            double happened = y == 1 ? p : y == 0 ? 1 - p : 0;
            if (happened > 1e-3 && w == first)
            {
                product *= happened;
                if (product < 1e-250)
                {
                    sum -= first * Math.Log(product);
                    product = 1;
                }
            }
            else
                sum += w * (LogMath.Log1P(Math.Exp(-Math.Abs(z[i]))) + (z[i] > 0 ? (1 - y) * z[i] : -y * z[i]));
            r[i] = w * (p - y);
        }
        return sum - first * Math.Log(product);
    }

    double Softmax(int start, int count, Span<double> z, Span<double> r, Shares? keep)
    {
        Kernel<double>.SoftmaxRows(z, r, _scores);
        if (keep is not null)
            r.CopyTo(keep.Warm.AsSpan(start * _scores));
        double alpha = 0, temperature = 1;
        if (_soft is not null)
        {
            (alpha, temperature) = (_soft.Alpha, _soft.Temperature);
            for (int i = 0; i < z.Length; i++)
                _cool[i] = z[i] / temperature;
            Kernel<double>.SoftmaxRows(_cool.AsSpan(0, z.Length), _coolShares.AsSpan(0, z.Length), _scores);
            if (keep is not null)
                _coolShares.AsSpan(0, z.Length).CopyTo(keep.Cool.AsSpan(start * _scores));
        }
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            var scores = z.Slice(i * _scores, _scores);
            var p = r.Slice(i * _scores, _scores);
            var t = _targets.AsSpan((start + i) * _scores, _scores);
            double w = _weights[start + i];
            int best = 0;
            for (int k = 1; k < scores.Length; k++)
                if (scores[k] > scores[best])
                    best = k;
            // The largest probability is at least 1/K: its logarithm gives the log-sum-exp exactly.
            double loss = scores[best] - Math.Log(p[best]), least = 1, coolLeast = 1;
            for (int k = 0; k < p.Length; k++)
                loss -= t[k] * scores[k];
            loss *= 1 - alpha;
            var q = alpha == 0 ? default : _coolShares.AsSpan(i * _scores, _scores);
            var teacher = alpha == 0 ? default : _soft!.Teacher.AsSpan((start + i) * _scores, _scores);
            if (alpha > 0)
            {
                double cool = scores[best] / temperature - Math.Log(q[best]);
                for (int k = 0; k < q.Length; k++)
                    cool -= teacher[k] * scores[k] / temperature;
                loss += alpha * temperature * temperature * cool;
            }
            for (int k = 0; k < p.Length; k++)
            {
                double slope = (1 - alpha) * (p[k] - t[k]);
                if (alpha > 0)
                {
                    slope += alpha * temperature * (q[k] - teacher[k]);
                    coolLeast = Math.Min(coolLeast, q[k]);
                }
                least = Math.Min(least, p[k]);
                p[k] = w * slope;
            }
            sum += w * loss;
            _interceptCurvature += w * ((1 - alpha) * least + alpha * coolLeast);
        }
        return sum;
    }

    /// <summary>w·p(1 − p), the teacher's share included.</summary>
    public double Curvature(Shares shares, int at, double weight)
    {
        double p = shares.Warm[at], curve = p * (1 - p);
        if (_soft is not null)
            curve = (1 - _soft.Alpha) * curve + _soft.Alpha * shares.Cool[at] * (1 - shares.Cool[at]);
        return weight * curve;
    }

    /// <summary>
    /// A proven bound of f − f* at the latest point. Without free intercepts: strong convexity, Σ gⱼ²/(2·l2ⱼ). With them, self-concordance in the
    /// intercepts alone bounds what moving them to their own optimum gains and how far (δ) they move; that changes the other gradients by at most
    /// a quarter (for softmax a half) of δ times the root mean square of the column.
    /// </summary>
    public double Gap(ReadOnlySpan<double> gradient)
    {
        double free = 0;
        for (int k = 0; k < _scores; k++)
            if (_l2[k * _p] == 0)
                free += gradient[k * _p] * gradient[k * _p];
        double bound = 0, shift = 0;
        if (free > 0)
        {
            double rho = (_scores == 1 ? 1 : Math.Sqrt(2)) / Math.Sqrt(_interceptCurvature);
            var (gap, radius) = Certificate.Bound(free / _interceptCurvature, rho);
            bound = gap;
            shift = (_scores == 1 ? 0.25 : 0.5) * radius / Math.Sqrt(_interceptCurvature);
        }
        for (int j = 0; j < _dimension; j++)
            if (_used[j % _p] && _l2[j] > 0)
            {
                double g = Math.Abs(gradient[j]) + shift * (_spread is null ? 1 : _spread[j % _p]);
                bound += g * g / (2 * _l2[j]);
            }
        return bound;
    }

    /// <summary>The part of <see cref="Gap"/> that the penalised slopes leave.</summary>
    public double SlopeGap(ReadOnlySpan<double> gradient)
    {
        double bound = 0;
        for (int j = 0; j < _dimension; j++)
            if (_used[j % _p] && _l2[j] > 0)
                bound += gradient[j] * gradient[j] / (2 * _l2[j]);
        return bound;
    }

    /// <summary>One Newton step in the free intercepts alone: their Hessian is scores × scores.</summary>
    public void MoveIntercepts(double[] point, double[] gradient, Shares shares)
    {
        var hessian = new double[_scores * _scores];
        double alpha = _soft?.Alpha ?? 0;
        for (int i = 0; i < _n; i++)
            for (int a = 0; a < _scores; a++)
                for (int b = 0; b <= a; b++)
                {
                    double Curve(ReadOnlySpan<double> p) => _scores == 1 ? p[0] * (1 - p[0]) : (a == b ? p[a] : 0) - p[a] * p[b];
                    double curve = (1 - alpha) * Curve(shares.Warm.AsSpan(i * _scores, _scores)) + (alpha == 0 ? 0 : alpha * Curve(shares.Cool.AsSpan(i * _scores, _scores)));
                    hessian[a * _scores + b] += _weights[i] * curve;
                }
        var step = new double[_scores];
        for (int a = 0; a < _scores; a++)
        {
            step[a] = gradient[a * _p];
            for (int b = 0; b <= a && _scores > 1; b++)
                hessian[a * _scores + b] += 1.0 / _scores; // picks the step with sum 0
        }
        Maximizer.Definite(hessian, _scores).Solve(step);
        for (int a = 0; a < _scores; a++)
            point[a * _p] -= step[a];
    }

    /// <summary>H v at the shares of the current point.</summary>
    public void HessianTimes(double[] v, Shares shares, double[] result)
    {
        Array.Clear(result);
        double alpha = _soft?.Alpha ?? 0;
        for (int start = 0; start < _n; start += Block)
        {
            int count = Math.Min(Block, _n - start);
            var u = _z.AsSpan(0, count * _scores);
            _x.Scores(start, count, v, _scores, u);
            for (int i = 0; i < count; i++)
            {
                double w = _weights[start + i];
                var row = u.Slice(i * _scores, _scores);
                if (_scores == 1)
                {
                    double p = shares.Warm[start + i];
                    row[0] *= w * p * (1 - p);
                    continue;
                }
                ReadOnlySpan<double> warm = shares.Warm.AsSpan((start + i) * _scores, _scores), cold = alpha == 0 ? default : shares.Cool.AsSpan((start + i) * _scores, _scores);
                double warmMean = LinearAlgebra.Dot(warm, row), coldMean = alpha == 0 ? 0 : LinearAlgebra.Dot(cold, row);
                for (int k = 0; k < _scores; k++)
                    row[k] = w * ((1 - alpha) * warm[k] * (row[k] - warmMean) + (alpha == 0 ? 0 : alpha * cold[k] * (row[k] - coldMean)));
            }
            _x.AddGradient(start, count, u, _scores, result);
        }
        for (int j = 0; j < _dimension; j++)
            result[j] = _used[j % _p] ? result[j] + _l2[j] * v[j] : 0;
        Project(result);
    }
}

/// <summary>The shares that a model gives the classes: as they are, and, with a teacher, at its temperature.</summary>
sealed class Shares(int length, bool cool)
{
    public readonly double[] Warm = new double[length], Cool = cool ? new double[length] : [];
}

/// <summary>A teacher's softened shares, n × K, and how much they count.</summary>
sealed record SoftTargets(double[] Teacher, double Alpha, double Temperature);
