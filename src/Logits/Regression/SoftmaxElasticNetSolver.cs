using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Solves softmax problems Σ wᵢ lossᵢ + Σⱼ (l1ⱼ·|βⱼ| + l2ⱼ/2·βⱼ²) over dense or sparse rows.</summary>
/// <remarks>
/// Proximal Newton: each step minimizes the quadratic model with the whole curvature of the softmax by coordinate descent, which keeps the scores' change Xd and its
/// mean under p up to date, so that no K·p × K·p matrix is formed; then conjugate gradients take the model to its minimum over the coefficients that are not 0, signs held. A
/// working set of coefficients is descended on; those outside rest at 0 until their optimality condition, which every step checks, is broken. The gap is bounded by
/// <see cref="DualBound"/>. Sources: Friedman, Hastie, Tibshirani, Regularization Paths for Generalized Linear Models via Coordinate Descent (2010); Lee, Sun,
/// Saunders, Proximal Newton-Type Methods for Minimizing Composite Functions (2014).
/// </remarks>
sealed class SoftmaxElasticNetSolver
{
    const int Block = 128;

    readonly Predictors _x;
    readonly PredictorColumns _columns;
    readonly RidgeObjective _loss;
    readonly int _n, _p, _scores;
    readonly double[] _targets, _weights, _spread;
    readonly bool[] _used;
    readonly double[][] _share, _curve, _change; // class after class: p, w·p, and the scores' change in the model
    readonly double[] _mean, _z, _r, _product;   // Σ p·change of every row; a block's scores and residuals; H·d
    double[] _point, _gradient, _trial, _trialGradient;
    Shares _shares, _trialShares;
    double _sum; // Σ w·loss at the point

    /// <param name="x">The predictors.</param>
    /// <param name="scores">K.</param>
    /// <param name="targets">n × K shares.</param>
    /// <param name="weights">n weights with sum 1.</param>
    /// <param name="used">Columns that take part; the others' coefficients stay 0.</param>
    /// <param name="spread">√Σ w·x² of every column.</param>
    /// <param name="start">Where the first problem starts, K × columns.</param>
    public SoftmaxElasticNetSolver(Predictors x, int scores, double[] targets, double[] weights, bool[] used, double[] spread, double[] start)
    {
        (_x, _n, _p, _scores, _targets, _weights, _used, _spread) = (x, x.Rows, x.Columns, scores, targets, weights, used, spread);
        _columns = PredictorColumns.Of(x);
        int size = _p * scores;
        _loss = new(x, scores, targets, weights, null, new double[size], used);
        (_point, _gradient, _trial, _trialGradient) = ((double[])start.Clone(), new double[size], new double[size], new double[size]);
        (_shares, _trialShares) = (new(_n * scores, false), new(_n * scores, false));
        double[][] Classes() => [.. Enumerable.Range(0, scores).Select(_ => new double[_n])];
        (_share, _curve, _change) = (Classes(), Classes(), Classes());
        (_mean, _z, _r, _product) = (new double[_n], new double[Block * scores], new double[Block * scores], new double[size]);
        _sum = _loss.Evaluate(_point, _gradient, _n, _shares);
    }

    /// <summary>Σ w·loss at the last point.</summary>
    public double Loss => _sum;

    /// <summary>The proven bound of the gap there.</summary>
    public double Gap { get; private set; }

    /// <summary>Solves for one penalty, from the least that holds every slope at 0 down to it.</summary>
    public Minimum Approach(double[] l1, double[] l2, double tolerance)
    {
        const double Ratio = 0.4;
        double largest = 0;
        for (int j = 0; j < l1.Length; j++)
            if (_used[j % _p] && l1[j] > 0)
                largest = Math.Max(largest, Math.Abs(_gradient[j]) / l1[j]);
        int steps = 0;
        for (double scale = largest * Ratio; scale > 1 / Ratio; scale *= Ratio)
            steps += Solve([.. l1.Select(weight => weight * scale)], l2, 1e-3).Iterations;
        var found = Solve(l1, l2, tolerance);
        return found with { Iterations = steps + found.Iterations };
    }

