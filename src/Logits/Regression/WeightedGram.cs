using System.Runtime.Intrinsics;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>G += Xᵀ diag(w) X, the one expensive step of Newton's method.</summary>
/// <remarks>
/// Rows are taken 64 at a time into two panels, x and w·x, padded to whole registers, that stay in the cache. G is filled in tiles of 4 × 8: a
/// row adds the outer product of 4 weighted entries and 8 plain ones to eight registers. The blocks and the order inside them are
/// fixed, so the result does not depend on anything but the data.
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
        int width = (p + 7) & ~7;
        double[] plain = new double[Block * width], scaled = new double[Block * width], sum = new double[width * width];
        for (int start = 0; start < n; start += Block)
        {
            int count = Math.Min(Block, n - start);
            for (int i = 0; i < count; i++)
            {
                var row = x.Slice((start + i) * stride, p);
                row.CopyTo(plain.AsSpan(i * width));
                var to = scaled.AsSpan(i * width, width);
                to.Clear();
                LinearAlgebra.AddScaled(weights[start + i], row, to);
            }
            Tiles(plain, scaled, count, width, sum);
        }
        for (int a = 0; a < p; a++)
            for (int b = 0; b <= a; b++)
            {
                double value = gram[a * p + b] + sum[a * width + b];
                gram[a * p + b] = value;
                gram[b * p + a] = value;
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

    static unsafe void Tiles(double[] plain, double[] scaled, int count, int width, double[] sum)
    {
        fixed (double* x = plain, w = scaled, g = sum)
            for (int b = 0; b < width; b += 8)
                for (int a = b; a < width; a += 4)
                {
                    double* left = w + a, right = x + b, to = g + a * width + b;
                    var c00 = Vector256.Load(to);
                    var c01 = Vector256.Load(to + 4);
                    var c10 = Vector256.Load(to + width);
                    var c11 = Vector256.Load(to + width + 4);
                    var c20 = Vector256.Load(to + 2 * width);
                    var c21 = Vector256.Load(to + 2 * width + 4);
                    var c30 = Vector256.Load(to + 3 * width);
                    var c31 = Vector256.Load(to + 3 * width + 4);
                    for (int i = 0; i < count; i++, left += width, right += width)
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
                    c10.Store(to + width);
                    c11.Store(to + width + 4);
                    c20.Store(to + 2 * width);
                    c21.Store(to + 2 * width + 4);
                    c30.Store(to + 3 * width);
                    c31.Store(to + 3 * width + 4);
                }
    }
}
