using System.Numerics;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Solves yes/no problems Σ wᵢ lossᵢ + Σⱼ (l1ⱼ·|βⱼ| + l2ⱼ/2·βⱼ²), one penalty after the other, each from where the last one ended.</summary>
/// <remarks>
/// Every step minimizes a quadratic model of the loss by coordinate descent, then takes one exact pass over the rows. The model's curvature is that
/// of an earlier point and serves as long as the steps shrink quickly; what it missed at one penalty corrects its guess at the next. Columns outside the working
/// set of the sequential strong rule rest at 0 until their optimality condition, which model and pass check, is broken; so screening changes the time and not
/// the answer. The gap is bounded by duality, from the residuals and from the model's minimum, whichever is nearer.
/// Sources: Friedman, Hastie, Tibshirani, Regularization Paths for Generalized Linear Models via Coordinate Descent (2010); Tibshirani et al.,
/// Strong rules for discarding predictors in lasso-type problems (2012); Fercoq, Gramfort, Salmon, Mind the duality gap (2015).
/// </remarks>
sealed class ElasticNetSolver
{
    /// <summary>
    /// A step that leaves more than this share of the violation calls for a new model: measured for models of up to 500 columns, the more a model costs beside a pass, the
    /// longer the old one serves.
    /// </summary>
    static double Slow(int columns) => Math.Min(0.3, 0.019 * Math.Sqrt(columns));

    /// <summary>Sweeps end when one gains no more than this share of the first.</summary>
    const double Rest = 1e-7;

    /// <summary>The same where the model's minimum is to prove the gap: what sweeps leave counts there in full.</summary>
    const double FullRest = 1e-12;

    /// <summary>A gain in the mean loss that is rounding: sweeps that go on below it only gather more of that.</summary>
    const double Least = 1e-29;

    /// <summary>A gap, as a share of the value, that leaves nothing but rounding in the coefficients.</summary>
    const double Rounded = 1e-27;

    readonly Predictors _x;
    readonly RidgeObjective _loss;
    readonly double[] _yes, _weights, _spread;
    readonly bool[] _used;
    readonly int _intercept;
    double[] _point, _gradient, _trial, _trialGradient;
    Shares _shares, _trialShares;
    double _sum; // Σ w·loss at the point

    // The quadratic model: the curvature of every row at an earlier point, the rows of Xᵀ diag(curvature) X worked out so far, and by how much
    // its guess at the last penalty missed the solution.
    double[] _rowCurvature = [];
    readonly double[]?[] _curvature;
    double[]? _missed;
    int _age; // penalties solved with it
    double _longestRow = double.NaN;

    /// <param name="x">The predictors.</param>
    /// <param name="targets">n × 2 shares.</param>
    /// <param name="weights">n weights with sum 1.</param>
    /// <param name="offset">n offsets or null.</param>
    /// <param name="used">Columns that take part; the others' coefficients stay 0.</param>
    /// <param name="intercept">The column of ones, or −1.</param>
    /// <param name="spread">√Σ w·x² of every column.</param>
    /// <param name="start">Where the first problem starts.</param>
    public ElasticNetSolver(Predictors x, double[] targets, double[] weights, double[]? offset, bool[] used, int intercept, double[] spread, double[] start)
    {
        (_x, _weights, _used, _intercept, _spread) = (x, weights, used, intercept, spread);
        _yes = [.. Enumerable.Range(0, x.Rows).Select(i => targets[2 * i + 1])];
        int p = x.Columns;
        _loss = new(x, 1, targets, weights, offset, new double[p], used);
        (_point, _gradient, _trial, _trialGradient) = ((double[])start.Clone(), new double[p], new double[p], new double[p]);
        (_shares, _trialShares) = (new(x.Rows, false), new(x.Rows, false));
        _curvature = new double[p][];
        _sum = _loss.Evaluate(_point, _gradient, x.Rows, _shares);
    }

