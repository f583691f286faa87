using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>G += Xᵀ diag(w) X, the one expensive step of Newton's method.</summary>
/// <remarks>
/// Rows are taken 64 at a time into two panels, x and w·x, that stay in the cache: strips of eight columns, padded with zeros, row after row. G is filled in tiles of
/// 8 × 8: a row adds the outer product of eight weighted entries and eight plain ones to registers. Every entry of G is one chain of fused additions in the order of
/// the rows, so the result does not depend on anything but the data.
/// </remarks>
static class WeightedGram
{
    const int Block = 64;

    /// <summary>Adds n rows of p columns, stored p apart; both triangles of G (p × p) are filled.</summary>
    public static void Add(ReadOnlySpan<double> x, int n, int p, ReadOnlySpan<double> weights, Span<double> gram) => Add(x, n, p, p, weights, gram);

    /// <summary>Adds n rows of p columns, stored <paramref name="stride"/> apart; both triangles of G (p × p) are filled.</summary>
    public static void Add(ReadOnlySpan<double> x, int n, int p, int stride, ReadOnlySpan<double> weights, Span<double> gram)
    {
        if (p <= 4)
        {
            AddFew(x, n, p, stride, weights, gram);
            return;
        }
        int strips = (p + Side - 1) / Side;
        double[] plain = new double[strips * Strip], scaled = new double[strips * Strip], sum = new double[strips * (strips + 1) / 2 * Side * Side];
        for (int start = 0; start < n; start += Block)
        {
            int count = Math.Min(Block, n - start);
            Pack(x[(start * stride)..], count, p, stride, weights.Slice(start, count), plain, scaled);
            Tiles(plain, scaled, count, strips, sum);
        }
        for (int a = 0; a < p; a++)
            for (int b = 0; b <= a; b++)
            {
                int tile = a / Side * (a / Side + 1) / 2 + b / Side;
                double value = gram[a * p + b] + sum[(tile * Side + a % Side) * Side + b % Side];
                gram[a * p + b] = value;
                gram[b * p + a] = value;
            }
    }

    /// <summary>
    /// Rows of Xᵀ diag(w) X: those of the columns chosen, over all columns. Rows of X are padded with zeros to whole strips, <paramref name="stride"/> apart, and read
    /// where they stand.
    /// </summary>
    /// <returns>One row of <paramref name="stride"/> numbers for every column chosen.</returns>
    public static unsafe double[][] Rows(ReadOnlySpan<double> x, int n, int stride, ReadOnlySpan<int> columns, ReadOnlySpan<double> weights)
    {
        int strips = (columns.Length + Side - 1) / Side, across = stride / Side;
        double[] scaled = new double[strips * Strip], sum = new double[strips * across * Side * Side];
        fixed (double* from = x, w = weights, left = scaled, g = sum)
            for (int start = 0; start < n; start += Block)
            {
                int count = Math.Min(Block, n - start);
                double* right = from + (long)start * stride;
                for (int a = 0; a < columns.Length; a++)
                {
                    double* column = right + columns[a], to = left + a / Side * Strip + a % Side;
                    for (int i = 0; i < count; i++)
                        to[i * Side] = column[(long)i * stride] * w[start + i];
                }
                for (int b = 0; b < across; b++)
                    for (int a = 0; a < strips; a++)
                        Tile(left + a * Strip, right + b * Side, stride, count, g + (a * across + b) * Side * Side, Ahead * Side);
            }
        var rows = new double[columns.Length][];
        for (int a = 0; a < rows.Length; a++)
        {
            rows[a] = new double[stride];
            for (int b = 0; b < stride; b++)
                rows[a][b] = sum[((a / Side * across + b / Side) * Side + a % Side) * Side + b % Side];
        }
        return rows;
    }

    /// <summary>So many tiles ahead the columns are asked for from memory.</summary>
    const int Ahead = 4;

    /// <summary>The columns of a strip.</summary>
    const int Side = 8;

    /// <summary>From one strip to the next: a row more than a power of two, so that strips do not share the same places of the cache.</summary>
    const int Strip = (Block + 1) * Side;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void Pack(ReadOnlySpan<double> x, int count, int p, int stride, ReadOnlySpan<double> weights, double[] plain, double[] scaled)
    {
        fixed (double* from = x, w = weights, to = plain, times = scaled)
            for (int i = 0; i < count; i++)
            {
                double* row = from + (long)i * stride, left = times + i * Side, right = to + i * Side;
                var weight = Vector512.Create(w[i]);
                int j = 0;
                for (; j <= p - Side; j += Side, left += Strip, right += Strip)
                {
                    var eight = Vector512.Load(row + j);
                    eight.Store(right);
                    (eight * weight).Store(left);
                }
                for (int c = 0; j + c < p; c++)
                {
                    right[c] = row[j + c];
                    left[c] = row[j + c] * w[i];
                }
            }
    }

