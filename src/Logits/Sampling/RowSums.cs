using System.Runtime.CompilerServices;
using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>Sums of exponentials over a row of scores, each relative to the top: e = exp((x − top) · scale).</summary>
static unsafe class RowSums
{
    /// <summary>How many bounds <see cref="Above"/> looks at in one pass.</summary>
    public const int Bounds = 4;

    /// <summary>How far the single-precision sums of <see cref="Above"/> may be from the true ones, relatively.</summary>
    /// <remarks>0.6 ulp of the exponential, the rounding of its argument (|d| 2⁻²³, where it weighs), 32 additions in single precision.</remarks>
    public const double Error = 2e-5;

    /// <summary>Σ e and Σ e · (x − top) · scale, in double, with a fixed order of additions.</summary>
    public static (double Mass, double Moment) Exact(ReadOnlySpan<float> row, double top, double scale) => Exact(row, top, scale, float.NegativeInfinity, out _);

    /// <summary>As <see cref="Exact(ReadOnlySpan{float}, double, double)"/>, with Σ e over the scores above <paramref name="bound"/> beside it.</summary>
    public static (double Mass, double Moment) Exact(ReadOnlySpan<float> row, double top, double scale, float bound, out double above)
    {
        fixed (float* x = row)
            return Lanes.Has512 ? Exact<Lane512Double>(x, row.Length, top, scale, bound, out above)
                : Lanes.Has256 ? Exact<Lane256Double>(x, row.Length, top, scale, bound, out above)
                : Exact<Lane128Double>(x, row.Length, top, scale, bound, out above);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static (double, double) Exact<V>(float* x, int length, double top, double scale, float bound, out double above) where V : struct, IDoubleLane<V>
    {
        V t = V.All(top), s = V.All(scale), b = V.All(bound), least = V.All(-800), zero = V.All(0);
        V mass0 = zero, mass1 = zero, moment = zero, over = zero;
        for (int i = 0; i < length; i += 2 * V.Count)
        {
            V x0 = i + V.Count <= length ? V.Load(x + i) : V.LoadPart(x + i, length - i, float.NegativeInfinity);
            int left = length - i - V.Count;
            V x1 = left >= V.Count ? V.Load(x + i + V.Count) : left > 0 ? V.LoadPart(x + i + V.Count, left, float.NegativeInfinity) : V.All(double.NegativeInfinity);
            V d0 = V.Max((x0 - t) * s, least), d1 = V.Max((x1 - t) * s, least);
            V e0 = DoubleMath.Exp(d0), e1 = DoubleMath.Exp(d1);
            mass0 += e0;
            mass1 += e1;
            moment += V.MultiplyAdd(e0, d0, e1 * d1);
            over += V.Select(V.Greater(x0, b), e0, zero) + V.Select(V.Greater(x1, b), e1, zero);
        }
        above = V.Sum(over);
        return (V.Sum(mass0 + mass1), V.Sum(moment));
    }

    /// <summary>Σ e, and Σ e over the scores above each of four bounds; within <see cref="Error"/>.</summary>
    public static double Above(ReadOnlySpan<float> row, float top, double scale, ReadOnlySpan<float> bounds, Span<double> masses)
    {
        fixed (float* x = row, b = bounds)
        fixed (double* m = masses)
            return Lanes.Has512 ? Above<Lane512Float, Lane512Double>(x, row.Length, top, (float)scale, b, m)
                : Lanes.Has256 ? Above<Lane256Float, Lane256Double>(x, row.Length, top, (float)scale, b, m)
                : Above<Lane128Float, Lane128Double>(x, row.Length, top, (float)scale, b, m);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static double Above<V, D>(float* x, int length, float top, float scale, float* bounds, double* masses) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V t = V.All(top), s = V.All(scale), least = V.All(-200), zero = V.All(0);
        V b0 = V.All(bounds[0]), b1 = V.All(bounds[1]), b2 = V.All(bounds[2]), b3 = V.All(bounds[3]);
        D all = D.All(0), a0 = all, a1 = all, a2 = all, a3 = all;
        for (int chunk = 0; chunk < length; chunk += Noise.ChunkSize)
        {
            V sum = zero, s0 = zero, s1 = zero, s2 = zero, s3 = zero;
            int end = Math.Min(chunk + Noise.ChunkSize, length);
            for (int i = chunk; i < end; i += Lanes.Floats)
            {
                V scores = i + Lanes.Floats <= end ? V.Load(x + i) : V.LoadPart(x + i, end - i, float.NegativeInfinity);
                V e = FloatMath.Exp<V, D>(V.Max((scores - t) * s, least));
                sum += e;
                s0 += V.Select(V.Greater(scores, b0), e, zero);
                s1 += V.Select(V.Greater(scores, b1), e, zero);
                s2 += V.Select(V.Greater(scores, b2), e, zero);
                s3 += V.Select(V.Greater(scores, b3), e, zero);
            }
            V.Widen(sum, out D low, out D high);
            all += low + high;
            V.Widen(s0, out low, out high);
            a0 += low + high;
            V.Widen(s1, out low, out high);
            a1 += low + high;
            V.Widen(s2, out low, out high);
            a2 += low + high;
            V.Widen(s3, out low, out high);
            a3 += low + high;
        }
        masses[0] = D.Sum(a0);
        masses[1] = D.Sum(a1);
        masses[2] = D.Sum(a2);
        masses[3] = D.Sum(a3);
        return D.Sum(all);
    }
}
