using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>Where the minimum lies, seen from the range an accumulator covers.</summary>
public enum TemperatureRange
{
    /// <summary>Inside the range: the estimate is as good as its bounds say.</summary>
    Inside,

    /// <summary>At a temperature below the range; the estimate is the range's lowest.</summary>
    Below,

    /// <summary>At a temperature above the range; the estimate is the range's highest.</summary>
    Above,

    /// <summary>At a limit that is known exactly: 0 (separated data), +∞ (worse than chance), or 1 (scores that do not differ within rows).</summary>
    Limit,
}

/// <summary>What one pass over the rows says about the best temperature.</summary>
/// <param name="Temperature">T.</param>
/// <param name="TemperatureError">A bound on |T − exact T|, from the decay of the interpolant's coefficients and the rounding of its sums; +∞ outside the range.</param>
/// <param name="NllGap">A bound on how much higher the mean NLL is than at the exact T; +∞ outside the range.</param>
/// <param name="Range">Whether the minimum lies inside the range.</param>
/// <param name="Rows">Rows seen.</param>
/// <param name="Classes">Classes of each.</param>
/// <param name="NllBefore">Mean NLL at T = 1, exactly.</param>
/// <param name="Nll">Mean NLL at <paramref name="Temperature"/>.</param>
public sealed record TemperatureEstimate(double Temperature, double TemperatureError, double NllGap, TemperatureRange Range, long Rows, int Classes, double NllBefore, double Nll)
{
    /// <summary>The calibrator with this temperature; converged when the minimum lies inside the range.</summary>
    public TemperatureScaling Scaling => new(Temperature, Classes, new((int)Math.Min(Rows, int.MaxValue), NllBefore, Nll, Range is TemperatureRange.Inside or TemperatureRange.Limit, 1));
}

/// <summary>Temperature scaling in a single pass and constant memory: rows come in pieces of any size, and two accumulators add.</summary>
/// <remarks>
/// Kept are d NLL / d log β, β = 1/T, and the NLL itself at Chebyshev nodes of log β: 32 of each, and a few counts, however many rows there are.
/// Both are analytic in log β, so polynomials through the nodes converge geometrically; the derivative's root is the temperature. 32 nodes over T from 0.2
/// to 5 give T to about 1e−9. A minimum outside the range is said to be (<see cref="TemperatureRange"/>): make a second pass with <see cref="Wider"/>. The limits T = 0
/// and T = +∞ are found exactly in any range. Two accumulators of the same range add: <c>shard1 + shard2</c>, on other threads or other machines.
/// One accumulator belongs to one thread at a time.
/// Source: Trefethen, Approximation Theory and Approximation Practice (2013), ch. 4–8, for the interpolant and its error.
/// </remarks>
public sealed class TemperatureAccumulator
{
    // Per node: the sum over rows of dNLL/dβ and of the NLL. The last entry is not a node but β = 1.
    readonly double[] _beta, _gradient, _nll;
    readonly int _padded;

    // dNLL/dβ at β = 0, Σ (mean of z − z[label]); the NLL at β = 0, Σ log of the classes not ruled out, and at β = ∞, Σ log of ties at the top;
    // rows whose label is not the largest score; rows whose scores differ.
    double _atZero, _logTies, _logKept;
    long _misses, _varied;

    /// <summary>An empty accumulator for temperatures from <paramref name="lowest"/> to <paramref name="highest"/>.</summary>
    /// <param name="classes">Scores in a row.</param>
    /// <param name="lowest">Above 0.</param>
    /// <param name="highest">Above <paramref name="lowest"/>.</param>
    /// <param name="nodes">4 to 256; the error falls geometrically with their number, and with a narrower range.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound or count outside its range.</exception>
    public TemperatureAccumulator(int classes, double lowest = 0.2, double highest = 5, int nodes = 32)
    {
        Classes = Throw.IfLess(classes, 1);
        Lowest = Throw.IfNotPositive(lowest);
        Highest = Throw.IfNotPositive(highest);
        if (highest <= lowest) throw new ArgumentOutOfRangeException(nameof(highest), highest, $"highest is {highest}; it is above lowest, {lowest}.");
        Throw.IfLess(nodes, 4);
        if (nodes > 256) throw new ArgumentOutOfRangeException(nameof(nodes), nodes, $"nodes is {nodes}; it is at most 256.");
        Nodes = nodes;

        // Whole registers of eight: the rest are copies of β = 1 that no one reads.
        _padded = (nodes + 1 + 7) / 8 * 8;
        _beta = new double[_padded];
        _beta.AsSpan().Fill(1);
        for (int j = 0; j < nodes; j++) _beta[j] = LogMath.Exp(Center + HalfWidth * Node(j));
        _gradient = new double[_padded];
        _nll = new double[_padded];
    }

