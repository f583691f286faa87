using System.Runtime.InteropServices;
using Logits.Optimization;
using Logits.Randomness;

namespace Logits.Regression;

/// <summary>Rows that are read from somewhere, block after block, as often as asked: a file larger than memory.</summary>
public interface IRowSource
{
    /// <summary>The number of predictors p in a row; there is no column of ones among them.</summary>
    int Columns { get; }

    /// <summary>The names of the predictors.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Starts again at the first row.</summary>
    void Rewind();

    /// <summary>Reads the next rows: predictors row after row, responses 0 to 1, weights.</summary>
    /// <returns>How many rows were read; 0 at the end.</returns>
    int Read(Span<double> predictors, Span<double> responses, Span<double> weights);
}

/// <summary>Yes/no models of data that do not fit into memory: a pass over the rows a Newton step, p² numbers kept.</summary>
/// <remarks>
/// One pass finds means and scales, and draws a sample whose own optimum is the start; every further pass adds up likelihood, gradient and information in blocks,
/// so memory does not grow with the rows. Four further passes usually reach the optimum to rounding. The order of the rows decides the last bits here, since rows
/// cannot be sorted.
/// </remarks>
public sealed class StreamedLogit
{
    const int Block = 1024;

    StreamedLogit(IReadOnlyList<string> names, double[] estimates, Matrix covariance, double logLikelihood, double objective, double gap, long rows, int passes, bool converged) =>
        (Names, Estimates, Covariance, LogLikelihood, ObjectiveValue, GapBound, Rows, Passes, Converged) = (names, estimates, covariance, logLikelihood, objective, gap, rows, passes, converged);

    /// <summary>The parameters, the constant first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The parameters, in the units of the columns as given.</summary>
    public IReadOnlyList<double> Estimates { get; }

    /// <summary>The inverse information; without a penalty it is the covariance of the estimates.</summary>
    public Matrix Covariance { get; }

    /// <summary>Σ w log P(y).</summary>
    public double LogLikelihood { get; }

    /// <summary>Mean loss plus penalty.</summary>
    public double ObjectiveValue { get; }

    /// <summary>
    /// <see cref="ObjectiveValue"/> is within this of the minimum, by self-concordance (Bach, Self-concordant analysis for logistic regression, 2010) with the longest row for its constant;
    /// rounding is included by an estimate, 1e-15 of the objective. +∞ where nothing follows, as after too few steps.
    /// </summary>
    public double GapBound { get; }

    /// <summary>The rows read in a pass.</summary>
    public long Rows { get; }

    /// <summary>How often the rows were read.</summary>
    public int Passes { get; }

    /// <summary>Whether the decrement reached the rounding of the objective.</summary>
    public bool Converged { get; }

