using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Mean NLL of softmax(wₖ zₖ + bₖ): variables w (one for all, or one for each class) and then b (one for each class).</summary>
/// <remarks>Eight classes at a time and the rest one by one, whatever the machine's registers: the same bits on all.</remarks>
/// <param name="z">Rows × classes, finite; classes ruled out are −∞ and get probability 0 whatever w and b.</param>
/// <param name="labels">One for each row.</param>
/// <param name="classes">k.</param>
/// <param name="weights">1 for a shared weight, k for one each, 0 when the weight is held at <paramref name="fixedWeight"/>.</param>
/// <param name="fixedWeight">The weight that is not a variable.</param>
/// <param name="pull">A penalty on each (wₖ − 1)² and bₖ².</param>
sealed class ClasswiseObjective(double[] z, int[] labels, int classes, int weights, double fixedWeight = 0, double pull = 0) : ICurvedObjective
{
    readonly double[] _p = new double[z.Length];
    readonly bool _masked = z.AsSpan().Contains(double.NegativeInfinity);

    // k entries each: per-class sums of a sweep; a direction's weights and biases.
    readonly double[] _sumZ = new double[classes], _sum = new double[classes], _w = new double[classes], _b = new double[classes];

    public int Dimension => weights + classes;

    int Rows => labels.Length;

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        Spread(point, fixedWeight);
        _sumZ.AsSpan().Clear();
        _sum.AsSpan().Clear();
        double value = 0;
        for (int row = 0; row < Rows; row++)
        {
            var x = z.AsSpan(row * classes, classes);
            var p = _p.AsSpan(row * classes, classes);
            value += SoftmaxOf(x, p, labels[row]);
            AddTo(x, p, _sumZ, _sum);
            // The labelled class counts p − 1.
            _sumZ[labels[row]] -= x[labels[row]];
            _sum[labels[row]] -= 1;
        }
        Collect(gradient, 1.0 / Rows);
        value /= Rows;
        if (pull > 0)
            for (int i = 0; i < point.Length; i++)
            {
                double away = i < weights ? point[i] - 1 : point[i];
                value += pull * away * away;
                gradient[i] += 2 * pull * away;
            }
        return value;
    }

    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> result)
    {
        Spread(direction, 0);
        _sumZ.AsSpan().Clear();
        _sum.AsSpan().Clear();
        Span<double> t = classes <= 512 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < Rows; row++)
        {
            var x = z.AsSpan(row * classes, classes);
            var p = _p.AsSpan(row * classes, classes);
            // d = w z + b along the direction; the softmax moves by p (d − Σ p d).
            double mean = MeanAlong(x, p, t);
            AddMoved(x, p, t, mean);
        }
        Collect(result, 1.0 / Rows);
        LinearAlgebra.AddScaled(2 * pull, direction, result);
    }

    public void HessianDiagonal(Span<double> diagonal)
    {
        _sumZ.AsSpan().Clear();
        _sum.AsSpan().Clear();
        for (int row = 0; row < Rows; row++)
            for (int k = 0; k < classes; k++)
            {
                double p = _p[row * classes + k], x = z[row * classes + k], spread = p * (1 - p);
                if (p == 0) continue;
                _sum[k] += spread;
                _sumZ[k] += spread * x * x;
            }
        Collect(diagonal, 1.0 / Rows);
        foreach (ref double d in diagonal) d += 2 * pull;
    }

    /// <summary>Lays a point out as one weight and one bias for each class.</summary>
    void Spread(ReadOnlySpan<double> point, double fixedTo)
    {
        if (weights == classes && weights > 0) point[..classes].CopyTo(_w);
        else _w.AsSpan().Fill(weights == 1 ? point[0] : fixedTo);
        point[weights..].CopyTo(_b);
    }

    void Collect(Span<double> result, double scale)
    {
        for (int k = 0; k < classes; k++) result[weights + k] = scale * _sum[k];
        if (weights == 1 && classes > 1)
        {
            double sum = 0;
            foreach (double part in _sumZ) sum += part;
            result[0] = scale * sum;
        }
        else
            for (int k = 0; k < weights; k++) result[k] = scale * _sumZ[k];
    }

    /// <summary>p ← softmax(w x + b); returns the row's NLL.</summary>
    double SoftmaxOf(ReadOnlySpan<double> x, Span<double> p, int label)
    {
        var xs = MemoryMarshal.Cast<double, Vector512<double>>(x);
        var ps = MemoryMarshal.Cast<double, Vector512<double>>(p);
        var ws = MemoryMarshal.Cast<double, Vector512<double>>(_w);
        var bs = MemoryMarshal.Cast<double, Vector512<double>>(_b);
        int tail = xs.Length * Vector512<double>.Count;
        if (_masked)
        {
            tail = 0;
            xs = default;
        }
        for (int v = 0; v < xs.Length; v++) ps[v] = Vector512.FusedMultiplyAdd(ws[v], xs[v], bs[v]);
        for (int k = tail; k < x.Length; k++) p[k] = x[k] == double.NegativeInfinity ? x[k] : _w[k] * x[k] + _b[k];

        double max = Kernel<double>.Max(p), chosen = p[label] - max;
        var top = Vector512.Create(max);
        for (int v = 0; v < xs.Length; v++) ps[v] -= top;
        for (int k = tail; k < x.Length; k++) p[k] -= max;
        Kernel<double>.Exp(p, p);
        Vector512<double> total = default;
        for (int v = 0; v < xs.Length; v++) total += ps[v];
        double sum = LinearAlgebra.Total(total);
        for (int k = tail; k < x.Length; k++) sum += p[k];

        double scale = 1 / sum;
        for (int v = 0; v < xs.Length; v++) ps[v] *= scale;
        for (int k = tail; k < x.Length; k++) p[k] *= scale;
        return LogMath.Log(sum) - chosen;
    }

    /// <summary>Σ p x and Σ p for each class.</summary>
    void AddTo(ReadOnlySpan<double> x, ReadOnlySpan<double> p, Span<double> sumZ, Span<double> sum)
    {
        var xs = MemoryMarshal.Cast<double, Vector512<double>>(x);
        var ps = MemoryMarshal.Cast<double, Vector512<double>>(p);
        var zs = MemoryMarshal.Cast<double, Vector512<double>>(sumZ);
        var ss = MemoryMarshal.Cast<double, Vector512<double>>(sum);
        if (_masked) xs = default;
        for (int v = 0; v < xs.Length; v++)
        {
            zs[v] = Vector512.FusedMultiplyAdd(ps[v], xs[v], zs[v]);
            ss[v] += ps[v];
        }
        for (int k = xs.Length * Vector512<double>.Count; k < x.Length; k++)
        {
            if (p[k] == 0) continue;   // 0 × −∞
            sumZ[k] += p[k] * x[k];
            sum[k] += p[k];
        }
    }

    /// <summary>d ← w x + b for the direction at hand; returns Σ p d.</summary>
    double MeanAlong(ReadOnlySpan<double> x, ReadOnlySpan<double> p, Span<double> d)
    {
        var xs = MemoryMarshal.Cast<double, Vector512<double>>(x);
        var ps = MemoryMarshal.Cast<double, Vector512<double>>(p);
        var ds = MemoryMarshal.Cast<double, Vector512<double>>(d);
        var ws = MemoryMarshal.Cast<double, Vector512<double>>(_w);
        var bs = MemoryMarshal.Cast<double, Vector512<double>>(_b);
        if (_masked) xs = default;
        Vector512<double> total = default;
        for (int v = 0; v < xs.Length; v++)
        {
            var along = Vector512.FusedMultiplyAdd(ws[v], xs[v], bs[v]);
            ds[v] = along;
            total = Vector512.FusedMultiplyAdd(ps[v], along, total);
        }
        double sum = LinearAlgebra.Total(total);
        for (int k = xs.Length * Vector512<double>.Count; k < x.Length; k++)
        {
            d[k] = p[k] == 0 ? 0 : _w[k] * x[k] + _b[k];
            sum += p[k] * d[k];
        }
        return sum;
    }

    /// <summary>Adds t x and t, t = p (d − mean), to the per-class sums.</summary>
    void AddMoved(ReadOnlySpan<double> x, ReadOnlySpan<double> p, ReadOnlySpan<double> d, double mean)
    {
        var xs = MemoryMarshal.Cast<double, Vector512<double>>(x);
        var ps = MemoryMarshal.Cast<double, Vector512<double>>(p);
        var ds = MemoryMarshal.Cast<double, Vector512<double>>(d);
        var zs = MemoryMarshal.Cast<double, Vector512<double>>(_sumZ.AsSpan());
        var ss = MemoryMarshal.Cast<double, Vector512<double>>(_sum.AsSpan());
        if (_masked) xs = default;
        var center = Vector512.Create(mean);
        for (int v = 0; v < xs.Length; v++)
        {
            var t = ps[v] * (ds[v] - center);
            zs[v] = Vector512.FusedMultiplyAdd(t, xs[v], zs[v]);
            ss[v] += t;
        }
        for (int k = xs.Length * Vector512<double>.Count; k < x.Length; k++)
        {
            if (p[k] == 0) continue;
            double t = p[k] * (d[k] - mean);
            _sumZ[k] += t * x[k];
            _sum[k] += t;
        }
    }
}