    /// <summary>Scores in a row.</summary>
    public int Classes { get; }

    /// <summary>The lowest temperature of the range.</summary>
    public double Lowest { get; }

    /// <summary>The highest temperature of the range.</summary>
    public double Highest { get; }

    /// <summary>Chebyshev nodes.</summary>
    public int Nodes { get; }

    /// <summary>Rows seen so far.</summary>
    public long Rows { get; private set; }

    // log β = Center + HalfWidth x, x from −1 (T highest) to 1 (T lowest)
    double Center => -(LogMath.Log(Lowest) + LogMath.Log(Highest)) / 2;

    double HalfWidth => (LogMath.Log(Highest) - LogMath.Log(Lowest)) / 2;

    double Node(int j) => -Math.Cos(Math.PI * (j + 0.5) / Nodes);

    /// <summary>Takes in more rows.</summary>
    /// <exception cref="ArgumentException">As <see cref="TemperatureScaling.Fit"/>; nothing was taken in.</exception>
    /// <remarks>One exponential for each score and node.</remarks>
    public void Add<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (logits.Classes != Classes)
            throw new ArgumentException($"the logits have {logits.Classes} classes; this accumulator was made for {Classes}.", nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        for (int row = 0; row < logits.Rows; row++)
        {
            Throw.IfNotScore(Kernel<T>.Max(logits[row]), row);
            Throw.IfRuledOut(logits[row][labels[row]], row, labels[row]);
        }

        // Sums of this piece first, then one addition each: rounding grows with the pieces, not with the rows.
        double[] sum0 = new double[_padded], sum1 = new double[_padded], gradient = new double[_padded], nll = new double[_padded];
        double[] gaps = new double[Together], powers = new double[Together * _padded];
        double atZero = 0;
        for (int row = 0; row < logits.Rows; row++)
        {
            var z = logits[row];
            double max = double.CreateTruncating(Kernel<T>.Max(z)), labelled = double.CreateTruncating(z[labels[row]]) - max, total = 0;
            int kept = 0, tied = 0, waiting = 0;
            bool varied = false;
            sum0.AsSpan().Clear();
            sum1.AsSpan().Clear();
            foreach (T score in z)
            {
                double d = double.CreateTruncating(score) - max;
                if (d == double.NegativeInfinity) continue;
                kept++;
                total += d;
                varied |= d < 0;
                if (d == 0) tied++;
                gaps[waiting++] = d;
                if (waiting == Together) AddPowers(gaps, ref waiting, powers, sum0, sum1);
            }
            AddPowers(gaps, ref waiting, powers, sum0, sum1);
            Collect(sum0, sum1, labelled, gradient, nll);
            atZero += total / kept - labelled;
            if (labelled < 0) _misses++;
            else if (tied > 1) _logTies += LogMath.Log(tied);
            _logKept += LogMath.Log(kept);
            if (varied) _varied++;
        }
        for (int j = 0; j < _padded; j++)
        {
            _gradient[j] += gradient[j];
            _nll[j] += nll[j];
        }
        _atZero += atZero;
        Rows += logits.Rows;
    }

    /// <summary>Scores whose exponentials are taken in one go.</summary>
    const int Together = 16;