    /// <summary>The coefficients of the last problem.</summary>
    public double[] Point => _point;

    /// <summary>The gradient of the mean loss there.</summary>
    public double[] Gradient => _gradient;

    /// <summary>Σ w·loss there.</summary>
    public double Loss => _sum;

    /// <summary>The proven bound of the gap.</summary>
    public double Gap { get; private set; }

    /// <summary>Passes over the rows so far.</summary>
    public int Passes { get; private set; } = 1;

    /// <summary>Solves for one penalty, from the least that holds every slope at 0 down to it.</summary>
    public Minimum Approach(double[] l1, double[] l2, double tolerance)
    {
        const double Ratio = 0.4;
        double largest = 0;
        for (int j = 0; j < l1.Length; j++)
            if (_used[j] && l1[j] > 0)
                largest = Math.Max(largest, Math.Abs(_gradient[j]) / l1[j]);
        double[] before = [.. l1.Select(weight => weight * Math.Max(1, largest))];
        int steps = 0;
        for (double scale = largest * Ratio; scale > 1 / Ratio; scale *= Ratio)
        {
            double[] weights = [.. l1.Select(weight => weight * scale)];
            steps += Solve(weights, l2, before, 1e-3).Iterations;
            before = weights;
        }
        var found = Solve(l1, l2, before, tolerance);
        return found with { Iterations = steps + found.Iterations };
    }