    /// <summary>Narrow designs, as most in statistics: no tile would be full.</summary>
    static void AddFew(ReadOnlySpan<double> x, int n, int p, int stride, ReadOnlySpan<double> weights, Span<double> gram)
    {
        for (int i = 0; i < n; i++)
        {
            var row = x.Slice(i * stride, p);
            for (int a = 0; a < p; a++)
                for (int b = 0; b <= a; b++)
                    gram[a * p + b] += weights[i] * row[a] * row[b];
        }
        for (int a = 0; a < p; a++)
            for (int b = 0; b < a; b++)
                gram[b * p + a] = gram[a * p + b];
    }

    /// <summary>
    /// Xᵀ diag(w) X in single precision where there is much to add: for a metric, where the directions matter and the last digits do not, at twice the speed.
    /// A panel of √w·x is multiplied with itself in tiles of 8 × 32; what a panel adds goes to doubles.
    /// </summary>
    public static double[] Metric(ReadOnlySpan<double> x, int n, int p, ReadOnlySpan<double> weights)
    {
        const int block = 256;
        const long Much = 4_000_000;
        var gram = new double[p * p];
        if ((long)n * p * p < Much)
            for (int i = 0; i < n; i++)
            {
                var row = x.Slice(i * p, p);
                for (int a = 0; a < p; a++)
                    LinearAlgebra.AddScaled(weights[i] * row[a], row[..(a + 1)], gram.AsSpan(a * p, a + 1));
            }
        else
        {
            int width = (p + 31) & ~31;
            float[] panel = new float[block * width], part = new float[width * width];
            for (int start = 0; start < n; start += block)
            {
                int count = Math.Min(block, n - start);
                for (int i = 0; i < count; i++)
                    Narrow(x.Slice((start + i) * p, p), Math.Sqrt(weights[start + i]), panel.AsSpan(i * width, p));
                SingleTiles(panel, count, width, part);
                for (int a = 0; a < p; a++)
                    Widen(part.AsSpan(a * width, a + 1), gram.AsSpan(a * p, a + 1));
            }
        }
        for (int a = 0; a < p; a++)
            for (int b = 0; b < a; b++)
                gram[b * p + a] = gram[a * p + b];
        return gram;
    }

    /// <summary>to = (float)(scale·x)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void Narrow(ReadOnlySpan<double> x, double scale, Span<float> to)
    {
        var all = Vector512.Create(scale);
        fixed (double* from = x)
        fixed (float* at = to)
        {
            int j = 0;
            for (; j <= x.Length - 16; j += 16)
                Vector512.Narrow(Vector512.Load(from + j) * all, Vector512.Load(from + j + 8) * all).Store(at + j);
            for (; j < x.Length; j++)
                at[j] = (float)(from[j] * scale);
        }
    }

