using System.Buffers;
using System.Runtime.Intrinsics;

namespace Logits.Metrics;

/// <summary>∫₀¹ |(1/n) Σᵢ K_σ(t, cᵢ) rᵢ| dt for any σ, without looking at every forecast for every t.</summary>
/// <remarks>
/// A fast Gauss transform. [0, 1] is cut into boxes no wider than σ/2. A forecast at distance δ from its box's centre b contributes
///   φ((t − b − δ)/σ) = φ(u) Σₘ (δ/σ)ᵐ/m! Heₘ(u),   u = (t − b)/σ,
/// so a box is known by its moments Σ r δᵐ. With |δ/σ| ≤ 0.3 seventeen of them leave an error below 1e-16.
/// Centres lie on the grid of the integral, so φ·Heₘ is tabulated once for each σ and a box is added as seventeen scaled table rows.
/// </remarks>
sealed class ResidualSmoother(Forecasts forecasts, int leastIntervals = 2000) : IDisposable
{
    const int Moments = 17, Lanes = 8;
    const double Reach = 8.6;   // φ(8.6) < 1e-16 φ(0)

    readonly double[] _residuals = Residuals(forecasts);   // times weights; rented
    int _intervals, _cells;     // of the grid; grid cells in a box
    double[] _moments = [];     // [box × Moments + m]
    double[] _table = [], _spread = [];

    /// <summary>Counts the i-th forecast (in sorted order) weights[i] times; the weights add up to the number of forecasts.</summary>
    public void Weigh(int[] weights)
    {
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        for (int i = 0; i < weights.Length; i++) _residuals[i] = weights[i] * (y[i] ? c[i] - 1 : c[i]);
        _intervals = 0;
    }

    static double[] Residuals(Forecasts forecasts)
    {
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        double[] residuals = ArrayPool<double>.Shared.Rent(c.Length);
        for (int i = 0; i < c.Length; i++) residuals[i] = y[i] ? c[i] - 1 : c[i];
        return residuals;
    }

    public void Dispose() => ArrayPool<double>.Shared.Return(_residuals);

    public double Error(double sigma)
    {
        int intervals = Math.Max(leastIntervals, (int)Math.Ceiling(8 / sigma)), cells = 1;
        while (cells * 4 <= sigma * intervals) cells *= 2;
        // Boxes half as wide as they might be serve as well; a search for σ should not cut anew at every step.
        if (intervals != _intervals || (cells != _cells && cells != 2 * _cells)) Cut(intervals, cells);

        double[] density = Densities(sigma);
        var sum = new Sum();
        for (int i = 0; i <= intervals; i++)
            sum.Add(i == 0 || i == intervals ? Math.Abs(density[i]) / 2 : Math.Abs(density[i]));
        return sum.Value / (intervals * (double)forecasts.Count * sigma * Math.Sqrt(2 * Math.PI));
    }

    /// <summary>Σᵢ K_σ(t, cᵢ) rᵢ on the grid, times σ√(2π).</summary>
    double[] Densities(double sigma)
    {
        int reach = (int)Math.Ceiling(Reach * sigma * _intervals), width = (2 * reach + 1 + Lanes - 1) / Lanes * Lanes;
        Tabulate(sigma, reach, width);

        // The unreflected sum, from reach points before 0 to as many after 1 (and the lanes' overhang).
        int length = _intervals + 1 + 2 * reach + _cells + Lanes;
        if (_spread.Length < length) _spread = new double[length];
        Span<double> spread = _spread.AsSpan(0, length);
        spread.Clear();
        for (int box = 0; box * Moments < _moments.Length; box++)
        {
            ReadOnlySpan<double> a = _moments.AsSpan(box * Moments, Moments);
            if (a.IndexOfAnyExcept(0.0) < 0) continue;   // nobody home
            Span<double> to = spread[(box * _cells + _cells / 2)..];
            for (int j = 0; j < width; j += Lanes)
            {
                Vector512<double> sum = Vector512.Create<double>(to[j..]);
                for (int m = 0; m < Moments; m++) sum += a[m] * Vector512.Create<double>(_table.AsSpan(m * width + j, Lanes));
                sum.CopyTo(to[j..]);
            }
        }

        // Reflection at 0 and 1: sources at ±c + 2m are the same sum read at t − 2m and at 2m − t.
        var density = new double[_intervals + 1];
        int period = 2 * _intervals;
        for (int i = 0; i < density.Length; i++)
        {
            for (int at = i + reach; at >= 0; at -= period) density[i] += spread[at];
            for (int at = i + reach + period; at < _intervals + 1 + 2 * reach; at += period) density[i] += spread[at];
            for (int at = reach - i; at >= 0; at -= period) density[i] += spread[at];
            for (int at = reach - i + period; at < _intervals + 1 + 2 * reach; at += period) density[i] += spread[at];
        }
        return density;
    }

