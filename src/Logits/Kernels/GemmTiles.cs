using System.Numerics;
using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>The innermost loops, written out by hand because the compiler keeps only named locals in registers.</summary>
/// <remarks>
/// A tile is 6 rows of C by some registers. The elements of A are read where they stand, at any strides, six a step of depth, and repeated through a register each;
/// six rows that lie a power of two apart share one set of a cache of eight ways with room to spare. Rows past <c>last</c> repeat it: the caller drops their results.
/// The sums begin with what stands in <c>from</c>, which may be C.
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>6 rows × 4 registers of 32: a step of depth is 24 multiply-adds for 4 loads of B and 6 repeated elements of A.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile4<T, V>(int deep, T* a, nint rowStride, nint step, int last, T* b, T* from, nint fromStride, T* c, nint stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V p0 = V.Load(from), q0 = V.Load(from + V.Count), r0 = V.Load(from + 2 * V.Count), s0 = V.Load(from + 3 * V.Count);
        V p1 = V.Load(from + fromStride), q1 = V.Load(from + fromStride + V.Count), r1 = V.Load(from + fromStride + 2 * V.Count), s1 = V.Load(from + fromStride + 3 * V.Count);
        V p2 = V.Load(from + 2 * fromStride), q2 = V.Load(from + 2 * fromStride + V.Count), r2 = V.Load(from + 2 * fromStride + 2 * V.Count), s2 = V.Load(from + 2 * fromStride + 3 * V.Count);
        V p3 = V.Load(from + 3 * fromStride), q3 = V.Load(from + 3 * fromStride + V.Count), r3 = V.Load(from + 3 * fromStride + 2 * V.Count), s3 = V.Load(from + 3 * fromStride + 3 * V.Count);
        V p4 = V.Load(from + 4 * fromStride), q4 = V.Load(from + 4 * fromStride + V.Count), r4 = V.Load(from + 4 * fromStride + 2 * V.Count), s4 = V.Load(from + 4 * fromStride + 3 * V.Count);
        V p5 = V.Load(from + 5 * fromStride), q5 = V.Load(from + 5 * fromStride + V.Count), r5 = V.Load(from + 5 * fromStride + 2 * V.Count), s5 = V.Load(from + 5 * fromStride + 3 * V.Count);
        T* a1 = a + Math.Min(1, last) * rowStride, a2 = a + Math.Min(2, last) * rowStride, a3 = a + Math.Min(3, last) * rowStride, a4 = a + Math.Min(4, last) * rowStride, a5 = a + Math.Min(5, last) * rowStride;
        for (nint at = 0; deep > 0; deep--, at += step, b += 4 * V.Count)
        {
            V w = V.Load(b), x = V.Load(b + V.Count), y = V.Load(b + 2 * V.Count), z = V.Load(b + 3 * V.Count), e;
            e = V.All(a + at); p0 = V.Fma(e, w, p0); q0 = V.Fma(e, x, q0); r0 = V.Fma(e, y, r0); s0 = V.Fma(e, z, s0);
            e = V.All(a1 + at); p1 = V.Fma(e, w, p1); q1 = V.Fma(e, x, q1); r1 = V.Fma(e, y, r1); s1 = V.Fma(e, z, s1);
            e = V.All(a2 + at); p2 = V.Fma(e, w, p2); q2 = V.Fma(e, x, q2); r2 = V.Fma(e, y, r2); s2 = V.Fma(e, z, s2);
            e = V.All(a3 + at); p3 = V.Fma(e, w, p3); q3 = V.Fma(e, x, q3); r3 = V.Fma(e, y, r3); s3 = V.Fma(e, z, s3);
            e = V.All(a4 + at); p4 = V.Fma(e, w, p4); q4 = V.Fma(e, x, q4); r4 = V.Fma(e, y, r4); s4 = V.Fma(e, z, s4);
            e = V.All(a5 + at); p5 = V.Fma(e, w, p5); q5 = V.Fma(e, x, q5); r5 = V.Fma(e, y, r5); s5 = V.Fma(e, z, s5);
        }
        V.Store(p0, c); V.Store(q0, c + V.Count); V.Store(r0, c + 2 * V.Count); V.Store(s0, c + 3 * V.Count);
        V.Store(p1, c + stride); V.Store(q1, c + stride + V.Count); V.Store(r1, c + stride + 2 * V.Count); V.Store(s1, c + stride + 3 * V.Count);
        V.Store(p2, c + 2 * stride); V.Store(q2, c + 2 * stride + V.Count); V.Store(r2, c + 2 * stride + 2 * V.Count); V.Store(s2, c + 2 * stride + 3 * V.Count);
        V.Store(p3, c + 3 * stride); V.Store(q3, c + 3 * stride + V.Count); V.Store(r3, c + 3 * stride + 2 * V.Count); V.Store(s3, c + 3 * stride + 3 * V.Count);
        V.Store(p4, c + 4 * stride); V.Store(q4, c + 4 * stride + V.Count); V.Store(r4, c + 4 * stride + 2 * V.Count); V.Store(s4, c + 4 * stride + 3 * V.Count);
        V.Store(p5, c + 5 * stride); V.Store(q5, c + 5 * stride + V.Count); V.Store(r5, c + 5 * stride + 2 * V.Count); V.Store(s5, c + 5 * stride + 3 * V.Count);
    }

    /// <summary>6 rows × 2 registers of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile2<T, V>(int deep, T* a, nint rowStride, nint step, int last, T* b, T* from, nint fromStride, T* c, nint stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V p0 = V.Load(from), q0 = V.Load(from + V.Count);
        V p1 = V.Load(from + fromStride), q1 = V.Load(from + fromStride + V.Count);
        V p2 = V.Load(from + 2 * fromStride), q2 = V.Load(from + 2 * fromStride + V.Count);
        V p3 = V.Load(from + 3 * fromStride), q3 = V.Load(from + 3 * fromStride + V.Count);
        V p4 = V.Load(from + 4 * fromStride), q4 = V.Load(from + 4 * fromStride + V.Count);
        V p5 = V.Load(from + 5 * fromStride), q5 = V.Load(from + 5 * fromStride + V.Count);
        T* a1 = a + Math.Min(1, last) * rowStride, a2 = a + Math.Min(2, last) * rowStride, a3 = a + Math.Min(3, last) * rowStride, a4 = a + Math.Min(4, last) * rowStride, a5 = a + Math.Min(5, last) * rowStride;
        for (nint at = 0; deep > 0; deep--, at += step, b += 2 * V.Count)
        {
            V w = V.Load(b), x = V.Load(b + V.Count), e;
            e = V.All(a + at); p0 = V.Fma(e, w, p0); q0 = V.Fma(e, x, q0);
            e = V.All(a1 + at); p1 = V.Fma(e, w, p1); q1 = V.Fma(e, x, q1);
            e = V.All(a2 + at); p2 = V.Fma(e, w, p2); q2 = V.Fma(e, x, q2);
            e = V.All(a3 + at); p3 = V.Fma(e, w, p3); q3 = V.Fma(e, x, q3);
            e = V.All(a4 + at); p4 = V.Fma(e, w, p4); q4 = V.Fma(e, x, q4);
            e = V.All(a5 + at); p5 = V.Fma(e, w, p5); q5 = V.Fma(e, x, q5);
        }
        V.Store(p0, c); V.Store(q0, c + V.Count);
        V.Store(p1, c + stride); V.Store(q1, c + stride + V.Count);
        V.Store(p2, c + 2 * stride); V.Store(q2, c + 2 * stride + V.Count);
        V.Store(p3, c + 3 * stride); V.Store(q3, c + 3 * stride + V.Count);
        V.Store(p4, c + 4 * stride); V.Store(q4, c + 4 * stride + V.Count);
        V.Store(p5, c + 5 * stride); V.Store(q5, c + 5 * stride + V.Count);
    }

    /// <summary>6 rows × 1 register, for columns left over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile1<T, V>(int deep, T* a, nint rowStride, nint step, int last, T* b, T* from, nint fromStride, T* c, nint stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V p0 = V.Load(from);
        V p1 = V.Load(from + fromStride);
        V p2 = V.Load(from + 2 * fromStride);
        V p3 = V.Load(from + 3 * fromStride);
        V p4 = V.Load(from + 4 * fromStride);
        V p5 = V.Load(from + 5 * fromStride);
        T* a1 = a + Math.Min(1, last) * rowStride, a2 = a + Math.Min(2, last) * rowStride, a3 = a + Math.Min(3, last) * rowStride, a4 = a + Math.Min(4, last) * rowStride, a5 = a + Math.Min(5, last) * rowStride;
        for (nint at = 0; deep > 0; deep--, at += step, b += V.Count)
        {
            V w = V.Load(b), e;
            e = V.All(a + at); p0 = V.Fma(e, w, p0);
            e = V.All(a1 + at); p1 = V.Fma(e, w, p1);
            e = V.All(a2 + at); p2 = V.Fma(e, w, p2);
            e = V.All(a3 + at); p3 = V.Fma(e, w, p3);
            e = V.All(a4 + at); p4 = V.Fma(e, w, p4);
            e = V.All(a5 + at); p5 = V.Fma(e, w, p5);
        }
        V.Store(p0, c);
        V.Store(p1, c + stride);
        V.Store(p2, c + 2 * stride);
        V.Store(p3, c + 3 * stride);
        V.Store(p4, c + 4 * stride);
        V.Store(p5, c + 5 * stride);
    }
}
