using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Kernels;

/// <summary>The loops over one row of floats in float arithmetic: the fast ones.</summary>
[SkipLocalsInit]
internal static unsafe class FloatRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Registers whose small parts are added in float before they go into double: 8 terms below a fortieth of the sum lose nothing that shows.</summary>
    const int Block = 8;

    /// <summary>Whether <see cref="Mass"/> holds: beyond, the double loops take over. Up to here a count of sixteenths of max / T ln 2 leaves the bits of a float to spare.</summary>
    public static bool Holds(double max, double temperature) =>
        temperature is >= 1e-6 and <= 1e6 && Math.Abs(max) <= Reach * temperature;

    /// <summary>The largest |max| / T of <see cref="Holds"/>.</summary>
    public const double Reach = 9e4;

    /// <summary>How many elements to do first so that the stores of the others do not run across cache lines; 0 where it does not pay. Where elements are on their own no bit depends on it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nint ToBoundary(float* y, nint count) => count < 4096 ? 0 : (-(nint)y & 63) / sizeof(float);

    /// <summary>y = f(x), element by element: quickly, and again with care where a block leaves the window of powers, see <see cref="FloatMath.WindowPower"/>.</summary>
    public static void Map<V, D, F>(float* x, float* y, nint n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where F : struct, IFloatMap
    {
        if (n < V.Count)
        {
            if (!MapFew<V, D, F>(x, y, (int)n)) MapCarefully<V, D, F>(x, y, n);
            return;
        }
        nint i = ToBoundary(y, n);
        if (i > 0) MapCarefully<V, D, F>(x, y, i);
        while (true)
        {
            i += MapQuickly<V, D, F>(x + i, y + i, n - i);
            if (i == n) return;
            nint count = Math.Min(n - i, MapBlock);
            MapCarefully<V, D, F>(x + i, y + i, count);
            i += count;
        }
    }

    /// <summary>Elements whose exponents are checked together.</summary>
    const int MapBlock = 16 * Lanes.Floats;

    /// <summary>y = f(x) up to the first block that leaves the window, or past its end: the number of elements done.</summary>
    /// <remarks>Nothing is called, and every constant has a register.</remarks>
    [MethodImpl(Loop)]
    static nint MapQuickly<V, D, F>(float* x, float* y, nint n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where F : struct, IFloatMap
    {
        float* kept = stackalloc float[MapBlock];
        V scale = V.All(FloatMath.Log2E), origin = V.All(FloatMath.WindowOne), step = V.All(FloatMath.Ln2), stepRest = V.All(FloatMath.Ln2Rest);
        V one = V.All(1), half = V.All(FloatMath.Half), sixth = V.All(FloatMath.Sixth), bottom = V.All(FloatMath.WindowBottom);
        V powers = F.Powers<V>(), corrections = F.Corrections<V>(), unit = V.All(F.Unit), q;
        for (nint i = 0; i < n; i += MapBlock)
        {
            nint count = Math.Min(n - i, MapBlock), whole = count & -V.Count;
            float* from = x + i, to = y + i;
            if (x == y)
            {
                for (nint k = 0; k < whole; k += V.Count) V.Load(from + k).Store(kept + k);
                from = kept;
            }
            V outside = V.All(0), last = outside;
            nint j = 0;
            if (typeof(V) == typeof(Lane512Float))
                for (; j <= whole - 4 * V.Count; j += 4 * V.Count)
                {
                    V a = V.Load(from + j), b = V.Load(from + j + V.Count), c = V.Load(from + j + 2 * V.Count), d = V.Load(from + j + 3 * V.Count);
                    WindowRows.Weight<V, D>(ref a, ref b, ref c, ref d, scale, origin, step, stepRest, one, half, sixth, bottom, powers, corrections, ref outside, out V qa, out V qb, out V qc, out V qd);
                    V ea = V.MultiplyAdd(a, qa, a), eb = V.MultiplyAdd(b, qb, b), ec = V.MultiplyAdd(c, qc, c), ed = V.MultiplyAdd(d, qd, d);
                    F.Finish(ea, unit).Store(to + j);
                    F.Finish(eb, unit).Store(to + j + V.Count);
                    F.Finish(ec, unit).Store(to + j + 2 * V.Count);
                    F.Finish(ed, unit).Store(to + j + 3 * V.Count);
                }
            for (; j < whole; j += V.Count)
            {
                V power = WindowRows.Weight<V, D>(V.Load(from + j), scale, origin, step, stepRest, one, half, sixth, bottom, powers, corrections, ref outside, out q);
                F.Finish(V.MultiplyAdd(power, q, power), unit).Store(to + j);
            }
            if (whole < count)
            {
                V power = WindowRows.Weight<V, D>(V.LoadPart(x + i + whole, (int)(count - whole), 0), scale, origin, step, stepRest, one, half, sixth, bottom, powers, corrections, ref outside, out q);
                last = F.Finish(V.MultiplyAdd(power, q, power), unit);
            }
            if (V.AnyBit(outside, FloatMath.WindowMask))
            {
                if (x == y)
                    for (j = 0; j < whole; j += V.Count) V.Load(from + j).Store(to + j);
                return i;
            }
            if (whole < count) last.StorePart(to + whole, (int)(count - whole));
        }
        return n;
    }

    /// <summary>y = f(x) of less than a register: false, and nothing done, when it leaves the window. One use of a constant is not worth a register.</summary>
    [MethodImpl(Loop)]
    static bool MapFew<V, D, F>(float* x, float* y, int n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where F : struct, IFloatMap
    {
        V outside = V.All(0);
        V power = WindowRows.Weight<V, D>(
            V.LoadPart(x, n, 0), V.All(FloatMath.Log2E), V.All(FloatMath.WindowOne), V.All(FloatMath.Ln2), V.All(FloatMath.Ln2Rest), V.All(1), V.All(FloatMath.Half), V.All(FloatMath.Sixth),
            V.All(FloatMath.WindowBottom), F.Powers<V>(), F.Corrections<V>(), ref outside, out V q);
        if (V.AnyBit(outside, FloatMath.WindowMask)) return false;
        F.Finish(V.MultiplyAdd(power, q, power), V.All(F.Unit)).StorePart(y, n);
        return true;
    }

    /// <summary>y = f(x) for any x.</summary>
    [MethodImpl(Loop)]
    static void MapCarefully<V, D, F>(float* x, float* y, nint n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where F : struct, IFloatMap
    {
        for (nint i = 0; i < n; i += V.Count)
        {
            int left = (int)Math.Min(n - i, V.Count);
            V v = F.Apply<V, D>(left == V.Count ? V.Load(x + i) : V.LoadPart(x + i, left, 0));
            if (left == V.Count) v.Store(y + i);
            else v.StorePart(y + i, left);
        }
    }

    /// <summary>The largest element that is not NaN, −∞ when there is none.</summary>
    [MethodImpl(Loop)]
    public static float Max<V, D>(float* x, nint n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V a = V.All(float.NegativeInfinity), b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            a = V.Max(V.Load(x + i), a);
            b = V.Max(V.Load(x + i + V.Count), b);
            c = V.Max(V.Load(x + i + 2 * V.Count), c);
            d = V.Max(V.Load(x + i + 3 * V.Count), d);
        }
        for (; i <= n - V.Count; i += V.Count) a = V.Max(V.Load(x + i), a);
        if (i < n) a = V.Max(V.LoadPart(x + i, (int)(n - i), float.NegativeInfinity), a);
        return V.Largest(V.Max(V.Max(a, b), V.Max(c, d)));
    }

    /// <summary>The largest element, −∞ when there is none; <paramref name="nan"/> tells whether a NaN was among them.</summary>
    [MethodImpl(Loop)]
    public static float Max<V, D>(float* x, nint n, out bool nan) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V a = V.All(float.NegativeInfinity), b = a, odd = V.All(0);
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            V v = V.Load(x + i), w = V.Load(x + i + V.Count);
            a = V.Max(v, a);
            b = V.Max(w, b);
            odd = V.Select(V.Equal(v, v), odd, v);
            odd = V.Select(V.Equal(w, w), odd, w);
        }
        for (; i < n; i += V.Count)
        {
            V v = n - i >= V.Count ? V.Load(x + i) : V.LoadPart(x + i, (int)(n - i), float.NegativeInfinity);
            a = V.Max(v, a);
            odd = V.Select(V.Equal(v, v), odd, v);
        }
        nan = float.IsNaN(V.Sum(odd));
        return V.Largest(V.Max(a, b));
    }

    /// <summary>Rows no longer than this are one block: <see cref="SoftmaxShort"/> keeps them in one method.</summary>
    public const int Short = Block * Lanes.Floats;

    /// <summary>softmax(x / T) of rows that fit one register, as long as their scores lie within the window of powers around the first: the number of rows done. The bits are those of <see cref="ShortRows.Softmax"/>.</summary>
    [MethodImpl(Loop)]
    static int SoftmaxOfOne<V, D>(float* x, float* y, int rows, int classes, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        var t = FloatTemperature.Of(temperature);
        V scale = V.All(t.Scale), step = V.All(t.Step), stepRest = V.All(t.StepRest), linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth), bottom = V.All(FloatMath.WindowBottom);
        V powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), none = V.All(float.NegativeInfinity), zero = V.All(0);
        double largest = Reach * temperature;
        for (int row = 0; row < rows; row++, x += classes, y += classes)
        {
            if (!(Math.Abs(*x) <= largest)) return row;
            V first = V.All(*x), v = classes == V.Count ? V.Load(x) : V.LoadPart(x, classes, float.NegativeInfinity), ruledOut = V.Equal(v, none), outside = zero;
            V e = WindowRows.Weight<V, D>(V.Select(ruledOut, first, v), scale, WindowOrigin(first, scale), step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out V q);
            e = V.Select(ruledOut, zero, V.MultiplyAdd(e, q, e));
            if (V.AnyBit(outside, FloatMath.WindowMask)) return row;
            V.Widen(e, out D low, out D high);
            double inverse = 1 / D.Sum(low + high);
            float factor = (float)inverse;
            e = V.MultiplyAdd(e, V.All(factor), e * V.All((float)(inverse - factor)));
            if (classes == V.Count) e.Store(y);
            else e.StorePart(y, classes);
        }
        return rows;
    }

    /// <summary>Where the window lies with a row's first score near its 2⁰: a whole number of powers, which changes no digit of a weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WindowOrigin<V>(V first, V scale) where V : struct, ILane<V, float>
    {
        V magic = V.All(12582912);    // 1.5 · 2²³
        return V.All(FloatMath.WindowOne) - (V.MultiplyAdd(first, scale, magic) - magic);
    }

    /// <summary>softmax(x / T) of row after row of at most <see cref="Short"/> classes, as long as rows are ordinary: the number of rows done.</summary>
    /// <remarks>A row is not ordinary when its largest score is ±∞ or too large for the reduction without a shift.</remarks>
    public static int SoftmaxShort<V, D>(float* x, float* y, int rows, int classes, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        for (int row = 0; row < rows; row++)
        {
            float* from = x + (nint)row * classes, to = y + (nint)row * classes;
            int done = classes <= V.Count ? SoftmaxOfOne<V, D>(from, to, rows - row, classes, temperature) : SoftmaxFromFirst<V, D>(from, to, rows - row, classes, temperature);
            row += done;
            if (row == rows || !SoftmaxFromTop<V, D>(from + (nint)done * classes, to + (nint)done * classes, classes, temperature)) return row;
        }
        return rows;
    }

    /// <summary>softmax(x / T) of row after row, as long as their scores lie within the window of powers around the first ones: the number of rows done.</summary>
    /// <remarks>For short rows what costs is not the exponential but what comes around it: divisions by the temperature are made once for all rows, and nothing is called.</remarks>
    [MethodImpl(Loop)]
    static int SoftmaxFromFirst<V, D>(float* x, float* y, int rows, int classes, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        var t = FloatTemperature.Of(temperature);
        V scale = V.All(t.Scale), step = V.All(t.Step), stepRest = V.All(t.StepRest), linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth);
        V powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), bottom = V.All(FloatMath.WindowBottom), fresh = Fresh<V>(classes), zero = V.All(0);
        double largest = Reach * temperature, log2 = DoubleMath.Log2E / temperature;
        int whole = classes & -V.Count, last = classes - V.Count;
        // The weights wait where a register seldom lies across cache lines, as it may in y.
        float* weights = stackalloc float[Short + 16];
        weights += (-(nint)weights & 63) / sizeof(float);
        for (int row = 0; row < rows; row++, x += classes, y += classes)
        {
            // As in WindowRows, with the largest of the first four scores for a reference: it weighs 2^24, and up to 2^16 times that the sum is exact enough.
            float first = LaneBits.Largest(Vector128.Load(x));
            if (!(Math.Abs(first) <= largest)) return row;
            V origin = V.All(FloatMath.WindowOne + 24 - (float)Math.Round(first * log2)), start = V.All(1L << 40), total = start, lost = zero, outside = zero, q;
            for (int i = 0; i < whole; i += V.Count)
            {
                V power = WindowRows.Weight<V, D>(V.Load(x + i), scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out q);
                V e = V.MultiplyAdd(power, q, power);
                e.Store(weights + i);
                WindowRows.Add(e, ref total, ref lost);
            }
            if (whole < classes)
            {
                V power = WindowRows.Weight<V, D>(V.Load(x + last), scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out q);
                V e = V.MultiplyAdd(power, q, power);
                e.Store(weights + last);
                WindowRows.Add(V.Select(fresh, e, zero), ref total, ref lost);
            }
            if (V.AnyBit(outside, FloatMath.WindowMask)) return row;
            if (V.FirstSet(V.Greater(total, start + start)) < V.Count)
            {
                // Overtaken: they are added again, to a number larger than any.
                start = total = V.All(16 * WindowRows.PowerBelow(V.Largest(total)));
                lost = zero;
                for (int i = 0; i < whole; i += V.Count) WindowRows.Add(V.Load(weights + i), ref total, ref lost);
                if (whole < classes) WindowRows.Add(V.Select(fresh, V.Load(weights + last), zero), ref total, ref lost);
            }
            V.Widen(total - start, out D low, out D high);
            V.Widen(lost, out D lowLost, out D highLost);
            double inverse = 1 / D.Sum((low + lowLost) + (high + highLost));
            float factor = (float)inverse;
            V f = V.All(factor), fRest = V.All((float)(inverse - factor));
            for (int i = 0; i < whole; i += V.Count)
            {
                V e = V.Load(weights + i);
                V.MultiplyAdd(e, f, e * fRest).Store(y + i);
            }
            if (whole < classes)
            {
                V e = V.Load(weights + last);
                V.MultiplyAdd(e, f, e * fRest).Store(y + last);
            }
        }
        return rows;
    }

    /// <summary>softmax(x / T) of one row by its largest score; false, and nothing done, when the row is not ordinary.</summary>
    [MethodImpl(Loop)]
    static bool SoftmaxFromTop<V, D>(float* x, float* y, int classes, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        float max = LargestShort<V, D>(x, classes);
        if (!(Math.Abs(max) <= Reach * temperature)) return false;
        float* weights = stackalloc float[Short];
        var t = FloatTemperature.Of(temperature);
        double sum = SumShort<V, D>(
            x, weights, classes, max, temperature, Fresh<V>(classes), V.All(t.Scale), V.All(t.Step), V.All(t.StepRest), V.All(t.Linear), V.All(t.Half), V.All(t.Sixth), V.All(FloatMath.SixteenthMagic));
        double inverse = 1 / sum;
        Scale<V, D>(weights, y, classes, (float)inverse, (float)(inverse - (float)inverse));
        return true;
    }

    /// <summary>The last register of a short row ends with the row and lies across the one before: all bits set for the elements that one does not hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Fresh<V>(int classes) where V : struct, ILane<V, float>
    {
        ReadOnlySpan<float> places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        return V.Greater(V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(places))), V.All(15.5f - classes % 16));
    }

    /// <summary>The largest score of one row of at most <see cref="Short"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestShort<V, D>(float* x, int classes) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        if (classes < V.Count) return V.Largest(V.LoadPart(x, classes, float.NegativeInfinity));
        V max = V.Max(V.Load(x + classes - V.Count), V.All(float.NegativeInfinity));
        for (int i = 0; i < classes - V.Count; i += V.Count) max = V.Max(V.Load(x + i), max);
        return V.Largest(max);
    }

    /// <summary>Σ exp((x − max) / T) of one row of at most <see cref="Short"/>; its weights go to <paramref name="y"/>, which is not x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumShort<V, D>(float* x, float* y, int classes, float max, double temperature, V fresh, V scale, V step, V stepRest, V linear, V half, V sixth, V magic)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        V top = V.All(max), steps = V.MultiplyAdd(top, scale, magic) - magic, remainder = V.MinusMultiply(steps, step, top), zero = V.All(0);
        if (classes <= V.Count)
        {
            V small = zero, v = classes == V.Count ? V.Load(x) : V.LoadPart(x, classes, float.NegativeInfinity);
            D lowSum = D.All(0), highSum = lowSum;
            v = Weigh(v, V.All((float)(max - 112 * temperature)), top, scale, steps, step, remainder, stepRest, linear, half, sixth, magic, ref small, ref lowSum, ref highSum);
            if (classes == V.Count) v.Store(y);
            else v.StorePart(y, classes);
            Flush(ref small, ref lowSum, ref highSum);
            return D.Sum(lowSum + highSum);
        }

        // Where all scores are within the window, as in WindowRows: below a largest weight of 1 none is lost in adding to 16.
        V powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), bottom = V.All(FloatMath.WindowBottom), origin = V.All(FloatMath.WindowOne), start = V.All(16);
        V outside = zero, sum = start, lost = zero;
        int whole = classes & -V.Count, last = classes - V.Count;
        for (int i = 0; i < whole; i += V.Count)
        {
            V e = WindowWeight<V, D>(V.Load(x + i), top, scale, origin, steps, step, remainder, stepRest, linear, half, sixth, powers, corrections, bottom, ref outside);
            e.Store(y + i);
            WindowRows.Add(e, ref sum, ref lost);
        }
        if (whole < classes)
        {
            V e = WindowWeight<V, D>(V.Load(x + last), top, scale, origin, steps, step, remainder, stepRest, linear, half, sixth, powers, corrections, bottom, ref outside);
            e.Store(y + last);
            WindowRows.Add(V.Select(fresh, e, zero), ref sum, ref lost);
        }
        // A method of its own for the others: with its formulas, the callers would not have all of theirs inlined.
        if (V.AnyBit(outside, FloatMath.WindowMask)) return Mass<V, D, Keep>(x, y, classes, new RowPoint(max, temperature));
        V.Widen(sum - start, out D low, out D high);
        V.Widen(lost, out D lowLost, out D highLost);
        return D.Sum((low + lowLost) + (high + highLost));
    }

    /// <summary>The weight of <see cref="Weigh"/> for scores within the window: bits in outside say that one is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V WindowWeight<V, D>(
        V x, V top, V scale, V origin, V steps, V step, V remainder, V stepRest, V linear, V half, V sixth, V powers, V corrections, V bottom, ref V outside)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        V rounded = V.MultiplyAdd(x - top, scale, origin), b = rounded - origin;
        outside = V.OrDifference(outside, rounded, bottom);
        V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(b + steps, step, x) - remainder);
        V power = FloatMath.WindowPower<V, D>(powers, rounded), q = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, linear), r, V.Lookup(corrections, rounded));
        return V.MultiplyAdd(power, q, power);
    }

    /// <summary>Σ exp((x − max) / T) in double; writes the weights to <paramref name="y"/> when <typeparamref name="K"/> is <see cref="Keep"/>.</summary>
    /// <remarks>
    /// A weight is power · (1 + q) with |q| below 1/40. The powers are exact and are summed in double; power · q is summed in float, where its roundings are
    /// forty times smaller than those of the weight itself. So the sum is good to about 2⁻²⁹ although no weight leaves float.
    /// </remarks>
    [MethodImpl(Loop)]
    public static double Mass<V, D, K>(float* x, float* y, nint count, in RowPoint point) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where K : struct
    {
        var p = new FloatPoint<V>(point);
        V floor = p.Floor, top = p.Top, scale = p.Scale, steps = p.Steps, step = p.Step, remainder = p.Remainder, stepRest = p.StepRest;
        V linear = p.Linear, half = p.Half, sixth = p.Sixth, magic = V.All(FloatMath.SixteenthMagic);
        V small = V.All(0);
        D low = D.All(0), high = D.All(0);
        nint i = 0, whole = count & -V.Count;
        while (i < whole)
        {
            nint end = Math.Min(whole, i + Block * V.Count);
            for (; i < end; i += V.Count)
            {
                V e = Weigh(V.Load(x + i), floor, top, scale, steps, step, remainder, stepRest, linear, half, sixth, magic, ref small, ref low, ref high);
                if (typeof(K) == typeof(Keep)) e.Store(y + i);
            }
            Flush(ref small, ref low, ref high);
        }
        if (i < count)
        {
            V e = Weigh(V.LoadPart(x + i, (int)(count - i), float.NegativeInfinity), floor, top, scale, steps, step, remainder, stepRest, linear, half, sixth, magic, ref small, ref low, ref high);
            if (typeof(K) == typeof(Keep)) e.StorePart(y + i, (int)(count - i));
            Flush(ref small, ref low, ref high);
        }
        return D.Sum(low + high);
    }

    /// <summary>One register of weights, see <see cref="RowPoint"/>: adds the powers to low and high, power · q to small, and returns power · (1 + q).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Weigh<V, D>(
        V x, V floor, V top, V scale, V steps, V step, V remainder, V stepRest, V linear, V half, V sixth, V magic,
        ref V small, ref D low, ref D high) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        x = V.Max(floor, x);
        V rounded = V.MultiplyAdd(x - top, scale, magic), b = rounded - magic;
        V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(b + steps, step, x) - remainder);
        return Collect(rounded, b, r, linear, half, sixth, ref small, ref low, ref high);
    }

    /// <summary>
    /// Σ e^(x / T − <paramref name="unit"/>) in double, and those weights in <paramref name="y"/> unless <typeparamref name="K"/> is <see cref="Forget"/>: what softmax and a
    /// logarithm need, where <see cref="Mass"/> gives each weight and the sum relative to a largest weight of exactly 1. For rows too wide for <see cref="WindowRows"/>.
    /// </summary>
    /// <remarks>
    /// x · scale is rounded to sixteenths once, from an origin that has the steps of max taken off, so x itself is reduced and max enters by its steps alone: all weights
    /// share a factor, which the division by their sum takes out again.
    /// </remarks>
    [MethodImpl(Loop)]
    public static double Weights<V, D, K>(float* x, float* y, nint count, in RowPoint point, out double unit) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where K : struct
    {
        var p = new FloatPoint<V>(point);
        V floor = p.Floor, scale = p.Scale, origin = V.All(FloatMath.SixteenthMagic) - p.Steps, step = p.Step, stepRest = p.StepRest, linear = p.Linear, half = p.Half, sixth = p.Sixth;
        V small = V.All(0);
        D low = D.All(0), high = D.All(0);
        nint i = 0, whole = count & -V.Count;
        while (i < whole)
        {
            nint end = Math.Min(whole, i + Block * V.Count);
            for (; i < end; i += V.Count)
            {
                V e = Weight(V.Load(x + i), floor, scale, origin, step, stepRest, linear, half, sixth, ref small, ref low, ref high);
                if (typeof(K) == typeof(Copy)) V.Load(x + i).Store(y + i);
                else if (typeof(K) != typeof(Forget)) e.Store(y + i);
            }
            Flush(ref small, ref low, ref high);
        }
        if (i < count)
        {
            int left = (int)(count - i);
            V tail = V.LoadPart(x + i, left, (float)(point.Max - 112 * point.Temperature));
            V e = Weight(tail, floor, scale, origin, step, stepRest, linear, half, sixth, ref small, ref low, ref high);
            if (typeof(K) == typeof(Copy)) V.LoadPart(x + i, left, 0).StorePart(y + i, left);
            else if (typeof(K) != typeof(Forget)) e.StorePart(y + i, left);
            Flush(ref small, ref low, ref high);
        }
        unit = p.Unit;
        return D.Sum(low + high);
    }

    /// <summary>One register of weights, see <see cref="Weights"/>: adds the powers to low and high, power · q to small, and returns power · (1 + q).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Weight<V, D>(V x, V floor, V scale, V origin, V step, V stepRest, V linear, V half, V sixth, ref V small, ref D low, ref D high)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        x = V.Max(floor, x);
        V rounded = V.MultiplyAdd(x, scale, origin), b = rounded - V.All(FloatMath.SixteenthMagic);
        V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(rounded - origin, step, x));
        return Collect(rounded, b, r, linear, half, sixth, ref small, ref low, ref high);
    }

    /// <summary>The weight 2^b · e^r, 2^b by its whole part and a table of sixteenths: its power is added to low and high, power · q to small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Collect<V, D>(V rounded, V b, V r, V linear, V half, V sixth, ref V small, ref D low, ref D high) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V power = V.Scale(FloatMath.Power<V, D>(rounded, out V correction), b);
        V q = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, linear), r, correction);
        small = V.MultiplyAdd(power, q, small);
        V.Widen(power, out D a, out D c);
        low += a;
        high += c;
        return V.MultiplyAdd(power, q, power);
    }

    /// <summary>The block's small parts go into double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Flush<V, D>(ref V small, ref D low, ref D high) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V.Widen(small, out D a, out D c);
        low += a;
        high += c;
        small = V.All(0);
    }

    /// <summary>y = x · factor, the factor in two parts.</summary>
    [MethodImpl(Loop)]
    public static void Scale<V, D>(float* x, float* y, nint count, float factor, float factorRest) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V high = V.All(factor), low = V.All(factorRest);
        if (count < V.Count)
        {
            V v = V.LoadPart(x, (int)count, 0);
            V.MultiplyAdd(v, high, v * low).StorePart(y, (int)count);
            return;
        }
        // The first and the last register lie across their neighbours, and are read before these are written.
        V first = V.Load(x), last = V.Load(x + count - V.Count);
        nint i = ToBoundary(y, count);
        for (; i <= count - 2 * V.Count; i += 2 * V.Count)
        {
            V v = V.Load(x + i), w = V.Load(x + i + V.Count), vLow = v * low, wLow = w * low;
            V.MultiplyAdd(v, high, vLow).Store(y + i);
            V.MultiplyAdd(w, high, wLow).Store(y + i + V.Count);
        }
        if (i <= count - V.Count)
        {
            V v = V.Load(x + i);
            V.MultiplyAdd(v, high, v * low).Store(y + i);
        }
        V.MultiplyAdd(last, high, last * low).Store(y + count - V.Count);
        V.MultiplyAdd(first, high, first * low).Store(y);
    }

    /// <summary>y = x − max − log, see <see cref="DoubleRows.Offset"/>.</summary>
    [MethodImpl(Loop)]
    public static void Offset<V, D>(float* x, float* y, nint count, float max, float log) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V top = V.All(max), minus = V.All(log);
        if (count < V.Count)
        {
            (V.LoadPart(x, (int)count, 0) - top - minus).StorePart(y, (int)count);
            return;
        }
        V first = V.Load(x), last = V.Load(x + count - V.Count);    // as in Scale
        for (nint i = ToBoundary(y, count); i <= count - V.Count; i += V.Count) (V.Load(x + i) - top - minus).Store(y + i);
        (last - top - minus).Store(y + count - V.Count);
        (first - top - minus).Store(y);
    }
}