    /// <summary>Solves for one penalty, from where the last one ended.</summary>
    /// <param name="l1">The weights of |β|, K × columns.</param>
    /// <param name="l2">The weights of β²/2.</param>
    /// <param name="tolerance">The relative gap to be proven, or 0 for the rounding of the objective.</param>
    public Minimum Solve(double[] l1, double[] l2, double tolerance)
    {
        var working = new bool[_point.Length];
        double value = _sum + ElasticNetPenalty.Value(_point, l1, l2), best = double.PositiveInfinity, first = 0;
        int stalls = 0;
        for (int step = 0; ; step++)
        {
            double violation = Violation(l1, l2, working);
            Gap = DualBound.Gap(_columns, _scores, _shares.Warm, _targets, _weights, _point, _gradient, l1, l2, _used, _spread);
            if (violation == 0 || (tolerance > 0 && Gap <= tolerance * value))
                return new(_point, value, violation, step, StoppedBecause.GradientIsSmall);
            if (step >= 200)
                return new(_point, value, violation, step, StoppedBecause.IterationLimit);
            stalls = violation < 0.5 * best ? 0 : stalls + 1;
            best = Math.Min(best, violation);
            if (stalls >= 3 && violation < 1e-9)
                return new(_point, value, violation, step, StoppedBecause.RoundingIsReached);
            first = step == 0 ? violation : first;
            var target = Descend(l1, l2, working, Math.Clamp(violation / first, 1e-6, 1e-2));
            double slope = ElasticNetPenalty.Value(target, l1, l2) - ElasticNetPenalty.Value(_point, l1, l2);
            for (int j = 0; j < target.Length; j++)
                slope += _gradient[j] * (target[j] - _point[j]);
            bool flat = Math.Abs(slope) < 1e-11 * (1 + value);
            for (double length = 1; ; length /= 2)
            {
                if (length < 1e-9)
                    return new(_point, value, violation, step, flat ? StoppedBecause.RoundingIsReached : StoppedBecause.NoDescent);
                for (int j = 0; j < target.Length; j++)
                    _trial[j] = _point[j] + length * (target[j] - _point[j]);
                double sum = _loss.Evaluate(_trial, _trialGradient, _n, _trialShares), reached = sum + ElasticNetPenalty.Value(_trial, l1, l2);
                if (!(reached <= value + 1e-4 * length * slope || (flat && reached <= value + 1e-13 * (1 + value))))
                    continue;
                (_point, _trial, _gradient, _trialGradient, _shares, _trialShares, _sum, value) = (_trial, _point, _trialGradient, _gradient, _trialShares, _shares, sum, reached);
                break;
            }
        }
    }

    /// <summary>The largest entry of the smallest subgradient; coefficients that break their condition join the working set.</summary>
    double Violation(double[] l1, double[] l2, bool[] working)
    {
        double largest = 0;
        for (int j = 0; j < _point.Length; j++)
        {
            if (!_used[j % _p])
                continue;
            double size = ElasticNetPenalty.Subgradient(_point[j], _gradient[j] + l2[j] * _point[j], l1[j]);
            working[j] |= size > 0 || _point[j] != 0 || l1[j] == 0;
            largest = Math.Max(largest, size);
        }
        return largest;
    }

    /// <summary>Minimizes the model gradient·d + ½ dᵀHd + penalty to a share of what it starts with.</summary>
    double[] Descend(double[] l1, double[] l2, bool[] working, double share)
    {
        for (int k = 0; k < _scores; k++)
        {
            Array.Clear(_change[k]);
            for (int i = 0; i < _n; i++)
                _curve[k][i] = _weights[i] * (_share[k][i] = _shares.Warm[i * _scores + k]);
        }
        Array.Clear(_mean);
        int[] chosen = [.. Enumerable.Range(0, _point.Length).Where(j => working[j])];
        var diagonal = new double[_point.Length];
        var variance = new double[_n];
        foreach (var group in chosen.GroupBy(j => j / _p))
        {
            for (int i = 0; i < _n; i++)
                variance[i] = _curve[group.Key][i] * (1 - _share[group.Key][i]);
            foreach (int j in group)
                diagonal[j] = _columns.Square(j % _p, variance);
        }
        var target = (double[])_point.Clone();
        for (int round = 0; round < 20; round++)
        {
            // Sweeps find which coefficients are 0 and the signs of the others; the rest is a linear system.
            double gained = 0, enough = double.PositiveInfinity;
            for (int sweep = 0; sweep < 10; sweep++)
            {
                gained = 0;
                foreach (int j in chosen)
                    gained = Math.Max(gained, Move(j, l1, l2, diagonal[j], target));
                enough = double.IsInfinity(enough) ? 0.01 * gained : enough;
                if (gained <= enough)
                    break;
            }
            if (Finish([.. chosen.Where(j => l1[j] == 0 || target[j] != 0)], l1, l2, diagonal, share, target))
                break;
        }
        return target;
    }

