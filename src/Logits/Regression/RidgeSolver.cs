using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Solves large ridge problems: Σ wᵢ lossᵢ + Σⱼ l2ⱼ/2·βⱼ² with one pass over the predictors a step.</summary>
/// <remarks>
/// The rows come in canonical (hashed) order, so the first few thousand are a random sample. A fit to the sample is a start within the sampling
/// error, and its Hessian a preconditioner that makes the full problem nearly round. From there: few columns, Newton steps with the full
/// Hessian; many, limited-memory quasi-Newton steps (Nocedal 1980) whose initial metric is the sample's. The gap at the end is bounded by
/// strong convexity: f − f* ≤ Σⱼ gⱼ²/(2·l2ⱼ) over penalised coordinates.
/// </remarks>
sealed class RidgeSolver
{
    const int Block = 128;
    const int Memory = 24;

    readonly Predictors _x;
    readonly int _n, _p, _scores, _classes, _dimension;
    readonly double[] _targets, _weights, _l2;
    readonly double[]? _offset;
    readonly bool[] _used;
    readonly double[] _z, _residual, _cool, _coolShares;
    readonly SoftTargets? _soft;
    double _interceptCurvature; // a lower bound of the curvature in the intercepts, Σ w·p(1 − p) or Σ w·minₖ pₖ

    public double Loss { get; private set; }

    /// <summary>The proven bound of the gap at the end.</summary>
    public double FinalGap { get; private set; }

    /// <param name="x">The predictors.</param>
    /// <param name="scores">1 for yes/no, K for softmax.</param>
    /// <param name="targets">n × classes shares.</param>
    /// <param name="weights">n weights with sum 1.</param>
    /// <param name="offset">n offsets or null.</param>
    /// <param name="l2">scores × Columns penalties.</param>
    /// <param name="used">Columns that take part; the others' coefficients stay 0.</param>
    /// <param name="soft">A teacher, for softmax: the loss is (1 − α)·CE(targets, softmax(z)) + α·T²·CE(teacher, softmax(z/T)).</param>
    public RidgeSolver(Predictors x, int scores, double[] targets, double[] weights, double[]? offset, double[] l2, bool[] used, SoftTargets? soft = null)
    {
        _soft = soft;
        _cool = soft is null ? [] : new double[Block * scores];
        _coolShares = soft is null ? [] : new double[Block * scores];
        (_x, _n, _p, _scores, _classes) = (x, x.Rows, x.Columns, scores, Math.Max(2, scores));
        (_targets, _weights, _offset, _l2, _used) = (targets, weights, offset, l2, used);
        _dimension = _p * scores;
        _z = new double[Block * scores];
        _residual = new double[Block * scores];
    }

