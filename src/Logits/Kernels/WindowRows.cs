using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>
/// Σ exp(x / T) of a long row of floats in one look, as long as its scores lie within a window of powers of two in which every weight is a normal float.
/// Rows that leave the window go to <see cref="FloatRows.Weights"/>.
/// </summary>
/// <remarks>
/// <para>
/// No pass looks for the largest score first. The largest of the row's first 128 decides the shift, a whole power of two by which all weights are lowered: it weighs about 2²⁴, and the
/// window reaches 61 below and 27 above it in x / T. A power of two changes no digit, so the choice does not show in the weights. Whether a score is within is read off the bits of its
/// rounded exponent, for a whole block at once; NaN and ±∞ are outside.
/// </para>
/// <para>
/// Inside the window the power is put together by adding to the bits of a table's entry. <see cref="Weights"/> adds weights in float to a number so large that what the addition loses can be
/// told exactly (fast two-sum), and adds up the losses beside it; blocks are added in double. So the sum is good to 2⁻³⁶ of itself or so, and no weight is widened. The number to add to
/// grows when weights overtake it, and the block is added again. Source: T. J. Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18 (1971).
/// </para>
/// </remarks>
internal static unsafe class WindowRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Scores that are summed in float, and checked, together.</summary>
    const int Block = 64 * Lanes.Floats;

    /// <summary>The scores that decide the shift; no row here is shorter.</summary>
    const int First = FloatRows.Short;

    /// <summary>The largest of the first scores weighs about 2 to this.</summary>
    const int Height = 24;

    /// <summary>The shift of a row, NaN where its first scores are not ordinary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Shift<V, D>(float* x, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V max = V.Load(x);
        for (int i = V.Count; i < First; i += V.Count) max = V.Max(V.Load(x + i), max);
        float largest = V.Largest(max);
        return FloatRows.Holds(largest, temperature) ? (float)Math.Round(largest * (DoubleMath.Log2E / temperature)) - Height : float.NaN;
    }

    /// <summary>
    /// Σ 2^−shift · e^(x / T), NaN when a score is outside the window. The weights go to <paramref name="y"/> unless <typeparamref name="K"/> is <see cref="Forget"/>. With <see cref="Keep"/> the sum is
    /// that of the weights as they are written, otherwise that of the weights before they were rounded to float, to 2⁻²⁹ or so.
    /// </summary>
    /// <param name="x">The scores, at least 128.</param>
    /// <param name="y">Room for the weights, which is not that of the scores: the caller may need them again.</param>
    /// <param name="count">How many.</param>
    /// <param name="temperature">T.</param>
    /// <param name="shift">Σ e^(x / T) = 2^shift · the result.</param>
    /// <param name="largest">The largest score, where the weights are not written.</param>
    [MethodImpl(Loop)]
    public static double Weights<V, D, K>(float* x, float* y, nint count, double temperature, out float shift, out float largest)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
        where K : struct
    {
        shift = Shift<V, D>(x, temperature);
        largest = float.NaN;
        if (float.IsNaN(shift)) return double.NaN;
        var t = FloatTemperature.Of(temperature);
        V scale = V.All(t.Scale), origin = V.All(FloatMath.WindowOne - shift), step = V.All(t.Step), stepRest = V.All(t.StepRest);
        V linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth), bottom = V.All(FloatMath.WindowBottom);
        V powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), max = V.All(float.NegativeInfinity), zero = V.All(0);
        float large = 1L << Height + 8;
        D low = D.All(0), high = D.All(0);
        nint whole = count & -V.Count;
        for (nint i = 0; i < count;)
        {
            V outside = zero, start = V.All(large), sum = start, lost = zero, small = zero;
            nint at = i, end = Math.Min(whole, i + Block);
            if (typeof(V) == typeof(Lane512Float))
                for (; at <= end - 4 * V.Count; at += 4 * V.Count)
                {
                    V a = V.Load(x + at), b = V.Load(x + at + V.Count), c = V.Load(x + at + 2 * V.Count), d = V.Load(x + at + 3 * V.Count);
                    if (typeof(K) == typeof(Forget) || typeof(K) == typeof(Copy)) max = V.Max(V.Max(a, b), V.Max(V.Max(c, d), max));
                    if (typeof(K) == typeof(Copy))
                    {
                        a.Store(y + at);
                        b.Store(y + at + V.Count);
                        c.Store(y + at + 2 * V.Count);
                        d.Store(y + at + 3 * V.Count);
                    }
                    Weight<V, D>(ref a, ref b, ref c, ref d, scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out V qa, out V qb, out V qc, out V qd);
                    if (typeof(K) != typeof(Keep)) small = V.MultiplyAdd(d, qd, V.MultiplyAdd(c, qc, V.MultiplyAdd(b, qb, V.MultiplyAdd(a, qa, small))));
                    if (typeof(K) == typeof(Keep) || typeof(K) == typeof(KeepExactly))
                    {
                        V ea = V.MultiplyAdd(a, qa, a), eb = V.MultiplyAdd(b, qb, b), ec = V.MultiplyAdd(c, qc, c), ed = V.MultiplyAdd(d, qd, d);
                        ea.Store(y + at);
                        eb.Store(y + at + V.Count);
                        ec.Store(y + at + 2 * V.Count);
                        ed.Store(y + at + 3 * V.Count);
                        if (typeof(K) == typeof(Keep)) (a, b, c, d) = (ea, eb, ec, ed);
                    }
                    Add(a, ref sum, ref lost);
                    Add(b, ref sum, ref lost);
                    Add(c, ref sum, ref lost);
                    Add(d, ref sum, ref lost);
                }
            for (; at < end; at += V.Count)
            {
                V a = Weigh<V, D, K>(x + at, y + at, scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, ref max, out V q);
                Add(a, ref sum, ref lost);
                if (typeof(K) != typeof(Keep)) small = V.MultiplyAdd(a, q, small);
            }
            if (at == whole && whole < count)
            {
                // The last register ends with the row and lies across the one before.
                at = count - V.Count;
                V a = Weigh<V, D, K>(x + at, y + at, scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, ref max, out V q);
                a = V.Select(FloatRows.Fresh<V>((int)(count - whole)), a, zero);
                Add(a, ref sum, ref lost);
                if (typeof(K) != typeof(Keep)) small = V.MultiplyAdd(a, q, small);
                at = count;
            }
            if (V.AnyBit(outside, FloatMath.WindowMask)) return double.NaN;
            if (V.FirstSet(V.Greater(sum, start + start)) < V.Count)
            {
                large = 16 * PowerBelow(V.Largest(sum));
                continue;
            }
            Widen(sum - start, ref low, ref high);
            Widen(lost, ref low, ref high);
            if (typeof(K) != typeof(Keep)) Widen(small, ref low, ref high);
            i = at;
        }
        if (typeof(K) == typeof(Forget) || typeof(K) == typeof(Copy)) largest = V.Largest(max);
        return D.Sum(low + high);
    }

    /// <summary>One register: what <see cref="Weights"/> adds up, which is the weights as they are written or their powers, and then q beside them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Weigh<V, D, K>(float* x, float* y, V scale, V origin, V step, V stepRest, V linear, V half, V sixth, V bottom, V powers, V corrections, ref V outside, ref V max, out V q)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
        where K : struct
    {
        V v = V.Load(x), power = Weight<V, D>(v, scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out q);
        if (typeof(K) == typeof(Forget) || typeof(K) == typeof(Copy)) max = V.Max(v, max);
        if (typeof(K) == typeof(Copy)) v.Store(y);
        if (typeof(K) == typeof(Forget) || typeof(K) == typeof(Copy)) return power;
        V e = V.MultiplyAdd(power, q, power);
        e.Store(y);
        return typeof(K) == typeof(Keep) ? e : power;
    }

    /// <summary><see cref="Weights"/> without care for the last digits, for a logarithm that is large: within 7·10⁻⁷ of itself, and half as long again as reading.</summary>
    [MethodImpl(Loop)]
    public static double RoughSum<V, D>(float* x, nint count, double temperature, out float shift) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        shift = Shift<V, D>(x, temperature);
        if (float.IsNaN(shift)) return double.NaN;
        var t = FloatTemperature.Of(temperature);
        const int Registers = 16, Checked = 8 * Registers;
        V scale = V.All(t.Scale), origin = V.All(FloatMath.WindowOne - shift), bottom = V.All(FloatMath.WindowBottom), powers = FloatMath.LoadWindowPowers<V>();
        V cubic = V.All(-FloatMath.CubicOfTwo), square = V.All(FloatMath.SquareOfTwo), linear = V.All(-FloatMath.Ln2), one = V.All(1), zero = V.All(0), outside = zero;
        D low = D.All(0), high = D.All(0);
        nint i = 0, whole = count & -V.Count;
        while (i < whole)
        {
            // A float adds up eight weights, and two of these.
            nint check = Math.Min(whole, i + Checked * V.Count);
            while (i < check)
            {
                V a = zero, b = zero;
                nint end = Math.Min(whole, i + Registers * V.Count);
                for (; i <= end - 2 * V.Count; i += 2 * V.Count)
                {
                    a = V.MultiplyAdd(RoughWeight<V, D>(V.Load(x + i), scale, origin, cubic, square, linear, one, bottom, powers, ref outside, out V p), p, a);
                    b = V.MultiplyAdd(RoughWeight<V, D>(V.Load(x + i + V.Count), scale, origin, cubic, square, linear, one, bottom, powers, ref outside, out p), p, b);
                }
                if (i < end)
                {
                    a = V.MultiplyAdd(RoughWeight<V, D>(V.Load(x + i), scale, origin, cubic, square, linear, one, bottom, powers, ref outside, out V p), p, a);
                    i = end;
                }
                Widen(a + b, ref low, ref high);
            }
            if (V.AnyBit(outside, FloatMath.WindowMask)) return double.NaN;
        }
        if (whole < count)
        {
            V power = RoughWeight<V, D>(V.Load(x + count - V.Count), scale, origin, cubic, square, linear, one, bottom, powers, ref outside, out V p);
            if (V.AnyBit(outside, FloatMath.WindowMask)) return double.NaN;
            Widen(V.Select(FloatRows.Fresh<V>((int)(count - whole)), power * p, zero), ref low, ref high);
        }
        return D.Sum(low + high);
    }

    /// <summary>The power and q of the weight power · (1 + q), as in <see cref="FloatRows.Weights"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Weight<V, D>(V x, V scale, V origin, V step, V stepRest, V linear, V half, V sixth, V bottom, V powers, V corrections, ref V outside, out V q) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V rounded = V.MultiplyAdd(x, scale, origin), b = rounded - origin;
        outside = V.OrDifference(outside, rounded, bottom);
        V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(b, step, x));
        V power = FloatMath.WindowPower<V, D>(powers, rounded);
        q = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, linear), r, V.Lookup(corrections, rounded));
        return power;
    }

    /// <summary><see cref="Weight{V, D}(V, V, V, V, V, V, V, V, V, V, V, ref V, out V)"/> of four registers side by side, which get their powers: a processor that looks no more than a hundred operations ahead finds more to do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weight<V, D>(
        ref V a, ref V b, ref V c, ref V d, V scale, V origin, V step, V stepRest, V linear, V half, V sixth, V bottom, V powers, V corrections, ref V outside, out V qa, out V qb, out V qc, out V qd)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        V ka = V.MultiplyAdd(a, scale, origin), kb = V.MultiplyAdd(b, scale, origin), kc = V.MultiplyAdd(c, scale, origin), kd = V.MultiplyAdd(d, scale, origin);
        V ra = ka - origin, rb = kb - origin, rc = kc - origin, rd = kd - origin;
        outside = V.OrDifference(V.OrDifference(V.OrDifference(V.OrDifference(outside, ka, bottom), kb, bottom), kc, bottom), kd, bottom);
        a = V.MinusMultiply(ra, step, a);
        b = V.MinusMultiply(rb, step, b);
        c = V.MinusMultiply(rc, step, c);
        d = V.MinusMultiply(rd, step, d);
        ra = V.MinusMultiply(ra, stepRest, a);
        rb = V.MinusMultiply(rb, stepRest, b);
        rc = V.MinusMultiply(rc, stepRest, c);
        rd = V.MinusMultiply(rd, stepRest, d);
        a = FloatMath.WindowPower<V, D>(powers, ka);
        b = FloatMath.WindowPower<V, D>(powers, kb);
        c = FloatMath.WindowPower<V, D>(powers, kc);
        d = FloatMath.WindowPower<V, D>(powers, kd);
        qa = V.MultiplyAdd(ra, sixth, half);
        qb = V.MultiplyAdd(rb, sixth, half);
        qc = V.MultiplyAdd(rc, sixth, half);
        qd = V.MultiplyAdd(rd, sixth, half);
        qa = V.MultiplyAdd(qa, ra, linear);
        qb = V.MultiplyAdd(qb, rb, linear);
        qc = V.MultiplyAdd(qc, rc, linear);
        qd = V.MultiplyAdd(qd, rd, linear);
        qa = V.MultiplyAdd(qa, ra, V.Lookup(corrections, ka));
        qb = V.MultiplyAdd(qb, rb, V.Lookup(corrections, kb));
        qc = V.MultiplyAdd(qc, rc, V.Lookup(corrections, kc));
        qd = V.MultiplyAdd(qd, rd, V.Lookup(corrections, kd));
    }

    /// <summary>sum + e in sum, and what that lost in lost: exactly, where |sum| ≥ |e|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V>(V e, ref V sum, ref V lost) where V : struct, ILane<V, float>
    {
        V next = sum + e;
        lost += e - (next - sum);
        sum = next;
    }

    /// <summary>The largest power of two that is not above x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float PowerBelow(float x) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(x) & 0x7F80_0000);

    /// <summary>The power and p of a weight power · p. The remainder is taken in powers of two and in one step: with x log₂e / T rounded once, its error is that of a temperature 1.3·10⁻⁸ off, or what rounding the scale makes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V RoughWeight<V, D>(V x, V scale, V origin, V cubic, V square, V linear, V one, V bottom, V powers, ref V outside, out V p) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V rounded = V.MultiplyAdd(x, scale, origin);
        outside = V.OrDifference(outside, rounded, bottom);
        V r = V.MinusMultiply(x, scale, rounded - origin);    // its opposite
        p = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, cubic, square), r, linear), r, one);
        return FloatMath.WindowPower<V, D>(powers, rounded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Widen<V, D>(V x, ref D low, ref D high) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V.Widen(x, out D a, out D b);
        low += a;
        high += b;
    }
}