    /// <summary>Fits mean loss + λ/2·|β|², the constant free; λ = 0 is maximum likelihood.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="lambda">λ, at least 0.</param>
    /// <exception cref="ArgumentException">There are no rows or only one outcome, a predictor is not finite, a response is not 0 to 1, or a weight is below 0.</exception>
    /// <exception cref="RankDeficientException">A column is constant, or a combination of others, and λ is 0.</exception>
    public static StreamedLogit Fit(IRowSource rows, double lambda = 0)
    {
        Throw.IfNegative(lambda);
        int p = rows.Columns + 1;
        string[] names = [DesignMatrix.InterceptName, .. rows.Names];
        var moments = new Moments(p);
        var sample = new RowSample(rows);
        double[] x = new double[Block * (p - 1)], y = new double[Block], w = new double[Block], wide = new double[Block * p];
        double yes = 0;
        long count = 0;
        rows.Rewind();
        for (int n; (n = rows.Read(x, y, w)) > 0; count += n)
        {
            Widen(x, n, p, wide);
            moments.Add(wide, n, p, w);
            for (int i = 0; i < n; i++)
            {
                if (!(y[i] >= 0 && y[i] <= 1))
                    throw new ArgumentException($"the response of row {count + i} is {y[i]}; it is 0 to 1.", nameof(rows));
                if (!(w[i] >= 0 && double.IsFinite(w[i])))
                    throw new ArgumentException($"the weight of row {count + i} is {w[i]}; it is at least 0 and finite.", nameof(rows));
                yes += w[i] * y[i];
                sample.Add(x.AsSpan(i * (p - 1), p - 1), y[i], w[i]);
            }
        }
        double total = moments.Weight;
        if (count == 0)
            throw new ArgumentException("the source has no complete rows.", nameof(rows));
        if (yes == 0 || yes == total)
            Throw.OnlyOneOutcome(yes == 0 ? "0" : "1");
        double[] mean = moments.Means, scale = moments.Variances();
        for (int j = 1; j < p; j++)
        {
            if (!double.IsFinite(mean[j]))
                throw new ArgumentException($"column {names[j]} holds a value that is not finite, or too large to be added up; leave the row out or transform the column.", nameof(rows));
            // Squares that overflow, or vanish although the column is not 0.
            if (!double.IsFinite(scale[j]) || !(Math.Abs(mean[j]) < 1e153) || (scale[j] < 1e-303 && mean[j] != 0 && Math.Abs(mean[j]) < 1e-148))
                Throw.ColumnOutOfRange(names[j], Math.Abs(mean[j]));
            scale[j] = Math.Sqrt(scale[j]);
            if (!(scale[j] > 1e-13 * Math.Abs(mean[j])))
                throw new RankDeficientException(names[j], $"column {names[j]} is {mean[j]:R} in every row: its effect cannot be told from the constant. Leave it out.");
        }
        (mean[0], scale[0]) = (0, 1);

        double[] start = new double[p];
        start[0] = Math.Log(yes / (total - yes));
        int passes = 1;
        if (sample.IsPart && sample.Rows >= 20 * p)
        {
            // The sample's optimum is within the sampling error of the one of all rows: every step taken there saves a pass.
            var part = new Descent(sample, mean, scale, sample.Weight, lambda);
            if (part.Solve(start, 0.1 * p / sample.Rows, 12, out _) is not null && LinearAlgebra.LargestAbsolute(part.Point) < 30)
                start = part.Point;
        }
        var descent = new Descent(rows, mean, scale, total, lambda);
        var factor = descent.Solve(start, 0, 60, out int failed) ?? throw new RankDeficientException(names[failed],
            $"column {names[failed]} is a linear combination of the columns before it, or separates the outcomes. Leave it out, or fit with a penalty.");
        passes += descent.Passes;

        // The next step is known already; taking it costs no pass and gains the last digits.
        double penalty = 0;
        for (int j = 0; j < p; j++)
            descent.Point[j] -= descent.Step[j];
        for (int j = 1; j < p; j++)
            penalty += 0.5 * lambda / (scale[j] * scale[j]) * descent.Point[j] * descent.Point[j];
        var map = new Matrix(p, p);
        map[0, 0] = 1;
        for (int j = 1; j < p; j++)
        {
            map[j, j] = 1 / scale[j];
            map[0, j] = -mean[j] / scale[j];
        }
        var inverse = factor.Inverse();
        double trace = 0;
        for (int j = 0; j < p; j++)
            trace += inverse[j, j];
        // The longest row in the norm of the inverse information is at most its length times the root of the largest eigenvalue.
        double gap = Certificate.Bound(Math.Max(0, descent.Decrement), descent.LongestRow * Math.Sqrt(trace)).Gap + Certificate.Rounding(descent.Value);
        var covariance = Matrix.Sandwich(map, inverse);
        for (int i = 0; i < covariance.Data.Length; i++)
            covariance.Data[i] /= total;
        return new(names, map.Times(descent.Point), covariance, -(descent.Value - penalty) * total, descent.Value, gap, count, passes, descent.Converged);
    }

    /// <summary>Predictors with a column of ones in front.</summary>
    static void Widen(double[] x, int rows, int p, double[] wide)
    {
        for (int i = 0; i < rows; i++)
        {
            wide[i * p] = 1;
            x.AsSpan(i * (p - 1), p - 1).CopyTo(wide.AsSpan(i * p + 1));
        }
    }

    /// <summary>Newton's method on standardized columns, a pass over the rows a step.</summary>
    sealed class Descent(IRowSource rows, double[] mean, double[] scale, double total, double lambda)
    {
        readonly double[] _inverse = [.. scale.Select(s => 1 / s)], _gradient = new double[mean.Length], _information = new double[mean.Length * mean.Length];
        readonly double[] _x = new double[Block * (mean.Length - 1)], _y = new double[Block], _w = new double[Block], _wide = new double[Block * mean.Length], _curve = new double[Block];

        public double[] Point { get; private set; } = [];

        /// <summary>What to subtract from <see cref="Point"/> next.</summary>
        public double[] Step { get; private set; } = [];

        /// <summary>The objective at <see cref="Point"/>.</summary>
        public double Value { get; private set; }

        public double Decrement { get; private set; }

        /// <summary>The largest Euclidean norm of a standardized row.</summary>
        public double LongestRow { get; private set; }
        public int Passes { get; private set; }
        public bool Converged { get; private set; }