    /// <summary>Solves for one penalty.</summary>
    /// <param name="l1">The weights of |β|.</param>
    /// <param name="l2">The weights of β²/2.</param>
    /// <param name="before">The weights of |β| of the problem before, for the strong rule.</param>
    /// <param name="tolerance">The relative gap to be proven, or 0 for the rounding of the objective.</param>
    public Minimum Solve(double[] l1, double[] l2, double[] before, double tolerance)
    {
        int p = _point.Length;
        var working = new bool[p];
        for (int j = 0; j < p; j++)
            working[j] = _used[j] && (_point[j] != 0 || l1[j] == 0 || Math.Abs(_gradient[j]) >= 2 * l1[j] - before[j]);
        double value = _sum + ElasticNetPenalty.Value(_point, l1, l2), best = double.PositiveInfinity, last = double.PositiveInfinity;
        double[]? guess = null;
        bool fresh = false;
        int stalls = 0;
        for (int step = 0; ; step++)
        {
            double violation = Violation(l1, l2, working);
            Gap = DualityGap(l1, l2);
            if (violation == 0 || (tolerance > 0 && Gap <= tolerance * value))
                return Solved(violation, step, StoppedBecause.GradientIsSmall);
            if (step >= 500)
                return Solved(violation, step, StoppedBecause.IterationLimit);
            stalls = violation < 0.5 * best ? 0 : stalls + 1;
            best = Math.Min(best, violation);
            bool isSlow = violation > Slow(Math.Min(working.Count(isIn => isIn), p / 2)) * last;
            if (stalls >= 4 && fresh && violation < 1e-9)
                return Solved(violation, step, StoppedBecause.RoundingIsReached);
            last = violation;
            fresh = _x is SparsePredictors || (isSlow && step > 0) || _rowCurvature.Length == 0;
            if (fresh)
            {
                Refresh();
                guess = null;
            }
            var target = (double[])_point.Clone();
            if (_x is SparsePredictors sparse)
                DescendColumns(sparse, working, l1, l2, target);
            else
            {
                var atTarget = (double[])_gradient.Clone();
                DescendRows(working, l1, l2, target, atTarget, Rest, exactly: tolerance == 0);
                var (gap, atBest) = ModelGap(l1, l2, target, atTarget);
                if (gap > tolerance * value && atBest <= tolerance * value)
                {
                    DescendRows(working, l1, l2, target, atTarget, FullRest, exactly: false);
                    (gap, _) = ModelGap(l1, l2, target, atTarget);
                }
                Gap = Math.Min(Gap, gap);
                if (Gap <= Math.Max(tolerance, Rounded) * value)
                    return Solved(violation, step, tolerance > 0 ? StoppedBecause.GradientIsSmall : StoppedBecause.RoundingIsReached);
                if (step == 0)
                {
                    guess = (double[])target.Clone();
                    Correct(target, l1);
                    if (Slope(target) >= 0)
                        guess.CopyTo(target, 0); // the last step was no guide to this one
                }
            }
            double slope = Slope(target);
            bool flat = Math.Abs(slope) < 1e-11 * (1 + value);
            double length = 1, reached;
            while (true)
            {
                for (int j = 0; j < p; j++)
                    _trial[j] = _point[j] + length * (target[j] - _point[j]);
                double sum = _loss.Evaluate(_trial, _trialGradient, _x.Rows, _trialShares);
                Passes++;
                reached = sum + ElasticNetPenalty.Value(_trial, l1, l2);
                if (reached <= value + 1e-4 * length * slope || (flat && reached <= value + 1e-13 * (1 + value)))
                {
                    (_point, _trial, _gradient, _trialGradient, _shares, _trialShares, _sum, value) = (_trial, _point, _trialGradient, _gradient, _trialShares, _shares, sum, reached);
                    break;
                }
                length /= 2;
                if (length < 1e-9)
                    break;
            }
            if (length < 1e-9)
            {
                if (fresh || flat)
                    return Solved(violation, step, flat ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
                last = 0; // the model was of another point
            }
            else if (length < 1)
                last = 0;
        }

        double Slope(double[] target)
        {
            double slope = ElasticNetPenalty.Value(target, l1, l2) - ElasticNetPenalty.Value(_point, l1, l2);
            for (int j = 0; j < p; j++)
                slope += _gradient[j] * (target[j] - _point[j]);
            return slope;
        }

        Minimum Solved(double violation, int steps, StoppedBecause why)
        {
            if (guess is not null)
            {
                _missed = [.. _point.Zip(guess, (end, first) => end - first)];
                _age++;
            }
            return new(_point, value, violation, steps, why);
        }
    }

    /// <summary>
    /// What the model missed at the last penalty it will miss again, in proportion to the way from its point to the middle of the step: half a step at first, one and a half
    /// then, while penalties fall by the same share.
    /// </summary>
    void Correct(double[] target, double[] l1)
    {
        if (_missed is null)
            return;
        double growth = (_age + 0.5) / (_age - 0.5);
        for (int j = 0; j < target.Length; j++)
        {
            double moved = target[j] + growth * _missed[j];
            if (l1[j] == 0 || moved * target[j] > 0)
                target[j] = moved;
        }
    }

    /// <summary>The largest entry of the smallest subgradient; columns that break their condition join the working set.</summary>
    double Violation(double[] l1, double[] l2, bool[] working)
    {
        double largest = 0;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j])
                continue;
            double size = ElasticNetPenalty.Subgradient(_point[j], _gradient[j] + l2[j] * _point[j], l1[j]);
            if (size > 0)
                working[j] = true;
            largest = Math.Max(largest, size);
        }
        return largest;
    }

    /// <summary>
    /// The objective less a dual one, which is at most the minimum. Dual variables are shares πᵢ = yᵢ + tᵢ(pᵢ − yᵢ), t a little below 1, chosen so that the free
    /// intercept's condition holds and no column without l2 exceeds its l1. What that costs is KL(π‖p) ≤ (π − p)²/(p(1 − p)), row by row.
    /// </summary>
    double DualityGap(double[] l1, double[] l2)
    {
        var (up, down, squares, chi) = Residuals();
        double lost = 0, shift = 0;
        if (_intercept >= 0 && l1[_intercept] == 0 && l2[_intercept] == 0)
        {
            if (up == 0 || down == 0)
                return double.PositiveInfinity;
            lost = Math.Abs(up - down) / Math.Max(up, down);
            shift = lost * Math.Sqrt(squares);
        }
        double scale = 1;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j] || j == _intercept && l1[j] == 0 && l2[j] == 0)
                continue;
            if (l2[j] == 0 && l1[j] == 0)
                return double.PositiveInfinity;
            double size = Math.Abs(_gradient[j]) + shift * _spread[j];
            if (l2[j] == 0 && size > l1[j])
                scale = Math.Min(scale, l1[j] / size);
        }
        double cost = 1 - scale * (1 - lost), gap = cost == 0 ? 0 : cost * cost * chi;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j] || l1[j] == 0 && l2[j] == 0)
                continue;
            double b = _point[j], size = scale * (Math.Abs(_gradient[j]) + shift * _spread[j]), over = l2[j] == 0 ? 0 : Math.Max(0, size - l1[j]);
            gap += Math.Max(0, l1[j] * Math.Abs(b) + 0.5 * l2[j] * b * b + (over == 0 ? 0 : over * over / (2 * l2[j])) + scale * (_gradient[j] * b + shift * _spread[j] * Math.Abs(b)));
        }
        return gap;
    }

    /// <summary>
    /// The same from the model's minimum, nearer by an order. Its dual variables are π = p + δ with w·δ = curvature·X(target − point): a column's condition in them is
    /// the model's gradient at the target, which its minimum fulfils. What they cost is KL(π‖p) ≤ ½ δ²/(p(1 − p))·(1 + ε/(3(1 − ε))) where |δ| ≤ ε·p(1 − p), and δ²/(p(1 − p))
    /// adds up to no more than the model's quadratic form times the largest ratio of its curvature to the present one: the gap falls with the square of the violation,
    /// where that of the residuals alone falls with the violation.
    /// </summary>
    /// <returns>The gap, and what of it no further sweep would take away.</returns>
    (double Gap, double AtBest) ModelGap(double[] l1, double[] l2, double[] target, double[] atTarget)
    {
        double ratio = LargestRatio(), quadratic = 0, length = 0;
        for (int j = 0; j < _point.Length; j++)
        {
            double move = target[j] - _point[j];
            quadratic += move * (atTarget[j] - _gradient[j]);
            length += move * move;
        }
        double epsilon = ratio * LongestRow() * Math.Sqrt(length);
        if (!(epsilon < 1))
            return (double.PositiveInfinity, double.PositiveInfinity);
        double scale = 1;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j] || l2[j] > 0)
                continue;
            if (l1[j] == 0)
            {
                // Sweeps end with the intercept's own condition.
                if (j != _intercept)
                    return (double.PositiveInfinity, double.PositiveInfinity);
            }
            else if (Math.Abs(atTarget[j]) > l1[j])
                scale = Math.Min(scale, l1[j] / Math.Abs(atTarget[j]));
        }
        // Shares in proportion `scale` between the labels and π fulfil every condition; the loss is what the labels alone would cost.
        double shares = 0.5 * ratio * Math.Max(0, quadratic) * (1 + epsilon / (3 * (1 - epsilon))), gap = scale * shares + (1 - scale) * _sum;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j] || l1[j] == 0 && l2[j] == 0)
                continue;
            double b = _point[j], g = scale * atTarget[j], over = l2[j] == 0 ? 0 : Math.Max(0, Math.Abs(g) - l1[j]);
            gap += Math.Max(0, l1[j] * Math.Abs(b) + 0.5 * l2[j] * b * b + (over == 0 ? 0 : over * over / (2 * l2[j])) + g * b);
        }
        return (gap, shares);
    }

    /// <summary>The largest ratio of a row's curvature in the model to that at the point.</summary>
    double LargestRatio()
    {
        int width = Vector<double>.Count, i = 0;
        Vector<double> largest = default;
        for (; i <= _weights.Length - width; i += width)
        {
            Vector<double> p = new(_shares.Warm, i), model = new(_rowCurvature, i), ratio = model / (new Vector<double>(_weights, i) * p * (Vector<double>.One - p));
            largest = Vector.Max(largest, Vector.ConditionalSelect(Vector.Equals(model, default), default, ratio));
        }
        double found = 0;
        for (int k = 0; k < width; k++)
            found = Math.Max(found, largest[k]);
        for (; i < _weights.Length; i++)
            if (_rowCurvature[i] > 0)
                found = Math.Max(found, _rowCurvature[i] / (_weights[i] * _shares.Warm[i] * (1 - _shares.Warm[i])));
        return found;
    }

    /// <summary>The largest norm of a row.</summary>
    double LongestRow()
    {
        if (!double.IsNaN(_longestRow))
            return _longestRow;
        double[] x = ((DensePredictors)_x).X;
        int p = _x.Columns;
        double largest = 0;
        for (int i = 0; i < _x.Rows; i++)
            largest = Math.Max(largest, LinearAlgebra.Dot(x.AsSpan(i * p, p), x.AsSpan(i * p, p)));
        return _longestRow = Math.Sqrt(largest);
    }

    /// <summary>Σ w·r over rows with r = p − y above 0 and, negated, below; Σ w·r²; Σ w·r²/(p(1 − p)).</summary>
    (double Up, double Down, double Squares, double Chi) Residuals()
    {
        int width = Vector<double>.Count, i = 0;
        Vector<double> up = default, down = default, squares = default, chi = default;
        for (; i <= _weights.Length - width; i += width)
        {
            Vector<double> p = new(_shares.Warm, i), r = p - new Vector<double>(_yes, i), w = new Vector<double>(_weights, i) * r;
            up += Vector.Max(w, default);
            down -= Vector.Min(w, default);
            squares += w * r;
            chi += Vector.ConditionalSelect(Vector.Equals(r, default), default, w * r / (p * (Vector<double>.One - p)));
        }
        double u = Vector.Sum(up), d = Vector.Sum(down), s = Vector.Sum(squares), c = Vector.Sum(chi);
        for (; i < _weights.Length; i++)
        {
            double p = _shares.Warm[i], r = p - _yes[i], w = _weights[i] * r;
            u += Math.Max(w, 0);
            d -= Math.Min(w, 0);
            s += w * r;
            c += r == 0 ? 0 : w * r / (p * (1 - p));
        }
        return (u, d, s, c);
    }

    /// <summary>A new model, of the current point.</summary>
    void Refresh()
    {
        if (_rowCurvature.Length == 0)
            _rowCurvature = new double[_x.Rows];
        for (int i = 0; i < _rowCurvature.Length; i++)
            _rowCurvature[i] = _weights[i] * _shares.Warm[i] * (1 - _shares.Warm[i]);
        Array.Clear(_curvature);
        _missed = null;
        _age = 0;
    }

    /// <summary>Works out the model's rows of these columns, and with them, so that one reading of the predictors serves more, those of the columns nearest to being needed.</summary>
    void Cover(IEnumerable<int> columns, double[] l1)
    {
        const int Together = 16;
        int p = _point.Length;
        List<int> missing = [.. columns.Where(j => _curvature[j] is null)];
        if (missing.Count == 0)
            return;
        var dense = (DensePredictors)_x;
        if (missing.Count > p / 2)
        {
            var all = new double[p * p];
            WeightedGram.Add(dense.X, _x.Rows, p, _rowCurvature, all);
            for (int j = 0; j < p; j++)
                _curvature[j] = all[(j * p)..((j + 1) * p)];
            return;
        }
        int free = (Together - missing.Count % Together) % Together;
        missing.AddRange(Enumerable.Range(0, p).Where(j => _used[j] && l1[j] > 0 && _curvature[j] is null).Except(missing)
            .Select(j => (Column: j, Share: Math.Abs(_gradient[j]) / l1[j])).OrderByDescending(next => next.Share).Take(free).Select(next => next.Column));
        var rows = WeightedGram.Rows(dense.X, _x.Rows, p, missing.ToArray(), _rowCurvature);
        for (int a = 0; a < rows.Length; a++)
            _curvature[missing[a]] = rows[a];
    }

    /// <summary>
    /// Minimizes the model by coordinate descent, gradient·d + ½ dᵀHd + penalty, from a target and the model's gradient of the loss there. A column that rests at 0 needs
    /// no row of the model; the rows of those that move tell the gradient of every column, and one that breaks its condition joins the working set.
    /// </summary>
    void DescendRows(bool[] working, double[] l1, double[] l2, double[] target, double[] atTarget, double rest, bool exactly)
    {
        int p = target.Length;
        for (bool grown = true; grown;)
        {
            int[] set = [.. Enumerable.Range(0, p).Where(j => working[j])];
            Cover(set.Where(j => target[j] != 0 || l1[j] == 0), l1);
            // Sweeps keep up the gradient of the working set alone, where that is little of all.
            bool isNarrow = 2 * set.Length < p;
            var narrow = isNarrow ? new Sweep(this, l1, l2, target, set, new double[set.Length][], [.. set.Select(j => atTarget[j])]) : null;
            var before = (double[])target.Clone();
            (narrow ?? new Sweep(this, l1, l2, target, [.. Enumerable.Range(0, p)], _curvature, atTarget)).Run(isNarrow ? [.. Enumerable.Range(0, set.Length)] : set, rest, exactly);
            foreach (int j in set)
                if (isNarrow && target[j] != before[j])
                    LinearAlgebra.AddScaled(target[j] - before[j], _curvature[j]!, atTarget);
            grown = false;
            for (int j = 0; j < p; j++)
                if (_used[j] && !working[j] && ElasticNetPenalty.Over(atTarget[j], l1[j]) > 0)
                    working[j] = grown = true;
        }
        if (_intercept >= 0 && working[_intercept])
            new Sweep(this, l1, l2, target, [.. Enumerable.Range(0, p)], _curvature, atTarget).Move(_intercept);
    }

    /// <summary>Coordinate descent on the model over some columns.</summary>
    /// <param name="solver">Whose model it is.</param>
    /// <param name="l1">The weights of |β|.</param>
    /// <param name="l2">The weights of β²/2.</param>
    /// <param name="target">Where the descent is, in all columns.</param>
    /// <param name="columns">The columns by their place here.</param>
    /// <param name="rows">The model's rows over these columns; null until they are needed.</param>
    /// <param name="slope">The model's gradient of the loss in these columns, kept up to date.</param>
    sealed class Sweep(ElasticNetSolver solver, double[] l1, double[] l2, double[] target, int[] columns, double[]?[] rows, double[] slope)
    {
        public void Run(int[] places, double rest, bool exactly)
        {
            Sweeps(places, Move, a => target[columns[a]] != 0, rest);
            for (int round = 0; exactly && round < 3; round++)
            {
                Finish([.. places.Where(a => l1[columns[a]] == 0 || target[columns[a]] != 0)]);
                if (!Sweeps(places, Move, a => target[columns[a]] != 0, rest))
                    break;
            }
        }

        double[] Row(int a)
        {
            if (rows[a] is { } row)
                return row;
            solver.Cover([columns[a]], l1);
            var full = solver._curvature[columns[a]]!;
            return rows[a] ??= [.. columns.Select(j => full[j])];
        }

        public double Move(int a)
        {
            int j = columns[a];
            // A coordinate at its bound but for rounding rests.
            if (target[j] == 0 && ElasticNetPenalty.Over(slope[a], l1[j]) == 0)
                return 0;
            var row = Row(a);
            double curvature = row[a] + l2[j];
            if (!(curvature > 0))
                return 0;
            double free = curvature * target[j] - slope[a] - l2[j] * target[j];
            double best = ElasticNetPenalty.Threshold(free, l1[j], curvature), move = best - target[j];
            if (move == 0)
                return 0;
            target[j] = best;
            LinearAlgebra.AddScaled(move, row, slope);
            return curvature * move * move;
        }

        /// <summary>
        /// Goes to the model's exact minimum over the coordinates that are not 0; one that would change its sign on the way stops at 0 and is left out. What sweeps
        /// approach slowly when columns are nearly alike.
        /// </summary>
        void Finish(int[] active)
        {
            while (active.Length > 0)
            {
                int k = active.Length;
                double[] matrix = new double[k * k], step = new double[k];
                for (int a = 0; a < k; a++)
                {
                    int j = columns[active[a]];
                    step[a] = -(slope[active[a]] + l2[j] * target[j] + l1[j] * Math.Sign(target[j]));
                    for (int b = 0; b < k; b++)
                        matrix[a * k + b] = Row(active[a])[active[b]];
                    matrix[a * k + a] += l2[j];
                }
                if (Cholesky.Factor(matrix, k, 1e-14) is not { } factor)
                    return;
                factor.Solve(step);
                double length = 1;
                int first = -1;
                for (int a = 0; a < k; a++)
                {
                    int j = columns[active[a]];
                    double b = target[j];
                    if (l1[j] > 0 && b * (b + step[a]) < 0 && -b / step[a] < length)
                        (length, first) = (-b / step[a], a);
                }
                for (int a = 0; a < k; a++)
                {
                    int j = columns[active[a]];
                    double move = a == first ? -target[j] : length * step[a];
                    target[j] += move;
                    LinearAlgebra.AddScaled(move, Row(active[a]), slope);
                }
                if (first < 0)
                    return;
                active = [.. active.Where((_, a) => a != first)];
            }
        }
    }

    /// <summary>The same from the columns themselves, for which no matrix is formed: v = Xd is kept up to date.</summary>
    void DescendColumns(SparsePredictors sparse, bool[] working, double[] l1, double[] l2, double[] target)
    {
        int[] chosen = [.. Enumerable.Range(0, target.Length).Where(j => working[j])];
        var columns = sparse.ByColumn();
        var v = new double[_x.Rows];
        var diagonal = new double[_point.Length];
        double total = 0;
        foreach (double c in _rowCurvature)
            total += c;
        foreach (int j in chosen)
            diagonal[j] = j == 0 ? total : columns.Square(j - 1, _rowCurvature);
        Sweeps(chosen, j =>
        {
            double curvature = diagonal[j] + l2[j];
            if (!(curvature > 0))
                return 0;
            double slope = _gradient[j] + (j == 0 ? LinearAlgebra.Dot(_rowCurvature, v) : columns.Dot(j - 1, _rowCurvature, v));
            double free = diagonal[j] * target[j] - slope;
            double best = ElasticNetPenalty.Threshold(free, l1[j], curvature), move = best - target[j];
            if (move == 0)
                return 0;
            target[j] = best;
            if (j == 0)
                for (int i = 0; i < v.Length; i++)
                    v[i] += move;
            else
                columns.AddScaled(j - 1, move, v);
            return curvature * move * move;
        }, j => target[j] != 0, Rest);
    }

    /// <summary>Whether anything moved: sweeps over all coordinates, then over those that are not 0 until they rest, until a sweep over all gains no more than the share <c>rest</c> of the first one's.</summary>
    static bool Sweeps(int[] all, Func<int, double> move, Func<int, bool> isActive, double rest)
    {
        double enough = Least;
        for (int round = 0; round < 100; round++)
        {
            double gained = 0;
            foreach (int a in all)
                gained = Math.Max(gained, move(a));
            if (round == 0)
                enough = Math.Max(rest * gained, Least);
            if (gained <= enough)
                return round > 0;
            int[] active = [.. all.Where(isActive)];
            for (int sweep = 0; sweep < 1000; sweep++)
            {
                gained = 0;
                foreach (int a in active)
                    gained = Math.Max(gained, move(a));
                if (gained <= enough)
                    break;
            }
        }
        return true;
    }
}
