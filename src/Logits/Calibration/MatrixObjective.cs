using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Weights of the squared penalties on a matrix map's distance from the identity, per entry and in units of the mean NLL.</summary>
/// <param name="Diagonal">On (Wₖₖ − 1)².</param>
/// <param name="OffDiagonal">On Wₖⱼ², k ≠ j.</param>
/// <param name="Bias">On bₖ².</param>
readonly record struct MatrixPenalty(double Diagonal, double OffDiagonal, double Bias);

/// <summary>Mean NLL of softmax(z + Δ z + b) plus squared penalties. Variables: Δᵀ (class by class the weights a score spreads to all outputs), then b.</summary>
/// <remarks>
/// At the zero point nothing is changed and nothing is penalised, so the minimum is never worse than leaving the scores alone.
/// Rows are worked in fixed pieces whose sums are added in their order, and eight outputs at a time: the same bits for any number of threads and any registers.
/// </remarks>
sealed class MatrixObjective : ICurvedObjective
{
    // Below this many multiply-adds a sweep is shorter than waking a thread.
    const double WorthThreads = 1e6;

    readonly double[] _z, _p, _moved;
    readonly int[] _labels;
    readonly int _classes;
    readonly MatrixPenalty _penalty;
    readonly double[][] _sums;
    readonly double[] _values;

    /// <param name="z">Rows × classes, finite.</param>
    /// <param name="labels">One for each row.</param>
    /// <param name="classes">k.</param>
    /// <param name="penalty">Its weights.</param>
    public MatrixObjective(double[] z, int[] labels, int classes, MatrixPenalty penalty)
    {
        (_z, _labels, _classes, _penalty) = (z, labels, classes, penalty);
        (_p, _moved) = (new double[z.Length], new double[z.Length]);
        int pieces = Math.Clamp(labels.Length / 256, 1, 16);
        _sums = new double[pieces][];
        for (int piece = 0; piece < pieces; piece++) _sums[piece] = new double[Dimension];
        _values = new double[pieces];
    }

    public int Dimension => _classes * _classes + _classes;