/// <summary>Write the weights while summing them.</summary>
internal readonly struct Keep;

/// <summary>Write the weights while summing what they are before rounding.</summary>
internal readonly struct KeepExactly;

/// <summary>Sum the weights, let them go, and write the scores: so the memory where the results will stand is fetched meanwhile.</summary>
internal readonly struct Copy;

/// <summary>Sum the weights and let them go.</summary>
internal readonly struct Forget;

/// <summary>A formula of one variable in float.</summary>
internal interface IFloatMap
{
    static abstract V Apply<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>;

    /// <summary>The tables of powers and of corrections, see <see cref="FloatMath.WindowPower"/>, and what stands for 1 beside them.</summary>
    static abstract V Powers<V>() where V : struct, ILane<V, float>;
    static abstract V Corrections<V>() where V : struct, ILane<V, float>;
    static abstract float Unit { get; }

    /// <summary>The same bits from <paramref name="e"/> = Unit · eˣ.</summary>
    static abstract V Finish<V>(V e, V unit) where V : struct, ILane<V, float>;
}

/// <summary><see cref="RowPoint"/> for float arithmetic, in sixteenths of a power of two.</summary>
internal readonly struct FloatPoint<V> where V : struct, ILane<V, float>
{
    /// <summary>What <see cref="FloatRows.Weights"/> takes off x / T: whole steps of max, of the step's first part.</summary>
    public readonly double Unit;

    public readonly V Floor, Top, Scale, Steps, Step, Remainder, StepRest, Linear, Half, Sixth;

    public FloatPoint(in RowPoint point)
    {
        var t = FloatTemperature.Of(point.Temperature);
        float top = (float)point.Max, steps = MathF.FusedMultiplyAdd(top, t.Scale, FloatMath.SixteenthMagic) - FloatMath.SixteenthMagic;
        // Below e⁻¹¹⁰ nothing is left of a float; powers stay within what Scale promises.
        Floor = V.All((float)(top - 112 * point.Temperature));
        Top = V.All(top);
        Scale = V.All(t.Scale);
        Unit = (double)steps * t.Step / point.Temperature;
        Steps = V.All(steps);
        Step = V.All(t.Step);
        StepRest = V.All(t.StepRest);
        Remainder = V.All(MathF.FusedMultiplyAdd(-steps, t.Step, top));
        Linear = V.All(t.Linear);
        Half = V.All(t.Half);
        Sixth = V.All(t.Sixth);
    }
}

/// <summary>What the temperature alone decides: log₂e / T, T ln 2 in two parts, and the polynomial in r / T with the powers of 1 / T drawn into its coefficients.</summary>
internal readonly struct FloatTemperature
{
    public readonly float Scale, Step, StepRest, Linear, Half, Sixth;

    public static readonly FloatTemperature One = new(1);

    /// <summary>Most temperatures are 1.</summary>
    public static FloatTemperature Of(double temperature) => temperature == 1 ? One : new(temperature);

    FloatTemperature(double temperature)
    {
        double inverse = 1 / temperature, ln2 = DoubleMath.Ln2 * temperature;
        Scale = (float)(DoubleMath.Log2E * inverse);
        Step = (float)ln2;
        StepRest = (float)(ln2 - Step);
        Linear = (float)inverse;
        Half = (float)(FloatMath.Half * inverse * inverse);
        Sixth = (float)(FloatMath.Sixth * inverse * inverse * inverse);
    }
}