    /// <summary>to += x</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void Widen(ReadOnlySpan<float> x, Span<double> to)
    {
        fixed (float* from = x)
        fixed (double* at = to)
        {
            int j = 0;
            for (; j <= x.Length - 16; j += 16)
            {
                var (low, high) = Vector512.Widen(Vector512.Load(from + j));
                (Vector512.Load(at + j) + low).Store(at + j);
                (Vector512.Load(at + j + 8) + high).Store(at + j + 8);
            }
            for (; j < x.Length; j++)
                at[j] += from[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void SingleTiles(float[] panel, int count, int width, float[] sum)
    {
        fixed (float* x = panel, g = sum)
            for (int b = 0; b < width; b += 32)
                for (int a = b; a < width; a += 8)
                {
                    Vector512<float> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default, l6 = default, l7 = default;
                    Vector512<float> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
                    float* left = x + a, right = x + b, to = g + a * width + b;
                    for (int i = 0; i < count; i++, left += width, right += width)
                    {
                        Vector512<float> low = Vector512.Load(right), high = Vector512.Load(right + 16), one = Vector512.Create(left[0]);
                        l0 = Vector512.FusedMultiplyAdd(one, low, l0); r0 = Vector512.FusedMultiplyAdd(one, high, r0); one = Vector512.Create(left[1]);
                        l1 = Vector512.FusedMultiplyAdd(one, low, l1); r1 = Vector512.FusedMultiplyAdd(one, high, r1); one = Vector512.Create(left[2]);
                        l2 = Vector512.FusedMultiplyAdd(one, low, l2); r2 = Vector512.FusedMultiplyAdd(one, high, r2); one = Vector512.Create(left[3]);
                        l3 = Vector512.FusedMultiplyAdd(one, low, l3); r3 = Vector512.FusedMultiplyAdd(one, high, r3); one = Vector512.Create(left[4]);
                        l4 = Vector512.FusedMultiplyAdd(one, low, l4); r4 = Vector512.FusedMultiplyAdd(one, high, r4); one = Vector512.Create(left[5]);
                        l5 = Vector512.FusedMultiplyAdd(one, low, l5); r5 = Vector512.FusedMultiplyAdd(one, high, r5); one = Vector512.Create(left[6]);
                        l6 = Vector512.FusedMultiplyAdd(one, low, l6); r6 = Vector512.FusedMultiplyAdd(one, high, r6); one = Vector512.Create(left[7]);
                        l7 = Vector512.FusedMultiplyAdd(one, low, l7); r7 = Vector512.FusedMultiplyAdd(one, high, r7);
                    }
                    l0.Store(to); r0.Store(to + 16); to += width;
                    l1.Store(to); r1.Store(to + 16); to += width;
                    l2.Store(to); r2.Store(to + 16); to += width;
                    l3.Store(to); r3.Store(to + 16); to += width;
                    l4.Store(to); r4.Store(to + 16); to += width;
                    l5.Store(to); r5.Store(to + 16); to += width;
                    l6.Store(to); r6.Store(to + 16); to += width;
                    l7.Store(to); r7.Store(to + 16);
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void Tiles(double[] plain, double[] scaled, int count, int strips, double[] sum)
    {
        fixed (double* x = plain, w = scaled, g = sum)
            for (int b = 0; b < strips; b++)
                for (int a = b; a < strips; a++)
                {
                    double* to = g + (a * (a + 1) / 2 + b) * Side * Side;
                    Tile(w + a * Strip, x + b * Strip, Side, count, to, ahead: 0);
                }
    }

    /// <summary>Adds to a tile; while a row is at work, the one <paramref name="ahead"/> of it is asked for from memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe void Tile(double* left, double* right, int step, int count, double* to, long ahead)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            HalfTile(left, right, step, count, to);
            HalfTile(left + Side / 2, right, step, count, to + Side / 2 * Side);
            return;
        }
        Vector512<double> c0 = Vector512.Load(to), c1 = Vector512.Load(to + 8), c2 = Vector512.Load(to + 16), c3 = Vector512.Load(to + 24);
        Vector512<double> c4 = Vector512.Load(to + 32), c5 = Vector512.Load(to + 40), c6 = Vector512.Load(to + 48), c7 = Vector512.Load(to + 56);
        for (int i = 0; i < count; i++, left += Side, right += step)
        {
            if (Sse.IsSupported)
                Sse.Prefetch1(right + ahead);
            var r = Vector512.Load(right);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(left[0]), r, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(left[1]), r, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(left[2]), r, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(left[3]), r, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(left[4]), r, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Create(left[5]), r, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(left[6]), r, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Create(left[7]), r, c7);
        }
        c0.Store(to);
        c1.Store(to + 8);
        c2.Store(to + 16);
        c3.Store(to + 24);
        c4.Store(to + 32);
        c5.Store(to + 40);
        c6.Store(to + 48);
        c7.Store(to + 56);
    }

    /// <summary>The upper half of a tile, for which sixteen registers of 256 bits suffice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe void HalfTile(double* left, double* right, int step, int count, double* to)
    {
        Vector256<double> c00 = Vector256.Load(to), c01 = Vector256.Load(to + 4), c10 = Vector256.Load(to + 8), c11 = Vector256.Load(to + 12);
        Vector256<double> c20 = Vector256.Load(to + 16), c21 = Vector256.Load(to + 20), c30 = Vector256.Load(to + 24), c31 = Vector256.Load(to + 28);
        for (int i = 0; i < count; i++, left += Side, right += step)
        {
            Vector256<double> r0 = Vector256.Load(right), r1 = Vector256.Load(right + 4);
            var l = Vector256.Create(left[0]);
            c00 = Vector256.FusedMultiplyAdd(l, r0, c00);
            c01 = Vector256.FusedMultiplyAdd(l, r1, c01);
            l = Vector256.Create(left[1]);
            c10 = Vector256.FusedMultiplyAdd(l, r0, c10);
            c11 = Vector256.FusedMultiplyAdd(l, r1, c11);
            l = Vector256.Create(left[2]);
            c20 = Vector256.FusedMultiplyAdd(l, r0, c20);
            c21 = Vector256.FusedMultiplyAdd(l, r1, c21);
            l = Vector256.Create(left[3]);
            c30 = Vector256.FusedMultiplyAdd(l, r0, c30);
            c31 = Vector256.FusedMultiplyAdd(l, r1, c31);
        }
        c00.Store(to);
        c01.Store(to + 4);
        c10.Store(to + 8);
        c11.Store(to + 12);
        c20.Store(to + 16);
        c21.Store(to + 20);
        c30.Store(to + 24);
        c31.Store(to + 28);
    }
}
