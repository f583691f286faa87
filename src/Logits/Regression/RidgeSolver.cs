using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Minimizes a <see cref="RidgeObjective"/> over many rows, with one pass over the predictors a step.</summary>
/// <remarks>
/// The rows come in canonical (hashed) order, so the first few thousand are a random sample. A fit to the sample is a start within the sampling
/// error, and its Hessian a preconditioner that makes the full problem nearly round. From there: yes/no with up to a thousand columns, quasi-Newton
/// steps (Nocedal 1980) from the Hessian of all rows in single precision; otherwise Newton steps by conjugate gradients in the sample's metric, or, over
/// sparse rows, in that of the diagonal.
/// </remarks>
sealed class RidgeSolver(RidgeObjective objective)
{
    /// <summary>How many steps the Hessian of a nearby point may take to the proof before the exact one takes over.</summary>
    const int QuickSteps = 20;

    /// <summary>Up to so many columns the Hessian of all rows costs less than the steps it saves.</summary>
    const int FullMetric = 1024;

    /// <summary>Steps that quasi-Newton directions are made of.</summary>
    const int Remembered = 24;

    readonly int _n = objective.Rows, _p = objective.Columns, _scores = objective.Scores, _dimension = objective.Dimension;
    readonly double[] _weights = objective.Weights, _l2 = objective.L2;
    readonly bool[] _used = objective.Used;

    /// <summary>The proven bound of the gap at the end.</summary>
    public double FinalGap { get; private set; }

    /// <summary>Evaluates at a point of the first rows.</summary>
    void Evaluate(Visited at, int rows) => at.Value = objective.Evaluate(at.Point, at.Gradient, rows, at.Shares);

    Shares NewShares(int rows) => new(rows * _scores, objective.HasTeacher);

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
        public readonly Shares Shares = solver.NewShares(rows);
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
            objective.Evaluate(found.Point, gradient, _n);
            FinalGap = objective.Gap(gradient);
        }
        return found;
    }

    Minimum Search(double[] start, double tolerance)
    {
        double[] point = (double[])start.Clone();
        objective.Project(point);
        if (objective.Predictors is not DensePredictors dense)
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
        var dense = (DensePredictors)objective.Predictors;
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
                weights[i] = objective.Curvature(at.Shares, i * _scores + k, _weights[i] / total);
            factors[k] = Factor(dense, weights, rows, k, single: true);
        }
        return gradient =>
        {
            var step = (double[])gradient.Clone();
            for (int k = 0; k < _scores; k++)
                factors[k].Solve(step.AsSpan(k * _p, _p));
            objective.Project(step);
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

    /// <summary>The diagonal of the Hessian as a metric, for predictors too many for a matrix.</summary>
    Func<double[], double[]> DiagonalMetric(Shares shares)
    {
        var curvature = new double[_n * _scores];
        for (int i = 0; i < curvature.Length; i++)
            curvature[i] = objective.Curvature(shares, i, _weights[i / _scores]);
        var diagonal = ((SparsePredictors)objective.Predictors).CurvatureDiagonal(curvature, _scores);
        for (int j = 0; j < diagonal.Length; j++)
            diagonal[j] = diagonal[j] + _l2[j] > 0 ? diagonal[j] + _l2[j] : 1;
        return gradient =>
        {
            var step = new double[gradient.Length];
            for (int j = 0; j < step.Length; j++)
                step[j] = gradient[j] / diagonal[j];
            objective.Project(step);
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
                curvature[i] = objective.Curvature(at.Shares, i, _weights[i]);
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
            FinalGap = objective.Gap(at.Gradient);
            if (FinalGap <= tolerance * at.Value)
                return at.Stopped(before + step, StoppedBecause.GradientIsSmall);
        }
        return at.Stopped(before + 100, StoppedBecause.IterationLimit);
    }

    /// <summary>Limited-memory quasi-Newton steps over the first rows, from the metric given, until the next promises less than a share of the value: a start.</summary>
    (Visited At, int Steps) QuasiNewton(Visited at, int rows, Func<double[], double[]> metric, double tolerance, int limit)
    {
        var memory = new StepMemory(Remembered, metric);
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
        var memory = new StepMemory(Remembered, metric);
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
        double gap = FinalGap = objective.Gap(at.Gradient);
        for (int pass = 0; pass < 4 && tolerance > 0 && gap > tolerance * Math.Abs(at.Value) && objective.SlopeGap(at.Gradient) <= 0.25 * tolerance * Math.Abs(at.Value); pass++)
        {
            objective.MoveIntercepts(at.Point, at.Gradient, at.Shares);
            Evaluate(at, _n);
            gap = FinalGap = objective.Gap(at.Gradient);
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

    /// <summary>Solves H s = g until the residual, squared in the metric, is the share given of the gradient's, or until its part of the gap is small enough.</summary>
    (double[] Solution, int Steps) ConjugateGradients(double[] gradient, Func<double[], double[]> metric, Shares shares, double share, double enough)
    {
        double[] solution = new double[_dimension], residual = (double[])gradient.Clone(), product = new double[_dimension];
        var scaled = metric(residual);
        var direction = (double[])scaled.Clone();
        double size = LinearAlgebra.Dot(residual, scaled), first = size;
        int step = 0;
        for (; step < 1000 && size > share * first && size > 0 && (step == 0 || enough == 0 || !(objective.SlopeGap(residual) <= enough)); step++)
        {
            objective.HessianTimes(direction, shares, product);
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