    /// <summary>The objective over the first <paramref name="rows"/> rows, their weights scaled up to 1, and its gradient; the row curvatures when asked for.</summary>
    double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, int rows, double[]? curvature = null)
    {
        gradient.Clear();
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
            sum.Add(_scores == 1 ? Binary(start, count, z, r, curvature) : Softmax(start, count, z, r, curvature));
            if (scale != 1)
                for (int i = 0; i < r.Length; i++)
                    r[i] *= scale;
            _x.AddGradient(start, count, r, _scores, gradient);
        }
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
    void Project(Span<double> vector)
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

    double Binary(int start, int count, Span<double> z, Span<double> r, double[]? curvature)
    {
        if (_offset is not null)
            for (int i = 0; i < count; i++)
                z[i] += _offset[start + i];
        Kernel<double>.Sigmoid(z, r);
        double sum = 0, product = 1, first = _weights[start];
        for (int i = 0; i < count; i++)
        {
            double w = _weights[start + i], y = _targets[2 * (start + i) + 1], p = r[i], curve = w * p * (1 - p);
            _interceptCurvature += curve;
            if (curvature is not null)
                curvature[start + i] = curve;
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

    double Softmax(int start, int count, Span<double> z, Span<double> r, double[]? curvature)
    {
        Kernel<double>.SoftmaxRows(z, r, _scores);
        double alpha = 0, temperature = 1;
        if (_soft is not null)
        {
            (alpha, temperature) = (_soft.Alpha, _soft.Temperature);
            for (int i = 0; i < z.Length; i++)
                _cool[i] = z[i] / temperature;
            Kernel<double>.SoftmaxRows(_cool.AsSpan(0, z.Length), _coolShares.AsSpan(0, z.Length), _scores);
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
                double slope = (1 - alpha) * (p[k] - t[k]), curve = (1 - alpha) * p[k] * (1 - p[k]);
                if (alpha > 0)
                {
                    slope += alpha * temperature * (q[k] - teacher[k]);
                    curve += alpha * q[k] * (1 - q[k]);
                    coolLeast = Math.Min(coolLeast, q[k]);
                }
                least = Math.Min(least, p[k]);
                if (curvature is not null)
                    curvature[(start + i) * _scores + k] = w * curve;
                p[k] = w * slope;
            }
            sum += w * loss;
            _interceptCurvature += w * ((1 - alpha) * least + alpha * coolLeast);
        }
        return sum;
    }

    /// <summary>Minimizes from <paramref name="start"/> until the gap is proven to be below <paramref name="tolerance"/> of the value, or rounding is reached.</summary>
    public Minimum Minimize(double[] start, double tolerance)
    {
        var found = Search(start, tolerance);
        // A solver that stopped at the gap has just evaluated the point it returns; one that stopped at rounding may have gone on.
        if (found.StoppedBecause != StoppedBecause.GradientIsSmall)
        {
            var gradient = new double[_dimension];
            Evaluate(found.Point, gradient, _n);
            FinalGap = Gap(gradient);
        }
        return found;
    }

    Minimum Search(double[] start, double tolerance)
    {
        double[] point = (double[])start.Clone();
        Project(point);
        var dense = _x as DensePredictors;
        int sample = dense is null ? 0 : Math.Min(_n, Math.Max(Math.Min(8192, _n / 6), Math.Max(2048, 6 * _p)));
        int steps = 0;
        Func<double[], double[]> metric;
        bool whole = dense is not null && _scores == 1 && (long)_p * _p <= 160 * 160 || dense is not null && _n <= 4096 && _scores == 1;
        if (dense is not null)
        {
            // The sample's own optimum, by the same two methods, to about its sampling error.
            metric = SampleMetric(dense, point, sample);
            if (sample < _n)
            {
                var (found, taken) = QuasiNewton(point, sample, metric, 1e-3 * _dimension / sample, 30);
                point = found.Point;
                steps += taken;
                metric = SampleMetric(dense, point, sample);
            }
        }
        else
            metric = DiagonalMetric(point);
        if (whole)
        {
            var (found, taken) = NewtonSteps(dense!, point, tolerance);
            return found with { Iterations = steps + taken };
        }
        var (minimum, more) = QuasiNewton(point, _n, metric, tolerance, 2000, refresh: dense is null ? DiagonalMetric : null);
        if (tolerance > 0 || minimum.StoppedBecause == StoppedBecause.IterationLimit || (long)_n * _scores > 20_000_000)
            return minimum with { Iterations = steps + more };
        var (polished, last) = Polish(minimum.Point, metric);
        return polished with { Iterations = steps + more + last };
    }

    /// <summary>The factor of each class's block of the Hessian over the first rows: the metric g ↦ H⁻¹g.</summary>
    Func<double[], double[]> SampleMetric(DensePredictors dense, double[] point, int rows)
    {
        var curvature = new double[rows * _scores];
        double total = 0;
        for (int i = 0; i < rows; i++)
            total += _weights[i];
        Evaluate(point, new double[_dimension], rows, curvature);
        var factors = new Cholesky[_scores];
        var weights = new double[rows];
        for (int k = 0; k < _scores; k++)
        {
            for (int i = 0; i < rows; i++)
                weights[i] = curvature[i * _scores + k] / total;
            factors[k] = Factor(dense, weights, rows, k);
        }
        return gradient =>
        {
            var step = (double[])gradient.Clone();
            for (int k = 0; k < _scores; k++)
                factors[k].Solve(step.AsSpan(k * _p, _p));
            Project(step);
            return step;
        };
    }

    Cholesky Factor(DensePredictors dense, double[] curvature, int rows, int score)
    {
        var gram = new double[_p * _p];
        WeightedGram.Add(dense.X, rows, _p, _p, curvature, gram);
        for (int j = 0; j < _p; j++)
            gram[j * _p + j] = _used[j] ? gram[j * _p + j] + _l2[score * _p + j] : 1;
        return Maximizer.Definite(gram, _p);
    }

    /// <summary>The diagonal of the Hessian as a metric, for predictors too many for a matrix.</summary>
    Func<double[], double[]> DiagonalMetric(double[] point)
    {
        var curvature = new double[_n * _scores];
        Evaluate(point, new double[_dimension], _n, curvature);
        var diagonal = ((SparsePredictors)_x).CurvatureDiagonal(curvature, _scores);
        for (int j = 0; j < diagonal.Length; j++)
            diagonal[j] = diagonal[j] + _l2[j] > 0 ? diagonal[j] + _l2[j] : 1;
        return gradient =>
        {
            var step = new double[gradient.Length];
            for (int j = 0; j < step.Length; j++)
                step[j] = gradient[j] / diagonal[j];
            Project(step);
            return step;
        };
    }

    /// <summary>Newton's method with the full Hessian of a yes/no model.</summary>
    (Minimum, int) NewtonSteps(DensePredictors dense, double[] point, double tolerance)
    {
        double[] gradient = new double[_dimension], trial = new double[_dimension], trialGradient = new double[_dimension];
        double[] curvature = new double[_n], trialCurvature = new double[_n];
        double value = Evaluate(point, gradient, _n, curvature);
        double best = double.PositiveInfinity;
        for (int step = 1; step <= 100; step++)
        {
            var factor = Factor(dense, curvature, _n, 0);
            var direction = (double[])gradient.Clone();
            factor.Solve(direction);
            double decrement = LinearAlgebra.Dot(gradient, direction);
            if (decrement <= 1e-32 || (decrement >= 0.25 * best && decrement < 1e-14 * (1 + value)))
                return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), step, StoppedBecause.RoundingIsReached), step);
            best = Math.Min(best, decrement);
            double length = 1, reached;
            while (true)
            {
                for (int j = 0; j < _dimension; j++)
                    trial[j] = point[j] - length * direction[j];
                reached = Evaluate(trial, trialGradient, _n, trialCurvature);
                if (reached <= value - 1e-4 * length * decrement || (decrement < 1e-9 * (1 + value) && reached <= value + 1e-13 * (1 + value)))
                    break;
                length /= 2;
                if (length < 1e-10)
                    return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), step, StoppedBecause.NoDescent), step);
            }
            (point, trial, gradient, trialGradient, curvature, trialCurvature, value) = (trial, point, trialGradient, gradient, trialCurvature, curvature, reached);
            FinalGap = Gap(gradient);
            if (FinalGap <= tolerance * value)
                return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), step, StoppedBecause.GradientIsSmall), step);
        }
        return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), 100, StoppedBecause.IterationLimit), 100);
    }

    /// <summary>
    /// A proven bound of f − f* at the latest point. Without free intercepts: strong convexity, Σ gⱼ²/(2·l2ⱼ). With them, self-concordance in the
    /// intercepts alone bounds what moving them to their own optimum gains and how far (δ) they move; that changes the other gradients by at most
    /// a quarter (for softmax a half) of δ, since columns have mean square 1.
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
                double g = Math.Abs(gradient[j]) + shift;
                bound += g * g / (2 * _l2[j]);
            }
        return bound;
    }

    /// <summary>The part of <see cref="Gap"/> that the penalised slopes leave.</summary>
    double SlopeGap(ReadOnlySpan<double> gradient)
    {
        double bound = 0;
        for (int j = 0; j < _dimension; j++)
            if (_used[j % _p] && _l2[j] > 0)
                bound += gradient[j] * gradient[j] / (2 * _l2[j]);
        return bound;
    }

    /// <summary>One Newton step in the free intercepts alone: their Hessian is scores × scores.</summary>
    void MoveIntercepts(double[] point, double[] gradient)
    {
        double[] shares = new double[_n * _scores], cool = _soft is null ? [] : new double[_n * _scores], hessian = new double[_scores * _scores];
        Shares(point, shares, cool);
        double alpha = _soft?.Alpha ?? 0;
        for (int i = 0; i < _n; i++)
            for (int a = 0; a < _scores; a++)
                for (int b = 0; b <= a; b++)
                {
                    double Curve(ReadOnlySpan<double> p) => _scores == 1 ? p[0] * (1 - p[0]) : (a == b ? p[a] : 0) - p[a] * p[b];
                    double curve = (1 - alpha) * Curve(shares.AsSpan(i * _scores, _scores)) + (alpha == 0 ? 0 : alpha * Curve(cool.AsSpan(i * _scores, _scores)));
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

    (Minimum Found, int Steps) QuasiNewton(double[] start, int rows, Func<double[], double[]> metric, double tolerance, int limit, Func<double[], Func<double[], double[]>>? refresh = null)
    {
        double[] point = (double[])start.Clone(), gradient = new double[_dimension], trial = new double[_dimension], next = new double[_dimension];
        double value = Evaluate(point, gradient, rows);
        var moves = new List<(double[] Step, double[] Change, double Curvature)>();
        double bestNorm = double.PositiveInfinity;
        int stalls = 0, adjusted = 0;
        for (int iteration = 1; iteration <= limit; iteration++)
        {
            var direction = Direction(gradient, moves, metric);
            double slope = LinearAlgebra.Dot(gradient, direction);       // the direction is subtracted
            double gap = rows < _n ? 0.5 * slope : FinalGap = Gap(gradient);
            double norm = LinearAlgebra.LargestAbsolute(gradient);
            if (rows == _n && adjusted < 3 && gap > tolerance * Math.Abs(value) && tolerance > 0 && SlopeGap(gradient) <= 0.25 * tolerance * Math.Abs(value))
            {
                // Only the intercepts stand in the way of the proof: they are few, and have their own exact Newton step.
                for (int pass = 0; pass < 4 && gap > tolerance * Math.Abs(value); pass++)
                {
                    MoveIntercepts(point, gradient);
                    value = Evaluate(point, gradient, rows);
                    gap = FinalGap = Gap(gradient);
                }
                adjusted++;
                norm = LinearAlgebra.LargestAbsolute(gradient);
                if (gap > tolerance * Math.Abs(value))
                    continue;
            }
            if (gap <= tolerance * Math.Abs(value) || norm == 0)
                return (new(point, value, norm, iteration, StoppedBecause.GradientIsSmall), iteration);
            // Near the minimum the value no longer shows progress; the gradient does until it stops falling.
            bool flat = slope < 1e-11 * (1 + Math.Abs(value));
            if (flat && slope >= 0.5 * bestNorm)
            {
                if (++stalls >= (tolerance > 0 ? 20 : 2))
                    return (new(point, value, norm, iteration, StoppedBecause.RoundingIsReached), iteration);
            }
            else if (flat)
                stalls = 0;
            if (flat)
                bestNorm = Math.Min(bestNorm, slope);
            double length = 1, reached;
            while (true)
            {
                for (int j = 0; j < _dimension; j++)
                    trial[j] = point[j] - length * direction[j];
                reached = Evaluate(trial, next, rows);
                if (reached <= value - 1e-4 * length * slope || (flat && reached <= value + 1e-13 * (1 + Math.Abs(value))))
                    break;
                // The minimum of the parabola through value, slope and what was reached, not too close to either end.
                double parabola = slope * length / (2 * (reached - value + slope * length));
                length *= double.IsFinite(parabola) ? Math.Clamp(parabola, 0.1, 0.6) : 0.1;
                if (length < 1e-9)
                {
                    if (moves.Count == 0)
                        return (new(point, value, norm, iteration, flat ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent), iteration);
                    break;
                }
            }
            if (length < 1e-9)
            {
                moves.Clear();
                continue;
            }
            double[] step = new double[_dimension], change = new double[_dimension];
            for (int j = 0; j < _dimension; j++)
            {
                step[j] = trial[j] - point[j];
                change[j] = next[j] - gradient[j];
            }
            double curvature = LinearAlgebra.Dot(step, change);
            if (curvature > 1e-14 * Math.Sqrt(LinearAlgebra.Dot(step, step) * LinearAlgebra.Dot(change, change)))
            {
                if (moves.Count == Memory)
                    moves.RemoveAt(0);
                moves.Add((step, change, curvature));
            }
            (point, trial, gradient, next, value) = (trial, point, next, gradient, reached);
            if (refresh is not null && iteration is 6 or 18)
            {
                metric = refresh(point);
                moves.Clear();
            }
        }
        return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), limit, StoppedBecause.IterationLimit), limit);
    }

    /// <summary>
    /// Newton steps solved by conjugate gradients in the same metric, for the last digits: where the value is flat to its rounding a quasi-Newton
    /// method has no more differences to learn from, while the exact Hessian still knows the way.
    /// </summary>
    (Minimum Found, int Steps) Polish(double[] start, Func<double[], double[]> metric)
    {
        double[] point = (double[])start.Clone(), gradient = new double[_dimension], trial = new double[_dimension], next = new double[_dimension];
        double[] shares = new double[_n * _scores], cool = _soft is null ? [] : new double[_n * _scores];
        double value = Evaluate(point, gradient, _n), best = double.PositiveInfinity;
        for (int step = 1; step <= 30; step++)
        {
            Shares(point, shares, cool);
            var direction = ConjugateGradients(gradient, metric, shares, cool);
            double decrement = LinearAlgebra.Dot(gradient, direction);
            if (!(decrement < 0.25 * best) || decrement <= 1e-34)
                return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), step, StoppedBecause.RoundingIsReached), step);
            best = decrement;
            for (int j = 0; j < _dimension; j++)
                trial[j] = point[j] - direction[j];
            double reached = Evaluate(trial, next, _n);
            if (!(reached <= value + 1e-12 * (1 + Math.Abs(value))))
                return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), step, StoppedBecause.NoDescent), step);
            (point, trial, gradient, next, value) = (trial, point, next, gradient, reached);
        }
        return (new(point, value, LinearAlgebra.LargestAbsolute(gradient), 30, StoppedBecause.RoundingIsReached), 30);
    }

    void Shares(double[] point, double[] shares, double[] cool)
    {
        for (int start = 0; start < _n; start += Block)
        {
            int count = Math.Min(Block, _n - start);
            var z = _z.AsSpan(0, count * _scores);
            _x.Scores(start, count, point, _scores, z);
            var to = shares.AsSpan(start * _scores, z.Length);
            if (_scores == 1)
            {
                for (int i = 0; i < count; i++)
                    to[i] = LogMath.Sigmoid(z[i] + (_offset is null ? 0 : _offset[start + i]));
                continue;
            }
            Kernel<double>.SoftmaxRows(z, to, _scores);
            if (_soft is not null)
                Kernel<double>.SoftmaxRows(z, cool.AsSpan(start * _scores, z.Length), _scores, _soft.Temperature);
        }
    }

    /// <summary>H v at the shares of the current point.</summary>
    void HessianTimes(double[] v, double[] shares, double[] cool, double[] result)
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
                    double p = shares[start + i];
                    row[0] *= w * p * (1 - p);
                    continue;
                }
                ReadOnlySpan<double> warm = shares.AsSpan((start + i) * _scores, _scores), cold = alpha == 0 ? default : cool.AsSpan((start + i) * _scores, _scores);
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

    double[] ConjugateGradients(double[] gradient, Func<double[], double[]> metric, double[] shares, double[] cool)
    {
        double[] solution = new double[_dimension], residual = (double[])gradient.Clone(), product = new double[_dimension];
        var scaled = metric(residual);
        var direction = (double[])scaled.Clone();
        double size = LinearAlgebra.Dot(residual, scaled), first = size;
        for (int step = 0; step < 1000 && size > 1e-24 * first && size > 0; step++)
        {
            HessianTimes(direction, shares, cool, product);
            double curvature = LinearAlgebra.Dot(direction, product);
            if (!(curvature > 0))
                break;
            double length = size / curvature;
            LinearAlgebra.AddScaled(length, direction, solution);
            LinearAlgebra.AddScaled(-length, product, residual);
            scaled = metric(residual);
            double next = LinearAlgebra.Dot(residual, scaled);
            for (int j = 0; j < _dimension; j++)
                direction[j] = scaled[j] + next / size * direction[j];
            size = next;
        }
        return solution;
    }

    static double[] Direction(double[] gradient, List<(double[] Step, double[] Change, double Curvature)> moves, Func<double[], double[]> metric)
    {
        var q = (double[])gradient.Clone();
        var alpha = new double[moves.Count];
        for (int m = moves.Count - 1; m >= 0; m--)
        {
            alpha[m] = LinearAlgebra.Dot(moves[m].Step, q) / moves[m].Curvature;
            LinearAlgebra.AddScaled(-alpha[m], moves[m].Change, q);
        }
        var r = metric(q);
        for (int m = 0; m < moves.Count; m++)
        {
            double beta = LinearAlgebra.Dot(moves[m].Change, r) / moves[m].Curvature;
            LinearAlgebra.AddScaled(alpha[m] - beta, moves[m].Step, r);
        }
        return r;
    }
}

/// <summary>A teacher's softened shares, n × K, and how much they count.</summary>
sealed record SoftTargets(double[] Teacher, double Alpha, double Temperature);