    /// <summary>Adds e^{βd} and d e^{βd} at all nodes, for the d that wait.</summary>
    void AddPowers(ReadOnlySpan<double> gaps, ref int waiting, Span<double> powers, Span<double> sum0, Span<double> sum1)
    {
        var beta = MemoryMarshal.Cast<double, Vector512<double>>(_beta.AsSpan());
        var s0 = MemoryMarshal.Cast<double, Vector512<double>>(sum0);
        var s1 = MemoryMarshal.Cast<double, Vector512<double>>(sum1);
        powers = powers[..(waiting * _padded)];
        var e = MemoryMarshal.Cast<double, Vector512<double>>(powers);
        for (int i = 0; i < waiting; i++)
            for (int v = 0; v < beta.Length; v++) e[i * beta.Length + v] = beta[v] * gaps[i];
        Kernel<double>.Exp(powers, powers);
        for (int i = 0; i < waiting; i++)
            for (int v = 0; v < beta.Length; v++)
            {
                s0[v] += e[i * beta.Length + v];
                s1[v] += gaps[i] * e[i * beta.Length + v];
            }
        waiting = 0;
    }

    void Collect(Span<double> sum0, Span<double> sum1, double labelled, Span<double> gradient, Span<double> nll)
    {
        for (int j = 0; j < gradient.Length; j++) gradient[j] += sum1[j] / sum0[j] - labelled;
        Kernel<double>.Log(sum0, sum0);
        for (int j = 0; j < nll.Length; j++) nll[j] += sum0[j] - _beta[j] * labelled;
    }

    /// <summary>An accumulator that has seen the rows of both.</summary>
    /// <exception cref="ArgumentException">They differ in classes, range or nodes.</exception>
    public static TemperatureAccumulator operator +(TemperatureAccumulator left, TemperatureAccumulator right)
    {
        if (left.Classes != right.Classes || left.Lowest != right.Lowest || left.Highest != right.Highest || left.Nodes != right.Nodes)
            throw new ArgumentException($"one accumulator covers {left.Describe()}, the other {right.Describe()}; only equal ones add.");
        var sum = new TemperatureAccumulator(left.Classes, left.Lowest, left.Highest, left.Nodes)
        {
            Rows = left.Rows + right.Rows,
            _atZero = left._atZero + right._atZero,
            _misses = left._misses + right._misses,
            _varied = left._varied + right._varied,
            _logTies = left._logTies + right._logTies,
            _logKept = left._logKept + right._logKept,
        };
        for (int j = 0; j < sum._padded; j++)
        {
            sum._gradient[j] = left._gradient[j] + right._gradient[j];
            sum._nll[j] = left._nll[j] + right._nll[j];
        }
        return sum;
    }

    /// <summary>The same as <c>left + right</c>.</summary>
    public static TemperatureAccumulator Add(TemperatureAccumulator left, TemperatureAccumulator right) => left + right;

    string Describe() => $"{Classes} classes, T from {Lowest} to {Highest}, {Nodes} nodes";

    /// <summary>An empty accumulator for the temperatures next to this one's range, on the side where the minimum lies: for the second pass.</summary>
    /// <remarks>It reaches as far again: from 0.2…5 the next are 5…125 above and 0.008…0.2 below. Inside the range, the same range.</remarks>
    /// <exception cref="InvalidOperationException">No rows were added.</exception>
    public TemperatureAccumulator Wider()
    {
        double ratio = Highest / Lowest;
        return Estimate().Range switch
        {
            TemperatureRange.Above => new(Classes, Highest, Highest * ratio, Nodes),
            TemperatureRange.Below => new(Classes, Lowest / ratio, Lowest, Nodes),
            _ => new(Classes, Lowest, Highest, Nodes),
        };
    }

    /// <summary>The temperature that minimises the mean NLL of all rows seen, with bounds on what the single pass leaves open.</summary>
    /// <exception cref="InvalidOperationException">No rows were added.</exception>
    public TemperatureEstimate Estimate()
    {
        if (Rows == 0) throw new InvalidOperationException("the accumulator has seen no rows; Add some first.");
        double before = _nll[Nodes] / Rows;
        if (_varied == 0) return Limit(1, before);
        if (_misses == 0) return Limit(0, _logTies / Rows);
        if (_atZero >= 0) return Limit(double.PositiveInfinity, _logKept / Rows);

        // dNLL/dlogβ; it has the sign of dNLL/dβ, which rises with β: one change of sign at most.
        double[] slope = Coefficients(j => _beta[j] * _gradient[j] / Rows);
        double low = -1, high = 1;
        if (Value(slope, low) > 0) return Outside(Highest, TemperatureRange.Above, NllAt(slope, low), before);
        if (Value(slope, high) < 0) return Outside(Lowest, TemperatureRange.Below, NllAt(slope, high), before);
        for (int j = 0; j < Nodes; j++)
        {
            if (_gradient[j] <= 0) low = Math.Max(low, Node(j));
            else high = Math.Min(high, Node(j));
        }
        for (int halving = 0; halving < 100; halving++)
        {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) break;
            if (Value(slope, middle) <= 0) low = middle; else high = middle;
        }
        double x = low, temperature = LogMath.Exp(-(Center + HalfWidth * x));

