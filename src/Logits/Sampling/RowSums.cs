using System.Runtime.CompilerServices;
using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>Sums of exponentials over a row of scores, each relative to the top: e = exp((x − top) · scale).</summary>
static unsafe class RowSums
{
    /// <summary>How many bounds <see cref="Bands"/> looks at in one pass.</summary>
    public const int Bounds = 4;

    /// <summary>How far the single-precision sums may be from the true ones, relatively.</summary>
    /// <remarks>0.8 ulp of the exponential, whose argument is carried in two parts, and 7 additions in single precision: 5.2·10⁻⁷.</remarks>
    public const double Error = 6e-7;

    /// <summary>Scores further below the top than this, once scaled, are counted as if they stood here: 2³¹ of them weigh 10⁻²⁵.</summary>
    public const double Depth = 80;

    /// <summary>Σ e and Σ e · (x − top) · scale, in double, with a fixed order of additions.</summary>
    public static (double Mass, double Moment) Exact(ReadOnlySpan<float> row, double top, double scale)
    {
        fixed (float* x = row)
            return Lanes.Has512 ? Exact<Lane512Double>(x, row.Length, top, scale)
                : Lanes.Has256 ? Exact<Lane256Double>(x, row.Length, top, scale)
                : Exact<Lane128Double>(x, row.Length, top, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static (double, double) Exact<V>(float* x, int length, double top, double scale) where V : struct, IDoubleLane<V>
    {
        V t = V.All(top), s = V.All(scale), least = V.All(-800), zero = V.All(0);
        V mass0 = zero, mass1 = zero, moment = zero;
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
        }
        return (V.Sum(mass0 + mass1), V.Sum(moment));
    }

    /// <summary>Σ e over the scores above <paramref name="high"/> and over those of at most <paramref name="low"/>, in double.</summary>
    public static (double Above, double Below) Outside(ReadOnlySpan<float> row, double top, double scale, float low, float high)
    {
        fixed (float* x = row)
            return Lanes.Has512 ? Outside<Lane512Double>(x, row.Length, top, scale, low, high)
                : Lanes.Has256 ? Outside<Lane256Double>(x, row.Length, top, scale, low, high)
                : Outside<Lane128Double>(x, row.Length, top, scale, low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static (double, double) Outside<V>(float* x, int length, double top, double scale, float low, float high) where V : struct, IDoubleLane<V>
    {
        V t = V.All(top), s = V.All(scale), h = V.All(high), l = V.All(low), least = V.All(-800), zero = V.All(0);
        double above = 0, below = 0;
        for (int chunk = 0; chunk < length; chunk += Noise.ChunkSize)
        {
            // By chunks, so that the error of the additions does not grow with the row.
            V over = zero, under = zero;
            for (int i = chunk, end = Math.Min(chunk + Noise.ChunkSize, length); i < end; i += V.Count)
            {
                V scores = i + V.Count <= end ? V.Load(x + i) : V.LoadPart(x + i, end - i, float.NegativeInfinity);
                V e = DoubleMath.Exp(V.Max((scores - t) * s, least));
                over += V.Select(V.Greater(scores, h), e, zero);
                under += V.Select(V.Greater(scores, l), zero, e);
            }
            above += V.Sum(over);
            below += V.Sum(under);
        }
        return (above, below);
    }

    /// <summary>Σ e over each of the five bands that four falling bounds cut the scores into, each within <see cref="Error"/>; a score on a bound is below it.</summary>
    public static void Bands(ReadOnlySpan<float> scores, float top, double scale, ReadOnlySpan<float> bounds, Span<double> masses)
    {
        fixed (float* x = scores, b = bounds)
        fixed (double* m = masses)
        {
            if (Lanes.Has512) Bands<Lane512Float, Lane512Double>(x, scores.Length, new(top, scale), b, m);
            else if (Lanes.Has256) Bands<Lane256Float, Lane256Double>(x, scores.Length, new(top, scale), b, m);
            else Bands<Lane128Float, Lane128Double>(x, scores.Length, new(top, scale), b, m);
        }
        double unit = FromTop(top, scale);
        foreach (ref double mass in masses[..(Bounds + 1)]) mass *= unit;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Bands<V, D>(float* x, int length, Scaling by, float* bounds, double* masses) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V lowest = V.All(by.Lowest), high = V.All(by.High), low = V.All(by.Low), shift = V.All(by.Shift), zero = V.All(0);
        V b0 = V.All(bounds[0]), b1 = V.All(bounds[1]), b2 = V.All(bounds[2]), b3 = V.All(bounds[3]);
        D t0 = D.All(0), t1 = t0, t2 = t0, t3 = t0, t4 = t0;
        for (int run = 0; run < length; run += Run)
        {
            V s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero;
            for (int i = run, end = Math.Min(run + Run, length); i < end; i += Lanes.Floats)
            {
                V z = i + Lanes.Floats <= end ? V.Load(x + i) : V.LoadPart(x + i, end - i, float.NegativeInfinity);
                V e = Exp<V, D>(z, lowest, high, low, shift);
                // What is above a bound, less what is above the one before, is either e or 0: exact.
                V a0 = V.Select(V.Greater(z, b0), e, zero), a1 = V.Select(V.Greater(z, b1), e, zero);
                V a2 = V.Select(V.Greater(z, b2), e, zero), a3 = V.Select(V.Greater(z, b3), e, zero);
                s0 += a0;
                s1 += a1 - a0;
                s2 += a2 - a1;
                s3 += a3 - a2;
                s4 += e - a3;
            }
            Widen(s0, ref t0);
            Widen(s1, ref t1);
            Widen(s2, ref t2);
            Widen(s3, ref t3);
            Widen(s4, ref t4);
        }
        masses[0] = D.Sum(t0);
        masses[1] = D.Sum(t1);
        masses[2] = D.Sum(t2);
        masses[3] = D.Sum(t3);
        masses[4] = D.Sum(t4);

        static void Widen(V sum, ref D total)
        {
            V.Widen(sum, out D low, out D high);
            total += low + high;
        }
    }

    /// <summary>Σ e over each chunk of 512 scores, within <see cref="Error"/>.</summary>
    public static void Chunks(ReadOnlySpan<float> row, float top, double scale, Span<double> masses)
    {
        fixed (float* x = row)
        fixed (double* m = masses)
        {
            if (Lanes.Has512) Chunks<Lane512Float, Lane512Double>(x, row.Length, new(top, scale), m);
            else if (Lanes.Has256) Chunks<Lane256Float, Lane256Double>(x, row.Length, new(top, scale), m);
            else Chunks<Lane128Float, Lane128Double>(x, row.Length, new(top, scale), m);
        }
        double unit = FromTop(top, scale);
        foreach (ref double mass in masses) mass *= unit;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Chunks<V, D>(float* x, int length, Scaling by, double* masses) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V lowest = V.All(by.Lowest), high = V.All(by.High), low = V.All(by.Low), shift = V.All(by.Shift), zero = V.All(0);
        for (int chunk = 0; chunk < length; chunk += Noise.ChunkSize)
        {
            D total = D.All(0);
            int end = Math.Min(chunk + Noise.ChunkSize, length);
            for (int run = chunk; run < end; run += Run)
            {
                V sum = zero;
                for (int i = run, last = Math.Min(run + Run, end); i < last; i += Lanes.Floats)
                    sum += Exp<V, D>(i + Lanes.Floats <= last ? V.Load(x + i) : V.LoadPart(x + i, last - i, float.NegativeInfinity), lowest, high, low, shift);
                V.Widen(sum, out D d0, out D d1);
                total += d0 + d1;
            }
            *masses++ = D.Sum(total);
        }
    }

    /// <summary>Σ e over each chunk of 512 scores, in double.</summary>
    public static void ExactChunks(ReadOnlySpan<float> row, double top, double scale, Span<double> masses)
    {
        fixed (float* x = row)
        fixed (double* m = masses)
        {
            if (Lanes.Has512) ExactChunks<Lane512Double>(x, row.Length, top, scale, m);
            else if (Lanes.Has256) ExactChunks<Lane256Double>(x, row.Length, top, scale, m);
            else ExactChunks<Lane128Double>(x, row.Length, top, scale, m);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void ExactChunks<V>(float* x, int length, double top, double scale, double* masses) where V : struct, IDoubleLane<V>
    {
        V t = V.All(top), s = V.All(scale), least = V.All(-800);
        for (int chunk = 0; chunk < length; chunk += Noise.ChunkSize)
        {
            V sum = V.All(0);
            for (int i = chunk, end = Math.Min(chunk + Noise.ChunkSize, length); i < end; i += V.Count)
            {
                V scores = i + V.Count <= end ? V.Load(x + i) : V.LoadPart(x + i, end - i, float.NegativeInfinity);
                sum += DoubleMath.Exp(V.Max((scores - t) * s, least));
            }
            *masses++ = V.Sum(sum);
        }
    }

    /// <summary>Σ e, and for each of four caps Σ min(e, exp((cap − top) · scale)); within <see cref="Error"/>.</summary>
    public static double Capped(ReadOnlySpan<float> scores, float top, double scale, ReadOnlySpan<float> caps, Span<double> masses)
    {
        Span<float> weights = stackalloc float[Bounds];
        double unit = FromTop(top, scale), total;
        for (int i = 0; i < Bounds; i++) weights[i] = (float)(StableMath.Exp((caps[i] - (double)top) * scale) / unit);
        fixed (float* x = scores, w = weights)
        fixed (double* m = masses)
            total = Lanes.Has512 ? Capped<Lane512Float, Lane512Double>(x, scores.Length, new(top, scale), w, m)
                : Lanes.Has256 ? Capped<Lane256Float, Lane256Double>(x, scores.Length, new(top, scale), w, m)
                : Capped<Lane128Float, Lane128Double>(x, scores.Length, new(top, scale), w, m);
        foreach (ref double mass in masses[..Bounds]) mass *= unit;
        return total * unit;
    }

    /// <summary>The length is a multiple of 16, as that of <see cref="BlockMaxima"/> is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static double Capped<V, D>(float* x, int length, Scaling by, float* caps, double* masses) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V lowest = V.All(by.Lowest), high = V.All(by.High), low = V.All(by.Low), shift = V.All(by.Shift);
        V c0 = V.All(caps[0]), c1 = V.All(caps[1]), c2 = V.All(caps[2]), c3 = V.All(caps[3]);
        D all = D.All(0), t0 = all, t1 = all, t2 = all, t3 = all;
        for (int i = 0; i < length; i += Lanes.Floats)
        {
            V e = Exp<V, D>(V.Load(x + i), lowest, high, low, shift);
            Add(e, ref all);
            Add(V.Min(e, c0), ref t0);
            Add(V.Min(e, c1), ref t1);
            Add(V.Min(e, c2), ref t2);
            Add(V.Min(e, c3), ref t3);
        }
        masses[0] = D.Sum(t0);
        masses[1] = D.Sum(t1);
        masses[2] = D.Sum(t2);
        masses[3] = D.Sum(t3);
        return D.Sum(all);

        static void Add(V x, ref D total)
        {
            V.Widen(x, out D low, out D high);
            total += low + high;
        }
    }

    /// <summary>So many scores are summed in single precision before their sum is widened.</summary>
    const int Run = 8 * Lanes.Floats;

    /// <summary>What turns a score into exp(score · scale) · 2^−shift.</summary>
    readonly struct Scaling(float top, double scale)
    {
        /// <summary>The scale in two parts, so that products with it can be made good.</summary>
        public readonly float High = (float)scale, Low = (float)(scale - (float)scale);

        /// <summary>A whole number that brings the largest e near 1.</summary>
        public readonly float Shift = ShiftOf(top, scale);

        public readonly float Lowest = (float)(top - Depth / scale);
    }

    static float ShiftOf(float top, double scale) => (float)Math.Round(top * scale * FloatMath.Log2E);

    /// <summary>2^shift · exp(−top · scale): from the sums' unit to that of the top.</summary>
    static double FromTop(float top, double scale) => StableMath.Exp(ShiftOf(top, scale) * DoubleMath.Ln2 - top * scale);

    /// <summary>exp(z · scale) · 2^−shift: no difference to the top is taken, so a score of any size keeps its digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Exp<V, D>(V z, V lowest, V high, V low, V shift) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        z = V.Max(z, lowest);
        V scaled = z * high;
        // What the product lost, and what the scale's second part adds: e^(a + b) = e^a (1 + b) for the tiny b.
        V rest = V.MultiplyAdd(z, low, V.MultiplyAdd(z, high, V.Negate(scaled)));
        V power = FloatMath.Exp<V, D>(scaled, out V b, out V q);
        q += V.MultiplyAdd(q, rest, rest);
        return V.Scale(V.MultiplyAdd(power, q, power), b - shift);
    }
}