    int Rows => _labels.Length;

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double[] at = point.ToArray();
        double value = OverPieces(gradient, (from, to, sums) =>
        {
            int start = from * _classes, length = (to - from) * _classes;
            Spread(at, _z.AsSpan(start, length), _p.AsSpan(start, length));
            double nll = 0;
            for (int row = from; row < to; row++)
            {
                var p = _p.AsSpan(row * _classes, _classes);
                LinearAlgebra.AddScaled(1, _z.AsSpan(row * _classes, _classes), p);
                double max = Kernel<double>.Max(p), chosen = p[_labels[row]] - max, sum = ExpMinus(p, max);
                nll += LogMath.Log(sum) - chosen;
                foreach (ref double probability in p) probability /= sum;
            }
            var residual = _moved.AsSpan(start, length);
            _p.AsSpan(start, length).CopyTo(residual);
            for (int row = from; row < to; row++) residual[(row - from) * _classes + _labels[row]] -= 1;
            Gather(_z.AsSpan(start, length), residual, sums);
            return nll;
        });
        return value / Rows + AddPenalty(point, gradient);
    }

    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> result)
    {
        double[] along = direction.ToArray();
        OverPieces(result, (from, to, sums) =>
        {
            int start = from * _classes, length = (to - from) * _classes;
            var moved = _moved.AsSpan(start, length);
            Spread(along, _z.AsSpan(start, length), moved);
            for (int row = from; row < to; row++)
            {
                var p = _p.AsSpan(row * _classes, _classes);
                var d = _moved.AsSpan(row * _classes, _classes);
                double mean = LinearAlgebra.Dot(p, d);
                for (int k = 0; k < d.Length; k++) d[k] = p[k] * (d[k] - mean);
            }
            Gather(_z.AsSpan(start, length), moved, sums);
            return 0;
        });
        AddPenalty(direction, result);
    }

    public void HessianDiagonal(Span<double> diagonal)
    {
        double[] squares = Array.ConvertAll(_z, x => x * x);
        OverPieces(diagonal, (from, to, sums) =>
        {
            int start = from * _classes, length = (to - from) * _classes;
            var spread = _moved.AsSpan(start, length);
            for (int i = 0; i < length; i++) spread[i] = _p[start + i] * (1 - _p[start + i]);
            Gather(squares.AsSpan(start, length), spread, sums);
            return 0;
        });
        for (int j = 0; j < _classes; j++)
            for (int k = 0; k < _classes; k++)
                diagonal[j * _classes + k] += 2 * (j == k ? _penalty.Diagonal : _penalty.OffDiagonal);
        foreach (ref double d in diagonal[(_classes * _classes)..]) d += 2 * _penalty.Bias;
    }

    /// <summary>Sums over all rows, divided by their number, and the sum of what the pieces return.</summary>
    double OverPieces(Span<double> mean, Func<int, int, double[], double> work)
    {
        int pieces = _sums.Length;
        if ((double)_z.Length * _classes < WorthThreads)
            for (int piece = 0; piece < pieces; piece++) One(piece);
        else Parallel.For(0, pieces, One);

        mean.Clear();
        double value = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            LinearAlgebra.AddScaled(1.0 / Rows, _sums[piece], mean);
            value += _values[piece];
        }
        return value;

        void One(int piece)
        {
            _sums[piece].AsSpan().Clear();
            _values[piece] = work((int)((long)Rows * piece / pieces), (int)((long)Rows * (piece + 1) / pieces), _sums[piece]);
        }
    }

    /// <summary>y ← Δ x + b for rows of x. Four rows and two registers of outputs are worked at a time, so that eight sums stay in registers while Δ streams by.</summary>
    void Spread(double[] point, ReadOnlySpan<double> x, Span<double> y)
    {
        int n = _classes, width = Vector512<double>.Count, row = 0, rows = x.Length / n;
        ref double d = ref MemoryMarshal.GetArrayDataReference(point);
        for (; row + 4 <= rows; row += 4)
        {
            ref double a = ref MemoryMarshal.GetReference(x.Slice(row * n, 4 * n)), to = ref MemoryMarshal.GetReference(y.Slice(row * n, 4 * n));
            int k = 0;
            for (; k + 2 * width <= n; k += 2 * width)
            {
                Vector512<double> low = Vector512.LoadUnsafe(ref d, (nuint)(n * n + k)), high = Vector512.LoadUnsafe(ref d, (nuint)(n * n + k + width));
                Vector512<double> y00 = low, y01 = high, y10 = low, y11 = high, y20 = low, y21 = high, y30 = low, y31 = high;
                for (int j = 0; j < n; j++)
                {
                    low = Vector512.LoadUnsafe(ref d, (nuint)(j * n + k));
                    high = Vector512.LoadUnsafe(ref d, (nuint)(j * n + k + width));
                    var a0 = Vector512.Create(Unsafe.Add(ref a, j));
                    var a1 = Vector512.Create(Unsafe.Add(ref a, n + j));
                    var a2 = Vector512.Create(Unsafe.Add(ref a, 2 * n + j));
                    var a3 = Vector512.Create(Unsafe.Add(ref a, 3 * n + j));
                    y00 = Vector512.FusedMultiplyAdd(a0, low, y00);
                    y01 = Vector512.FusedMultiplyAdd(a0, high, y01);
                    y10 = Vector512.FusedMultiplyAdd(a1, low, y10);
                    y11 = Vector512.FusedMultiplyAdd(a1, high, y11);
                    y20 = Vector512.FusedMultiplyAdd(a2, low, y20);
                    y21 = Vector512.FusedMultiplyAdd(a2, high, y21);
                    y30 = Vector512.FusedMultiplyAdd(a3, low, y30);
                    y31 = Vector512.FusedMultiplyAdd(a3, high, y31);
                }
                y00.StoreUnsafe(ref to, (nuint)k);
                y01.StoreUnsafe(ref to, (nuint)(k + width));
                y10.StoreUnsafe(ref to, (nuint)(n + k));
                y11.StoreUnsafe(ref to, (nuint)(n + k + width));
                y20.StoreUnsafe(ref to, (nuint)(2 * n + k));
                y21.StoreUnsafe(ref to, (nuint)(2 * n + k + width));
                y30.StoreUnsafe(ref to, (nuint)(3 * n + k));
                y31.StoreUnsafe(ref to, (nuint)(3 * n + k + width));
            }
            for (int r = row; r < row + 4 && k < n; r++) SpreadRow(point, x.Slice(r * n, n), y.Slice(r * n, n), k);
        }
        for (; row < rows; row++) SpreadRow(point, x.Slice(row * n, n), y.Slice(row * n, n), 0);
    }

    /// <summary>One row's outputs from <paramref name="first"/> on.</summary>
    void SpreadRow(double[] point, ReadOnlySpan<double> x, Span<double> y, int first)
    {
        point.AsSpan(_classes * _classes + first).CopyTo(y[first..]);
        for (int j = 0; j < _classes; j++) LinearAlgebra.AddScaled(x[j], point.AsSpan(j * _classes + first, _classes - first), y[first..]);
    }

    /// <summary>Adds Σ x rᵀ, and Σ r, over rows of x and r; four rows at a time, so that each sum is read and written once for four.</summary>
    void Gather(ReadOnlySpan<double> x, ReadOnlySpan<double> r, Span<double> sums)
    {
        int n = _classes, width = Vector512<double>.Count, row = 0, rows = x.Length / n;
        for (; row + 4 <= rows; row += 4)
        {
            ref double a = ref MemoryMarshal.GetReference(x.Slice(row * n, 4 * n)), b = ref MemoryMarshal.GetReference(r.Slice(row * n, 4 * n));
            for (int j = 0; j <= n; j++)
            {
                // The last line of sums is that of the biases: x is 1.
                double x0 = 1, x1 = 1, x2 = 1, x3 = 1;
                if (j < n)
                    (x0, x1, x2, x3) = (Unsafe.Add(ref a, j), Unsafe.Add(ref a, n + j),
                        Unsafe.Add(ref a, 2 * n + j), Unsafe.Add(ref a, 3 * n + j));
                ref double to = ref MemoryMarshal.GetReference(sums.Slice(j * n, n));
                Vector512<double> a0 = Vector512.Create(x0), a1 = Vector512.Create(x1), a2 = Vector512.Create(x2), a3 = Vector512.Create(x3);
                int k = 0;
                for (; k + width <= n; k += width)
                {
                    var sum = Vector512.LoadUnsafe(ref to, (nuint)k);
                    sum = Vector512.FusedMultiplyAdd(a0, Vector512.LoadUnsafe(ref b, (nuint)k), sum);
                    sum = Vector512.FusedMultiplyAdd(a1, Vector512.LoadUnsafe(ref b, (nuint)(n + k)), sum);
                    sum = Vector512.FusedMultiplyAdd(a2, Vector512.LoadUnsafe(ref b, (nuint)(2 * n + k)), sum);
                    sum = Vector512.FusedMultiplyAdd(a3, Vector512.LoadUnsafe(ref b, (nuint)(3 * n + k)), sum);
                    sum.StoreUnsafe(ref to, (nuint)k);
                }
                for (; k < n; k++)
                    sums[j * n + k] += x0 * r[row * n + k] + x1 * r[(row + 1) * n + k] + x2 * r[(row + 2) * n + k] + x3 * r[(row + 3) * n + k];
            }
        }
        for (; row < rows; row++)
        {
            var residual = r.Slice(row * n, n);
            for (int j = 0; j < n; j++) LinearAlgebra.AddScaled(x[row * n + j], residual, sums.Slice(j * n, n));
            LinearAlgebra.AddScaled(1, residual, sums[(n * n)..]);
        }
    }

    double AddPenalty(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double value = 0;
        for (int j = 0; j < _classes; j++)
            for (int k = 0; k < _classes; k++)
            {
                double weight = j == k ? _penalty.Diagonal : _penalty.OffDiagonal, v = point[j * _classes + k];
                value += weight * v * v;
                gradient[j * _classes + k] += 2 * weight * v;
            }
        for (int k = _classes * _classes; k < point.Length; k++)
        {
            value += _penalty.Bias * point[k] * point[k];
            gradient[k] += 2 * _penalty.Bias * point[k];
        }
        return value;
    }

    static double ExpMinus(Span<double> p, double max)
    {
        foreach (ref double score in p) score -= max;
        Kernel<double>.Exp(p, p);
        var ps = MemoryMarshal.Cast<double, Vector512<double>>(p);
        Vector512<double> total = default;
        foreach (var e in ps) total += e;
        double sum = LinearAlgebra.Total(total);
        for (int k = ps.Length * Vector512<double>.Count; k < p.Length; k++) sum += p[k];
        return sum;
    }
}