    /// <summary>Puts one coefficient at the model's minimum along it; what that gains, twice.</summary>
    double Move(int j, double[] l1, double[] l2, double diagonal, double[] target)
    {
        double curvature = diagonal + l2[j];
        if (!(curvature > 0))
            return 0;
        int k = j / _p;
        double slope = _gradient[j] + _columns.Slope(j % _p, _curve[k], _change[k], _mean), free = diagonal * target[j] - slope;
        double best = ElasticNetPenalty.Threshold(free, l1[j], curvature), move = best - target[j];
        if (move == 0)
            return 0;
        target[j] = best;
        _columns.Move(j % _p, move, _share[k], _change[k], _mean);
        return curvature * move * move;
    }

    /// <summary>
    /// Conjugate gradients over the coefficients that are not 0, preconditioned by the diagonal; a coefficient that would change its sign stops at 0 and is left out.
    /// </summary>
    /// <returns>Whether the end was reached without such a stop, and no other coefficient wants to leave 0.</returns>
    bool Finish(int[] active, double[] l1, double[] l2, double[] diagonal, double share, double[] target)
    {
        double[] d = new double[target.Length], residual = new double[target.Length], scaled = new double[target.Length], direction = new double[target.Length], product = new double[target.Length];
        for (int j = 0; j < target.Length; j++)
            d[j] = target[j] - _point[j];
        Multiply(d, product);
        double rho = 0;
        foreach (int j in active)
        {
            residual[j] = -(_gradient[j] + product[j] + l2[j] * target[j] + l1[j] * Math.Sign(target[j]));
            direction[j] = scaled[j] = residual[j] / (diagonal[j] + l2[j]);
            rho += residual[j] * scaled[j];
        }
        double enough = share * share * rho;
        var move = new double[target.Length];
        bool whole = true;
        for (int step = 0; step < 2 * active.Length + 10 && rho > enough && rho > 1e-300; step++)
        {
            Multiply(direction, product);
            double curvature = 0;
            foreach (int j in active)
                curvature += direction[j] * (product[j] + l2[j] * direction[j]);
            // Flat: the same number added to every class of a column, at a price that falls until one of them is 0.
            double length = curvature > 1e-14 * Size(direction, active, diagonal) ? rho / curvature : double.PositiveInfinity, limit = double.PositiveInfinity;
            foreach (int j in active)
            {
                double b = target[j] + move[j];
                if (l1[j] > 0 && b * direction[j] < 0)
                    limit = Math.Min(limit, -b / direction[j]);
            }
            if (double.IsInfinity(length) && double.IsInfinity(limit))
                break;
            if (length >= limit)
            {
                foreach (int j in active)
                {
                    double b = target[j] + move[j], moved = limit * direction[j];
                    move[j] = l1[j] > 0 && b * direction[j] < 0 && -b / direction[j] <= limit ? -target[j] : move[j] + moved;
                }
                whole = false;
                break;
            }
            double before = rho;
            rho = 0;
            foreach (int j in active)
            {
                move[j] += length * direction[j];
                residual[j] -= length * (product[j] + l2[j] * direction[j]);
                scaled[j] = residual[j] / (diagonal[j] + l2[j]);
                rho += residual[j] * scaled[j];
            }
            foreach (int j in active)
                direction[j] = scaled[j] + rho / before * direction[j];
        }
        foreach (int j in active)
        {
            double b = target[j] + move[j];
            _columns.Move(j % _p, b - target[j], _share[j / _p], _change[j / _p], _mean);
            target[j] = b;
        }
        return whole;
    }

    static double Size(double[] direction, int[] active, double[] diagonal)
    {
        double sum = 0;
        foreach (int j in active)
            sum += diagonal[j] * direction[j] * direction[j];
        return sum;
    }

    /// <summary>result = Hd, H the curvature of the loss at the point: one pass over the rows forth and one back.</summary>
    void Multiply(double[] d, double[] result)
    {
        Array.Clear(_product);
        for (int start = 0; start < _n; start += Block)
        {
            int count = Math.Min(Block, _n - start);
            var z = _z.AsSpan(0, count * _scores);
            var r = _r.AsSpan(0, count * _scores);
            _x.Scores(start, count, d, _scores, z);
            for (int i = 0; i < count; i++)
            {
                double mean = 0;
                for (int k = 0; k < _scores; k++)
                    mean += _share[k][start + i] * z[i * _scores + k];
                for (int k = 0; k < _scores; k++)
                    r[i * _scores + k] = _curve[k][start + i] * (z[i * _scores + k] - mean);
            }
            _x.AddGradient(start, count, r, _scores, _product);
        }
        _product.CopyTo(result, 0);
    }
}
