using System.Numerics;
using System.Runtime.CompilerServices;
using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Solves large ridge problems: Σ wᵢ lossᵢ + Σⱼ l2ⱼ/2·βⱼ² with one pass over the predictors a step.</summary>
/// <remarks>
/// The rows come in canonical (hashed) order, so the first few thousand are a random sample. A fit to the sample is a start within the sampling
/// error, and its Hessian a preconditioner that makes the full problem nearly round. From there: yes/no with up to a thousand columns, quasi-Newton
/// steps (Nocedal 1980) from the Hessian of all rows in single precision; otherwise Newton steps by conjugate gradients in the sample's metric, or, over
/// sparse rows, in that of the diagonal. The gap at the end is bounded by strong convexity: f − f* ≤ Σⱼ gⱼ²/(2·l2ⱼ) over penalised coordinates.
/// </remarks>
sealed class RidgeSolver
{
    const int Block = 128;

    /// <summary>How many steps the Hessian of a nearby point may take to the proof before the exact one takes over.</summary>
    const int QuickSteps = 20;

    /// <summary>Up to so many columns the Hessian of all rows costs less than the steps it saves.</summary>
    const int FullMetric = 1024;

    readonly Predictors _x;
    readonly int _n, _p, _scores, _classes, _dimension;
    readonly double[] _targets, _weights, _l2;
    readonly double[]? _offset;
    readonly double[]? _spread;
    readonly bool[] _used;
    readonly double[] _z, _residual, _cool, _coolShares, _part, _lost;
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
    /// <param name="spread">√Σ w·x² of every column; null: at most 1, as in standardized columns.</param>
    /// <param name="soft">A teacher, for softmax: the loss is (1 − α)·CE(targets, softmax(z)) + α·T²·CE(teacher, softmax(z/T)).</param>
    public RidgeSolver(Predictors x, int scores, double[] targets, double[] weights, double[]? offset, double[] l2, bool[] used, SoftTargets? soft = null, double[]? spread = null)
    {
        _spread = spread;
        _soft = soft;
        _cool = soft is null ? [] : new double[Block * scores];
        _coolShares = soft is null ? [] : new double[Block * scores];
        (_x, _n, _p, _scores, _classes) = (x, x.Rows, x.Columns, scores, Math.Max(2, scores));
        (_targets, _weights, _offset, _l2, _used) = (targets, weights, offset, l2, used);
        _dimension = _p * scores;
        _z = new double[Block * scores];
        _residual = new double[Block * scores];
        (_part, _lost) = x is DensePredictors ? (new double[_dimension], new double[_dimension]) : ([], []);
    }

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

    /// <summary>Evaluates at a point of the first rows.</summary>
    void Evaluate(Visited at, int rows) => at.Value = Evaluate(at.Point, at.Gradient, rows, at.Shares);

    Visited Visit(double[] point, int rows)
    {
        var at = new Visited(this, rows);
        point.CopyTo(at.Point, 0);
        Evaluate(at, rows);
        return at;
    }

    /// <summary>A point, and what an evaluation found there.</summary>
    sealed class Visited(RidgeSolver solver, int rows)
    {
        public readonly double[] Point = new double[solver._dimension], Gradient = new double[solver._dimension];
        public readonly Shares Shares = new(rows * solver._scores, solver._soft is not null);
        public double Value;

        public double Norm => LinearAlgebra.LargestAbsolute(Gradient);

        /// <summary>to ← this − length·direction</summary>
        public void Step(double length, double[] direction, Visited to)
        {
            for (int j = 0; j < direction.Length; j++)
                to.Point[j] = Point[j] - length * direction[j];
        }

        public Minimum Stopped(int steps, StoppedBecause why) => new(Point, Value, Norm, steps, why);
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
        if (_x is not DensePredictors dense)
            return NewtonCg(Visit(point, _n), tolerance, DiagonalMetric, refresh: true, 0);
        int sample = Math.Min(_n, Math.Max(Math.Min(8192, _n / 6), Math.Max(2048, 6 * _p))), steps = 0;
        var at = Visit(point, sample);
        var metric = Metric(dense, at, sample);
        bool tellsAll = _scores == 1 && _p <= FullMetric && tolerance > 0;
        if (sample < _n)
        {
            // The sample's own optimum, to a part of its sampling error.
            (at, steps) = QuasiNewton(at, sample, metric, 0.02 * _dimension / sample, 30);
            // Where the Hessian of all rows comes next, a metric that costs more than a pass is not taken anew for the way there.
            if (!tellsAll || (long)sample * _p <= 8L * _n)
                metric = Metric(dense, at, sample);
        }
        if (_scores == 1 && (_n <= 4096 || (tolerance == 0 && _p <= 160)))
            return NewtonSteps(dense, at.Point, tolerance, steps);
        at = Visit(at.Point, _n);
        if (!tellsAll)
            return NewtonCg(at, tolerance, _ => metric, refresh: false, steps);
        // Near the optimum the Hessian of all rows makes the problem round: every pass is then a step of its own.
        (at, int more) = QuasiNewton(at, _n, metric, Coarse, 12);
        return ToGap(at, tolerance, Metric(dense, at, _n), steps + more);
    }

