using System.Runtime.Intrinsics;

namespace Logits.Regression;

/// <summary>G += Xᵀ diag(w) X, the one expensive step of Newton's method.</summary>
/// <remarks>
/// Rows are taken 256 at a time into two column-major panels, x and w·x, that stay in the cache; G is then filled in tiles of 4 × 4 dot
/// products held in 16 registers. The blocks and the order inside them are fixed, so the result does not depend on anything but the data.
/// </remarks>
static class WeightedGram
{
    const int Block = 256;

    /// <param name="x">n × p, row-major.</param>
    /// <param name="n">Rows.</param>
    /// <param name="p">Columns.</param>
    /// <param name="weights">n weights.</param>
    /// <param name="gram">p × p; both triangles are filled.</param>
    public static void Add(ReadOnlySpan<double> x, int n, int p, ReadOnlySpan<double> weights, Span<double> gram)
    {
        int padded = (p + 3) & ~3;
        var plain = new double[padded * Block];
        var weighted = new double[padded * Block];
        for (int start = 0; start < n; start += Block)
        {
            int count = Math.Min(Block, n - start);
            int length = (count + 3) & ~3;
            for (int i = 0; i < length; i++)
            {
                if (i >= count)
                {
                    for (int j = 0; j < p; j++)
                        plain[j * Block + i] = weighted[j * Block + i] = 0;
                    continue;
                }
                var row = x.Slice((start + i) * p, p);
                double w = weights[start + i];
                for (int j = 0; j < row.Length; j++)
                {
                    plain[j * Block + i] = row[j];
                    weighted[j * Block + i] = w * row[j];
                }
            }
            for (int a = 0; a < p; a += 4)
                for (int b = 0; b <= a; b += 4)
                    Tile(weighted.AsSpan(a * Block), plain.AsSpan(b * Block), length, gram, p, a, b);
        }
        for (int a = 0; a < p; a++)
            for (int b = 0; b < a; b++)
                gram[b * p + a] = gram[a * p + b];
    }

    static unsafe void Tile(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int length, Span<double> gram, int p, int a, int b)
    {
        Vector256<double> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector256<double> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        fixed (double* l = left, r = right)
        {
            for (int i = 0; i < length; i += 4)
            {
                Vector256<double> r0 = Vector256.Load(r + i), r1 = Vector256.Load(r + Block + i), r2 = Vector256.Load(r + 2 * Block + i), r3 = Vector256.Load(r + 3 * Block + i);
                var v = Vector256.Load(l + i);
                c00 = Vector256.FusedMultiplyAdd(v, r0, c00); c01 = Vector256.FusedMultiplyAdd(v, r1, c01);
                c02 = Vector256.FusedMultiplyAdd(v, r2, c02); c03 = Vector256.FusedMultiplyAdd(v, r3, c03);
                v = Vector256.Load(l + Block + i);
                c10 = Vector256.FusedMultiplyAdd(v, r0, c10); c11 = Vector256.FusedMultiplyAdd(v, r1, c11);
                c12 = Vector256.FusedMultiplyAdd(v, r2, c12); c13 = Vector256.FusedMultiplyAdd(v, r3, c13);
                v = Vector256.Load(l + 2 * Block + i);
                c20 = Vector256.FusedMultiplyAdd(v, r0, c20); c21 = Vector256.FusedMultiplyAdd(v, r1, c21);
                c22 = Vector256.FusedMultiplyAdd(v, r2, c22); c23 = Vector256.FusedMultiplyAdd(v, r3, c23);
                v = Vector256.Load(l + 3 * Block + i);
                c30 = Vector256.FusedMultiplyAdd(v, r0, c30); c31 = Vector256.FusedMultiplyAdd(v, r1, c31);
                c32 = Vector256.FusedMultiplyAdd(v, r2, c32); c33 = Vector256.FusedMultiplyAdd(v, r3, c33);
            }
        }
        ReadOnlySpan<double> sums =
        [
            Vector256.Sum(c00), Vector256.Sum(c01), Vector256.Sum(c02), Vector256.Sum(c03),
            Vector256.Sum(c10), Vector256.Sum(c11), Vector256.Sum(c12), Vector256.Sum(c13),
            Vector256.Sum(c20), Vector256.Sum(c21), Vector256.Sum(c22), Vector256.Sum(c23),
            Vector256.Sum(c30), Vector256.Sum(c31), Vector256.Sum(c32), Vector256.Sum(c33),
        ];
        for (int i = 0; i < 4 && a + i < p; i++)
            for (int j = 0; j < 4 && b + j < p; j++)
                if (b + j <= a + i)
                    gram[(a + i) * p + b + j] += sums[4 * i + j];
    }
}
