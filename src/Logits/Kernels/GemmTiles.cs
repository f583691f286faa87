using System.Numerics;
using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>The innermost loops, written out by hand because the compiler keeps only named locals in registers.</summary>
internal static unsafe partial class Gemm
{
    /// <summary>12 rows × 2 registers of C stay in 24 of the 32 registers; each step of depth costs 2 loads of B and 12 repeated elements of A.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile12<T, V>(int deep, T* a, T* b, T* c, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V l0 = V.Load(c), r0 = V.Load(c + V.Count);
        V l1 = V.Load(c + (nint)stride), r1 = V.Load(c + (nint)stride + V.Count);
        V l2 = V.Load(c + 2 * (nint)stride), r2 = V.Load(c + 2 * (nint)stride + V.Count);
        V l3 = V.Load(c + 3 * (nint)stride), r3 = V.Load(c + 3 * (nint)stride + V.Count);
        V l4 = V.Load(c + 4 * (nint)stride), r4 = V.Load(c + 4 * (nint)stride + V.Count);
        V l5 = V.Load(c + 5 * (nint)stride), r5 = V.Load(c + 5 * (nint)stride + V.Count);
        V l6 = V.Load(c + 6 * (nint)stride), r6 = V.Load(c + 6 * (nint)stride + V.Count);
        V l7 = V.Load(c + 7 * (nint)stride), r7 = V.Load(c + 7 * (nint)stride + V.Count);
        V l8 = V.Load(c + 8 * (nint)stride), r8 = V.Load(c + 8 * (nint)stride + V.Count);
        V l9 = V.Load(c + 9 * (nint)stride), r9 = V.Load(c + 9 * (nint)stride + V.Count);
        V l10 = V.Load(c + 10 * (nint)stride), r10 = V.Load(c + 10 * (nint)stride + V.Count);
        V l11 = V.Load(c + 11 * (nint)stride), r11 = V.Load(c + 11 * (nint)stride + V.Count);
        for (; deep > 0; deep--, a += 12, b += 2 * V.Count)
        {
            V left = V.Load(b), right = V.Load(b + V.Count), x;
            x = V.All(a); l0 = V.Fma(x, left, l0); r0 = V.Fma(x, right, r0);
            x = V.All(a + 1); l1 = V.Fma(x, left, l1); r1 = V.Fma(x, right, r1);
            x = V.All(a + 2); l2 = V.Fma(x, left, l2); r2 = V.Fma(x, right, r2);
            x = V.All(a + 3); l3 = V.Fma(x, left, l3); r3 = V.Fma(x, right, r3);
            x = V.All(a + 4); l4 = V.Fma(x, left, l4); r4 = V.Fma(x, right, r4);
            x = V.All(a + 5); l5 = V.Fma(x, left, l5); r5 = V.Fma(x, right, r5);
            x = V.All(a + 6); l6 = V.Fma(x, left, l6); r6 = V.Fma(x, right, r6);
            x = V.All(a + 7); l7 = V.Fma(x, left, l7); r7 = V.Fma(x, right, r7);
            x = V.All(a + 8); l8 = V.Fma(x, left, l8); r8 = V.Fma(x, right, r8);
            x = V.All(a + 9); l9 = V.Fma(x, left, l9); r9 = V.Fma(x, right, r9);
            x = V.All(a + 10); l10 = V.Fma(x, left, l10); r10 = V.Fma(x, right, r10);
            x = V.All(a + 11); l11 = V.Fma(x, left, l11); r11 = V.Fma(x, right, r11);
        }
        V.Store(l0, c); V.Store(r0, c + V.Count);
        V.Store(l1, c + (nint)stride); V.Store(r1, c + (nint)stride + V.Count);
        V.Store(l2, c + 2 * (nint)stride); V.Store(r2, c + 2 * (nint)stride + V.Count);
        V.Store(l3, c + 3 * (nint)stride); V.Store(r3, c + 3 * (nint)stride + V.Count);
        V.Store(l4, c + 4 * (nint)stride); V.Store(r4, c + 4 * (nint)stride + V.Count);
        V.Store(l5, c + 5 * (nint)stride); V.Store(r5, c + 5 * (nint)stride + V.Count);
        V.Store(l6, c + 6 * (nint)stride); V.Store(r6, c + 6 * (nint)stride + V.Count);
        V.Store(l7, c + 7 * (nint)stride); V.Store(r7, c + 7 * (nint)stride + V.Count);
        V.Store(l8, c + 8 * (nint)stride); V.Store(r8, c + 8 * (nint)stride + V.Count);
        V.Store(l9, c + 9 * (nint)stride); V.Store(r9, c + 9 * (nint)stride + V.Count);
        V.Store(l10, c + 10 * (nint)stride); V.Store(r10, c + 10 * (nint)stride + V.Count);
        V.Store(l11, c + 11 * (nint)stride); V.Store(r11, c + 11 * (nint)stride + V.Count);
    }

    /// <summary>6 rows × 2 registers of C, for 16 registers and for rows left over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile6<T, V>(int deep, T* a, T* b, T* c, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V l0 = V.Load(c), r0 = V.Load(c + V.Count);
        V l1 = V.Load(c + (nint)stride), r1 = V.Load(c + (nint)stride + V.Count);
        V l2 = V.Load(c + 2 * (nint)stride), r2 = V.Load(c + 2 * (nint)stride + V.Count);
        V l3 = V.Load(c + 3 * (nint)stride), r3 = V.Load(c + 3 * (nint)stride + V.Count);
        V l4 = V.Load(c + 4 * (nint)stride), r4 = V.Load(c + 4 * (nint)stride + V.Count);
        V l5 = V.Load(c + 5 * (nint)stride), r5 = V.Load(c + 5 * (nint)stride + V.Count);
        for (; deep > 0; deep--, a += 6, b += 2 * V.Count)
        {
            V left = V.Load(b), right = V.Load(b + V.Count), x;
            x = V.All(a); l0 = V.Fma(x, left, l0); r0 = V.Fma(x, right, r0);
            x = V.All(a + 1); l1 = V.Fma(x, left, l1); r1 = V.Fma(x, right, r1);
            x = V.All(a + 2); l2 = V.Fma(x, left, l2); r2 = V.Fma(x, right, r2);
            x = V.All(a + 3); l3 = V.Fma(x, left, l3); r3 = V.Fma(x, right, r3);
            x = V.All(a + 4); l4 = V.Fma(x, left, l4); r4 = V.Fma(x, right, r4);
            x = V.All(a + 5); l5 = V.Fma(x, left, l5); r5 = V.Fma(x, right, r5);
        }
        V.Store(l0, c); V.Store(r0, c + V.Count);
        V.Store(l1, c + (nint)stride); V.Store(r1, c + (nint)stride + V.Count);
        V.Store(l2, c + 2 * (nint)stride); V.Store(r2, c + 2 * (nint)stride + V.Count);
        V.Store(l3, c + 3 * (nint)stride); V.Store(r3, c + 3 * (nint)stride + V.Count);
        V.Store(l4, c + 4 * (nint)stride); V.Store(r4, c + 4 * (nint)stride + V.Count);
        V.Store(l5, c + 5 * (nint)stride); V.Store(r5, c + 5 * (nint)stride + V.Count);
    }

    /// <summary>One row, for what is left over and for a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile1<T, V>(int deep, T* a, T* b, T* c, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        V l0 = V.Load(c), r0 = V.Load(c + V.Count);
        for (; deep > 0; deep--, a += 1, b += 2 * V.Count)
        {
            V left = V.Load(b), right = V.Load(b + V.Count), x;
            x = V.All(a); l0 = V.Fma(x, left, l0); r0 = V.Fma(x, right, r0);
        }
        V.Store(l0, c); V.Store(r0, c + V.Count);
    }
}