        /// <summary>Goes on until the decrement is at most <paramref name="enough"/>, or at the rounding of the value: the factor of the information there. Null where a column has none of its own.</summary>
        public Cholesky? Solve(double[] start, double enough, int limit, out int failed)
        {
            int p = start.Length;
            Point = (double[])start.Clone();
            Value = Pass(Point);
            for (double best = double.PositiveInfinity; ; best = Math.Min(best, Decrement))
            {
                if (Cholesky.Factor(_information, p, 1e-13, out failed) is not { } factor)
                    return null;
                Step = (double[])_gradient.Clone();
                factor.Solve(Step);
                Decrement = LinearAlgebra.Dot(Step, _gradient);
                bool flat = Decrement < 1e-22 * (1 + Value), small = Decrement < 1e-9;
                if (flat || Decrement <= enough || Passes > limit || (small && Decrement > 0.25 * best))
                {
                    Converged = small;
                    return factor;
                }
                var trial = new double[p];
                for (double length = 1; ; length /= 2)
                {
                    for (int j = 0; j < p; j++)
                        trial[j] = Point[j] - length * Step[j];
                    double reached = Pass(trial);
                    if (reached <= Value - 1e-4 * length * Decrement || length < 1e-6 || small)
                    {
                        (Point, Value) = (trial, reached);
                        break;
                    }
                }
            }
        }

        /// <summary>The objective, its gradient and the information.</summary>
        double Pass(double[] at)
        {
            Passes++;
            int p = at.Length;
            var sum = new ExactSum();
            double longest = 0;
            Array.Clear(_gradient);
            Array.Clear(_information);
            rows.Rewind();
            for (int n; (n = rows.Read(_x, _y, _w)) > 0;)
            {
                Widen(_x, n, p, _wide);
                Standardization.Scale(_wide, n, p, mean, _inverse);
                double part = 0;
                for (int i = 0; i < n; i++)
                {
                    var row = _wide.AsSpan(i * p, p);
                    longest = Math.Max(longest, LinearAlgebra.Dot(row, row));
                    double z = LinearAlgebra.Dot(row, at), e = Math.Exp(-Math.Abs(z)), large = 1 / (1 + e), small = e * large, y = _y[i], weight = _w[i] / total;
                    // y·softplus(−z) + (1 − y)·softplus(z)
                    part += weight * (LogMath.Log1P(e) + (z > 0 ? (1 - y) * z : -y * z));
                    LinearAlgebra.AddScaled(weight * ((z >= 0 ? large : small) - y), row, _gradient);
                    _curve[i] = weight * small * large;
                }
                sum.Add(part);
                WeightedGram.Add(_wide, n, p, _curve, _information);
            }
            LongestRow = Math.Sqrt(longest);
            double loss = sum.Value;
            for (int j = 1; j < p; j++)
            {
                double l2 = lambda * _inverse[j] * _inverse[j];
                loss += 0.5 * l2 * at[j] * at[j];
                _gradient[j] += l2 * at[j];
                _information[j * p + j] += l2;
            }
            return loss;
        }
    }
}

/// <summary>Rows drawn from a stream of unknown length, each as likely as any other and the same in every run; where the stream is short, all of them.</summary>
/// <remarks>Source: Vitter, Random Sampling with a Reservoir (1985).</remarks>
sealed class RowSample : IRowSource
{
    /// <summary>The numbers held: 16 MB.</summary>
    const int Numbers = 1 << 21;

    const int Most = 1 << 16;
    const ulong Seed = 0x5EED;

    readonly int _capacity;
    readonly List<double> _x = [], _y = [], _w = [];
    long _seen;
    int _at;

    public RowSample(IRowSource of)
    {
        (Columns, Names) = (of.Columns, of.Names);
        _capacity = Math.Clamp(Numbers / Math.Max(1, Columns), 1, Most);
    }

    public int Columns { get; }
    public IReadOnlyList<string> Names { get; }

    /// <summary>The rows held.</summary>
    public int Rows => _y.Count;

    /// <summary>Whether there were more rows than are held.</summary>
    public bool IsPart => _seen > Rows;

    /// <summary>Σ of the weights held.</summary>
    public double Weight => _w.Sum();

    public void Add(ReadOnlySpan<double> x, double y, double w)
    {
        _seen++;
        if (Rows < _capacity)
        {
            _x.AddRange(x);
            _y.Add(y);
            _w.Add(w);
            return;
        }
        long at = (long)(Philox.Uniform(Seed, (ulong)_seen) * _seen);
        if (at >= _capacity)
            return;
        int to = (int)at;
        x.CopyTo(CollectionsMarshal.AsSpan(_x).Slice(to * Columns, Columns));
        (_y[to], _w[to]) = (y, w);
    }

    public void Rewind() => _at = 0;

    public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
    {
        int count = Math.Min(responses.Length, Rows - _at);
        CollectionsMarshal.AsSpan(_x).Slice(_at * Columns, count * Columns).CopyTo(predictors);
        for (int i = 0; i < count; i++, _at++)
            (responses[i], weights[i]) = (_y[_at], _w[_at]);
        return count;
    }
}