    /// <summary>φ(u) Heₘ(u)/(m! σᵐ) at u = j/(intervals·σ), j = −reach … reach, zero beyond.</summary>
    void Tabulate(double sigma, int reach, int width)
    {
        if (_table.Length < Moments * width) _table = new double[Moments * width];
        for (int j = 0; j < width; j++)
        {
            double u = (j - reach) / (_intervals * sigma);
            double previous = 0, h = j > 2 * reach ? 0 : Math.Exp(-0.5 * u * u);
            for (int m = 0; m < Moments; m++)
            {
                _table[m * width + j] = h;
                (previous, h) = (h, (u * h - previous / sigma) / ((m + 1) * sigma));
            }
        }
    }

    void Cut(int intervals, int cells)
    {
        (_intervals, _cells) = (intervals, cells);
        int boxes = (intervals + cells - 1) / cells;
        _moments = new double[boxes * Moments];
        ReadOnlySpan<double> c = forecasts.Probabilities;
        for (int start = 0; start < c.Length;)
        {
            // Sorted forecasts fill one box after the other.
            int box = Box(c[start]), end = start + 1;
            for (int high = c.Length; end < high;)
            {
                int middle = end + (high - end) / 2;
                if (Box(c[middle]) > box) high = middle;
                else end = middle + 1;
            }
            AddMoments(start, end, (double)(box * cells + cells / 2) / intervals, _moments.AsSpan(box * Moments, Moments));
            start = end;
        }

        int Box(double probability) => Math.Min((int)(probability * intervals) / cells, boxes - 1);
    }

    /// <summary>Adds Σ w r δᵐ of the forecasts from <paramref name="start"/> to before <paramref name="end"/>, eight at a time.</summary>
    void AddMoments(int start, int end, double centre, Span<double> moments)
    {
        Span<Vector512<double>> sums = stackalloc Vector512<double>[Moments];
        sums.Clear();
        Span<double> rest = stackalloc double[2 * Lanes];
        rest.Clear();
        ReadOnlySpan<double> c = forecasts.Probabilities, residuals = _residuals;
        for (int i = start; i < end; i += Lanes)
        {
            Vector512<double> term, delta;
            if (i + Lanes <= end) (term, delta) = (Vector512.Create(residuals[i..]), Vector512.Create(c[i..]) - Vector512.Create(centre));
            else
            {
                residuals[i..end].CopyTo(rest);
                c[i..end].CopyTo(rest[Lanes..]);
                (term, delta) = (Vector512.Create<double>(rest), Vector512.Create<double>(rest[Lanes..]) - Vector512.Create(centre));
            }
            for (int m = 0; m < sums.Length; m++)
            {
                sums[m] += term;
                term *= delta;
            }
        }
        for (int m = 0; m < Moments; m++)
        {
            var half = sums[m].GetLower() + sums[m].GetUpper();
            var quarter = half.GetLower() + half.GetUpper();
            moments[m] = quarter[0] + quarter[1];
        }
    }
}