    /// <summary>
    /// A point of a yes/no problem so near the minimum that a Newton step from it gains no more than <paramref name="enough"/>, without the exact Hessian; where none
    /// is reached, null.
    /// </summary>
    public double[]? Near(double[] start, double enough)
    {
        var dense = (DensePredictors)_x;
        int sample = Math.Min(_n, Math.Max(8192, 6 * _p)), steps;
        var at = Visit(start, sample);
        if (sample < _n)
        {
            (at, _) = QuasiNewton(at, sample, Metric(dense, at, sample), 0.02 * _p / sample, 12);
            var metric = Metric(dense, at, sample);
            (at, _) = QuasiNewton(Visit(at.Point, _n), _n, metric, Coarse, 12);
        }
        (at, steps) = QuasiNewton(at, _n, Metric(dense, at, _n), enough / at.Value, QuickSteps);
        return steps < QuickSteps && LinearAlgebra.LargestAbsolute(at.Point) < 30 ? at.Point : null;
    }

    /// <summary>The share of the value that a step may promise before the Hessian of all rows is formed: from there on it is nearly that of the optimum.</summary>
    const double Coarse = 1e-3;

    /// <summary>The factor of each class's block of the Hessian over the first rows, at a point where they were visited: the metric g ↦ H⁻¹g.</summary>
    Func<double[], double[]> Metric(DensePredictors dense, Visited at, int rows)
    {
        double total = 0;
        for (int i = 0; i < rows; i++)
            total += _weights[i];
        var factors = new Cholesky[_scores];
        var weights = new double[rows];
        for (int k = 0; k < _scores; k++)
        {
            for (int i = 0; i < rows; i++)
                weights[i] = Curvature(at.Shares, i * _scores + k, _weights[i] / total);
            factors[k] = Factor(dense, weights, rows, k, single: true);
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

    Cholesky Factor(DensePredictors dense, double[] curvature, int rows, int score, bool single)
    {
        double[] gram;
        if (single)
            gram = WeightedGram.Metric(dense.X, rows, _p, curvature);
        else
            WeightedGram.Add(dense.X, rows, _p, _p, curvature, gram = new double[_p * _p]);
        for (int j = 0; j < _p; j++)
            gram[j * _p + j] = _used[j] ? gram[j * _p + j] + _l2[score * _p + j] : 1;
        return Maximizer.Definite(gram, _p);
    }

    /// <summary>w·p(1 − p), the teacher's share included.</summary>
    double Curvature(Shares shares, int at, double weight)
    {
        double p = shares.Warm[at], curve = p * (1 - p);
        if (_soft is not null)
            curve = (1 - _soft.Alpha) * curve + _soft.Alpha * shares.Cool[at] * (1 - shares.Cool[at]);
        return weight * curve;
    }

    /// <summary>The diagonal of the Hessian as a metric, for predictors too many for a matrix.</summary>
    Func<double[], double[]> DiagonalMetric(Shares shares)
    {
        var curvature = new double[_n * _scores];
        for (int i = 0; i < curvature.Length; i++)
            curvature[i] = Curvature(shares, i, _weights[i / _scores]);
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
    Minimum NewtonSteps(DensePredictors dense, double[] start, double tolerance, int before)
    {
        Visited at = Visit(start, _n), trial = new(this, _n);
        var curvature = new double[_n];
        double best = double.PositiveInfinity;
        for (int step = 1; step <= 100; step++)
        {
            for (int i = 0; i < _n; i++)
                curvature[i] = Curvature(at.Shares, i, _weights[i]);
            var factor = Factor(dense, curvature, _n, 0, single: false);
            var direction = (double[])at.Gradient.Clone();
            factor.Solve(direction);
            double decrement = LinearAlgebra.Dot(at.Gradient, direction);
            if (decrement <= 1e-32 || (decrement >= 0.25 * best && decrement < 1e-14 * (1 + at.Value)))
                return at.Stopped(before + step, StoppedBecause.RoundingIsReached);
            best = Math.Min(best, decrement);
            for (double length = 1; ; length /= 2)
            {
                if (length < 1e-10)
                    return at.Stopped(before + step, StoppedBecause.NoDescent);
                at.Step(length, direction, trial);
                Evaluate(trial, _n);
                if (trial.Value <= at.Value - 1e-4 * length * decrement || (decrement < 1e-9 * (1 + at.Value) && trial.Value <= at.Value + 1e-13 * (1 + at.Value)))
                    break;
            }
            (at, trial) = (trial, at);
            FinalGap = Gap(at.Gradient);
            if (FinalGap <= tolerance * at.Value)
                return at.Stopped(before + step, StoppedBecause.GradientIsSmall);
        }
        return at.Stopped(before + 100, StoppedBecause.IterationLimit);
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
    double SlopeGap(ReadOnlySpan<double> gradient)
    {
        double bound = 0;
        for (int j = 0; j < _dimension; j++)
            if (_used[j % _p] && _l2[j] > 0)
                bound += gradient[j] * gradient[j] / (2 * _l2[j]);
        return bound;
    }

    /// <summary>One Newton step in the free intercepts alone: their Hessian is scores × scores.</summary>
    void MoveIntercepts(double[] point, double[] gradient, Shares shares)
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

    /// <summary>Limited-memory quasi-Newton steps over the first rows, from the metric given, until the next promises less than a share of the value: a start.</summary>
    (Visited At, int Steps) QuasiNewton(Visited at, int rows, Func<double[], double[]> metric, double tolerance, int limit)
    {
        var memory = new StepMemory(metric);
        var trial = new Visited(this, rows);
        for (int iteration = 0; iteration < limit; iteration++)
        {
            var direction = memory.Direction(at.Gradient);
            double slope = LinearAlgebra.Dot(at.Gradient, direction);       // the direction is subtracted
            if (!(0.5 * slope > tolerance * Math.Abs(at.Value)) || !LineSearch(at, direction, slope, trial, rows))
                return (at, iteration);
            memory.Add(at.Point, trial.Point, at.Gradient, trial.Gradient);
            (at, trial) = (trial, at);
        }
        return (at, limit);
    }

    /// <summary>The same over all rows, until the gap is proven.</summary>
    Minimum ToGap(Visited at, double tolerance, Func<double[], double[]> metric, int before)
    {
        var memory = new StepMemory(metric);
        var trial = new Visited(this, _n);
        for (int steps = before; ; steps++)
        {
            double gap = Proven(at, tolerance);
            if (gap <= tolerance * Math.Abs(at.Value) || at.Norm == 0)
                return at.Stopped(steps, StoppedBecause.GradientIsSmall);
            var direction = memory.Direction(at.Gradient);
            double slope = LinearAlgebra.Dot(at.Gradient, direction);
            // What this method cannot finish, within its steps or above the rounding of the value, the exact Hessian does.
            if (steps - before >= QuickSteps || slope < 1e-3 * Flat || !LineSearch(at, direction, slope, trial, _n))
                return NewtonCg(at, tolerance, _ => metric, refresh: false, steps);
            memory.Add(at.Point, trial.Point, at.Gradient, trial.Gradient);
            (at, trial) = (trial, at);
        }
    }

    /// <summary>The gap at a point, after moving the intercepts where only they stand in the way of the proof: they are few, and have their own exact Newton step.</summary>
    double Proven(Visited at, double tolerance)
    {
        double gap = FinalGap = Gap(at.Gradient);
        for (int pass = 0; pass < 4 && tolerance > 0 && gap > tolerance * Math.Abs(at.Value) && SlopeGap(at.Gradient) <= 0.25 * tolerance * Math.Abs(at.Value); pass++)
        {
            MoveIntercepts(at.Point, at.Gradient, at.Shares);
            Evaluate(at, _n);
            gap = FinalGap = Gap(at.Gradient);
        }
        return gap;
    }

    /// <summary>Shortens the step until the value falls by a share of what the slope promises; where the value is flat to its rounding, until it does not rise. False: no step does.</summary>
    bool LineSearch(Visited at, double[] direction, double slope, Visited trial, int rows)
    {
        double value = at.Value;
        bool flat = slope < Flat * (1 + Math.Abs(value));
        for (double length = 1; length >= 1e-10;)
        {
            at.Step(length, direction, trial);
            Evaluate(trial, rows);
            double reached = trial.Value;
            if (reached <= value - 1e-4 * length * slope || (flat && reached <= value + 1e-13 * (1 + Math.Abs(value))))
                return true;
            // The minimum of the parabola through value, slope and what was reached, not too close to either end.
            double parabola = slope * length / (2 * (reached - value + slope * length));
            length *= double.IsFinite(parabola) ? Math.Clamp(parabola, 0.1, 0.6) : 0.1;
        }
        return false;
    }

    /// <summary>A decrease below this share of the value does not show in it reliably; the gradient decides there.</summary>
    const double Flat = 1e-11;

    /// <summary>
    /// Newton's method, each step by conjugate gradients in a metric: only as exactly as the quadratic model is good (Eisenstat and Walker 1996), and
    /// no further than the proof asked for needs.
    /// </summary>
    Minimum NewtonCg(Visited at, double tolerance, Func<Shares, Func<double[], double[]>> metricAt, bool refresh, int before)
    {
        var trial = new Visited(this, _n);
        double best = double.PositiveInfinity, last = double.NaN, share = 0.15;
        var metric = metricAt(at.Shares);
        int steps = before;
        for (int step = 0; step < 100; step++)
        {
            double gap = Proven(at, tolerance), enough = tolerance * Math.Abs(at.Value);
            if (gap <= enough || at.Norm == 0)
                return at.Stopped(steps, StoppedBecause.GradientIsSmall);
            if (refresh && step is 2 or 4)
                metric = metricAt(at.Shares);
            double size = LinearAlgebra.Dot(at.Gradient, metric(at.Gradient));
            if (step > 0)
                share = Math.Clamp(0.9 * size / last, 1e-12, 0.15);
            last = size;
            var (direction, taken) = ConjugateGradients(at.Gradient, metric, at.Shares, share * share, 0.05 * enough);
            steps += taken;
            double decrement = LinearAlgebra.Dot(at.Gradient, direction);
            bool flat = decrement < Flat * (1 + Math.Abs(at.Value));
            if (decrement <= 1e-34 || (flat && !(decrement < 0.25 * best)))
                return at.Stopped(steps, StoppedBecause.RoundingIsReached);
            best = decrement;
            if (!LineSearch(at, direction, decrement, trial, _n))
                return at.Stopped(steps, flat ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
            steps++;
            (at, trial) = (trial, at);
        }
        return at.Stopped(steps, StoppedBecause.IterationLimit);
    }

    /// <summary>H v at the shares of the current point.</summary>
    void HessianTimes(double[] v, Shares shares, double[] result)
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

    /// <summary>Solves H s = g until the residual, squared in the metric, is the share given of the gradient's, or until its part of the gap is small enough.</summary>
    (double[] Solution, int Steps) ConjugateGradients(double[] gradient, Func<double[], double[]> metric, Shares shares, double share, double enough)
    {
        double[] solution = new double[_dimension], residual = (double[])gradient.Clone(), product = new double[_dimension];
        var scaled = metric(residual);
        var direction = (double[])scaled.Clone();
        double size = LinearAlgebra.Dot(residual, scaled), first = size;
        int step = 0;
        for (; step < 1000 && size > share * first && size > 0 && (step == 0 || enough == 0 || !(SlopeGap(residual) <= enough)); step++)
        {
            HessianTimes(direction, shares, product);
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
        return (solution, step);
    }
}

/// <summary>The latest steps with the changes of the gradient, and a metric to begin from: the two-loop recursion of limited-memory BFGS (Nocedal 1980).</summary>
sealed class StepMemory(Func<double[], double[]> metric)
{
    const int Length = 24;
    readonly List<(double[] Step, double[] Change, double Curvature)> _moves = [];

    /// <summary>Remembers a step; one without curvature is left out.</summary>
    public void Add(double[] from, double[] to, double[] gradient, double[] next)
    {
        double[] step = new double[from.Length], change = new double[from.Length];
        for (int j = 0; j < step.Length; j++)
        {
            step[j] = to[j] - from[j];
            change[j] = next[j] - gradient[j];
        }
        double curvature = LinearAlgebra.Dot(step, change);
        if (!(curvature > 1e-14 * Math.Sqrt(LinearAlgebra.Dot(step, step) * LinearAlgebra.Dot(change, change))))
            return;
        if (_moves.Count == Length)
            _moves.RemoveAt(0);
        _moves.Add((step, change, curvature));
    }

    /// <summary>The direction to subtract.</summary>
    public double[] Direction(double[] gradient)
    {
        var q = (double[])gradient.Clone();
        var alpha = new double[_moves.Count];
        for (int m = _moves.Count - 1; m >= 0; m--)
        {
            alpha[m] = LinearAlgebra.Dot(_moves[m].Step, q) / _moves[m].Curvature;
            LinearAlgebra.AddScaled(-alpha[m], _moves[m].Change, q);
        }
        var r = metric(q);
        for (int m = 0; m < _moves.Count; m++)
        {
            double beta = LinearAlgebra.Dot(_moves[m].Change, r) / _moves[m].Curvature;
            LinearAlgebra.AddScaled(alpha[m] - beta, _moves[m].Step, r);
        }
        return r;
    }
}

/// <summary>The shares that a model gives the classes: as they are, and, with a teacher, at its temperature.</summary>
sealed class Shares(int length, bool cool)
{
    public readonly double[] Warm = new double[length], Cool = cool ? new double[length] : [];
}

/// <summary>A teacher's softened shares, n × K, and how much they count.</summary>
sealed record SoftTargets(double[] Teacher, double Alpha, double Temperature);