        double error = Tail(slope), curvature = (Value(slope, Math.Min(x + 1e-4, 1)) - Value(slope, Math.Max(x - 1e-4, -1))) / (Math.Min(x + 1e-4, 1) - Math.Max(x - 1e-4, -1)) / HalfWidth;
        if (!(curvature > 0)) return new(temperature, double.PositiveInfinity, double.PositiveInfinity, TemperatureRange.Inside, Rows, Classes, before, NllAt(slope, x));
        return new(temperature, temperature * error / curvature, error * error / curvature / 2, TemperatureRange.Inside, Rows, Classes, before, NllAt(slope, x));
    }

    TemperatureEstimate Limit(double temperature, double nll) => new(temperature, 0, 0, TemperatureRange.Limit, Rows, Classes, _nll[Nodes] / Rows, nll);

    TemperatureEstimate Outside(double end, TemperatureRange range, double nll, double before) =>
        new(end, double.PositiveInfinity, double.PositiveInfinity, range, Rows, Classes, before, nll);

    /// <summary>The NLL at x: that of the nearest node plus the integral of the slope from there, by Gauss's rule of five points.</summary>
    double NllAt(double[] slope, double x)
    {
        int nearest = 0;
        for (int j = 1; j < Nodes; j++)
            if (Math.Abs(Node(j) - x) < Math.Abs(Node(nearest) - x)) nearest = j;
        double half = (x - Node(nearest)) / 2, middle = (x + Node(nearest)) / 2;
        double sum = 128 / 225.0 * Value(slope, middle);
        foreach (var (at, weight) in ((double, double)[])[(0.538469310105683, 0.478628670499366), (0.906179845938664, 0.236926885056189)])
            sum += weight * (Value(slope, middle - half * at) + Value(slope, middle + half * at));
        return _nll[nearest] / Rows + HalfWidth * half * sum;
    }

    /// <summary>Chebyshev coefficients of the polynomial through values at the nodes.</summary>
    double[] Coefficients(Func<int, double> value)
    {
        var coefficients = new double[Nodes];
        for (int k = 0; k < Nodes; k++)
        {
            double sum = 0;
            for (int j = 0; j < Nodes; j++) sum += value(j) * Math.Cos(Math.PI * k * (Nodes - j - 0.5) / Nodes);
            coefficients[k] = sum * (k == 0 ? 1.0 : 2.0) / Nodes;
        }
        return coefficients;
    }

    /// <summary>Clenshaw's recurrence.</summary>
    static double Value(double[] coefficients, double x)
    {
        double b1 = 0, b2 = 0;
        for (int k = coefficients.Length - 1; k > 0; k--) (b1, b2) = (coefficients[k] + 2 * x * b1 - b2, b1);
        return coefficients[0] + x * b1 - b2;
    }

    /// <summary>
    /// What the polynomial leaves out: coefficients beyond the last, which go on falling as those of the second half do, counted twice (left out, and folded back onto the others)
    /// and once more for what a smooth fall may hide, plus the rounding of the sums.
    /// </summary>
    static double Tail(double[] coefficients)
    {
        int n = coefficients.Length, quarter = Math.Max(n / 4, 1);
        double size = coefficients.Sum(Math.Abs), late = Largest(n - quarter, n), early = Largest(n - 2 * quarter, n - quarter);
        double fall = Math.Clamp(Math.Pow(late / Math.Max(early, double.Epsilon), 1.0 / quarter), 0.1, 0.97);
        return 4 * late * fall / (1 - fall) + 1e-15 * size;

        double Largest(int from, int to)
        {
            double largest = 0;
            for (int k = from; k < to; k++) largest = Math.Max(largest, Math.Abs(coefficients[k]));
            return largest;
        }
    }
}
