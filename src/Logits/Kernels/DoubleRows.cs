using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>The loops over one row whose arithmetic is in double: rows of doubles, and rows of floats where float arithmetic is not enough.</summary>
/// <remarks>S is the storage, float or double. Sums are compensated: what each addition rounds away is added up beside it.</remarks>
internal static unsafe class DoubleRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, S>(S* from) where V : struct, IDoubleLane<V> where S : unmanaged =>
        typeof(S) == typeof(float) ? V.Load((float*)from) : V.Load((double*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPart<V, S>(S* from, int count, double padding) where V : struct, IDoubleLane<V> where S : unmanaged =>
        typeof(S) == typeof(float) ? V.LoadPart((float*)from, count, (float)padding) : V.LoadPart((double*)from, count, padding);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V, S>(V value, S* to) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        if (typeof(S) == typeof(float)) value.Store((float*)to);
        else value.Store((double*)to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart<V, S>(V value, S* to, int count) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        if (typeof(S) == typeof(float)) value.StorePart((float*)to, count);
        else value.StorePart((double*)to, count);
    }

    /// <summary>y = f(x), element by element.</summary>
    [MethodImpl(Loop)]
    public static void Map<V, S, F>(S* x, S* y, nint n) where V : struct, IDoubleLane<V> where S : unmanaged where F : struct, IDoubleMap
    {
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) Store(F.Apply(Load<V, S>(x + i)), y + i);
        if (i < n) StorePart(F.Apply(LoadPart<V, S>(x + i, (int)(n - i), 0)), y + i, (int)(n - i));
    }

    /// <summary>The largest element, −∞ when there is none; <paramref name="nan"/> tells whether a NaN was among them.</summary>
    [MethodImpl(Loop)]
    public static double Max<V, S>(S* x, nint n, out bool nan) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V a = V.All(double.NegativeInfinity), b = a, c = a, d = a, odd = V.All(0);
        nint i = 0;
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            V p = Load<V, S>(x + i), q = Load<V, S>(x + i + V.Count), r = Load<V, S>(x + i + 2 * V.Count), s = Load<V, S>(x + i + 3 * V.Count);
            a = V.Max(p, a);
            b = V.Max(q, b);
            c = V.Max(r, c);
            d = V.Max(s, d);
            odd = V.Select(V.Equal(p, p), odd, p);
            odd = V.Select(V.Equal(q, q), odd, q);
            odd = V.Select(V.Equal(r, r), odd, r);
            odd = V.Select(V.Equal(s, s), odd, s);
        }
        for (; i < n; i += V.Count)
        {
            V v = n - i >= V.Count ? Load<V, S>(x + i) : LoadPart<V, S>(x + i, (int)(n - i), double.NegativeInfinity);
            a = V.Max(v, a);
            odd = V.Select(V.Equal(v, v), odd, v);
        }
        nan = double.IsNaN(V.Sum(odd));
        return V.Largest(V.Max(V.Max(a, b), V.Max(c, d)));
    }

    /// <summary>The first index that holds <paramref name="value"/>, or −1.</summary>
    [MethodImpl(Loop)]
    public static int IndexOf<V, S>(S* x, int n, double value) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V sought = V.All(value);
        int i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            int at = V.FirstSet(V.Equal(Load<V, S>(x + i), sought));
            if (at < V.Count) return i + at;
        }
        if (i < n)
        {
            int at = V.FirstSet(V.Equal(LoadPart<V, S>(x + i, n - i, double.NaN), sought));
            if (at < V.Count) return i + at;
        }
        return -1;
    }

    /// <summary>Weights are raised by 2¹²⁸ and sums lowered again: the smallest weight that counts is then far from the smallest numbers, and only what is written rounds to those.</summary>
    const int Raise = 128;
    const double Raised = 3.4028236692093846e38, Lower = 1 / Raised;

    /// <summary>exp((x − max) / T) · 2¹²⁸ = 2ᵇ (1 + q), see <see cref="RowPoint"/>; <paramref name="low"/> is what rounding it loses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Weight<V, C>(V x, V floor, V shift, V top, V scale, V steps, V step, V remainder, V stepRest, V inverse, out V low) where V : struct, IDoubleLane<V> where C : struct
    {
        if (typeof(C) == typeof(Shift)) x -= shift;
        x = V.Max(floor, x);
        V magic = V.All(DoubleMath.SixteenthMagic + Raise), rounded = V.MultiplyAdd(x - top, scale, magic), b = rounded - magic;
        V r = V.MinusMultiply(b + steps, step, x) - remainder;
        V power = DoubleMath.Power(rounded), q = DoubleMath.ExpM1NearestTo0(V.MinusMultiply(b, stepRest, r) * inverse);
        V e = V.MultiplyAdd(power, q, power);
        low = V.MultiplyAdd(power, q, power - e);
        return e;
    }

    /// <summary>Adds a raised weight and what it lost. No weight exceeds 2¹²⁸, from which every sum starts, so three operations find what the addition rounds away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddWeight<V>(ref V sum, ref V low, V e, V lost) where V : struct, IDoubleLane<V>
    {
        V s = sum + e;
        low += (e - (s - sum)) + lost;
        sum = s;
    }

    /// <summary>The sum of weights that were added to 2¹²⁸ in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double TotalWeight<V>(V sum, V low, out double rest) where V : struct, IDoubleLane<V>
    {
        double total = Total(sum, low, out rest) - V.Count * Raised;
        rest *= Lower;
        return total * Lower;
    }

    /// <summary>Σ exp((x − max) / T), as the sum and what its roundings left over; writes the weights to <paramref name="y"/> when it is not null.</summary>
    public static double Mass<V, S>(S* x, S* y, nint count, in RowPoint point, out double rest) where V : struct, IDoubleLane<V> where S : unmanaged =>
        point.Shift == 0 ? Mass<V, S, Unshifted>(x, y, count, point, out rest) : Mass<V, S, Shift>(x, y, count, point, out rest);

    [MethodImpl(Loop)]
    static double Mass<V, S, C>(S* x, S* y, nint count, in RowPoint point, out double rest) where V : struct, IDoubleLane<V> where S : unmanaged where C : struct
    {
        V floor = V.All(point.Floor), shift = V.All(point.Shift), top = V.All(point.Top), scale = V.All(point.Scale), steps = V.All(point.Steps);
        V step = V.All(point.Step), remainder = V.All(point.Remainder), stepRest = V.All(point.StepRest), inverse = V.All(point.Inverse), lower = V.All(Lower);
        V sum = V.All(Raised), low = V.All(0);
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V e = Weight<V, C>(Load<V, S>(x + i), floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            if (y != null) Store(e * lower, y + i);
            AddWeight(ref sum, ref low, e, lost);
        }
        if (i < count)
        {
            V e = Weight<V, C>(LoadPart<V, S>(x + i, (int)(count - i), double.NegativeInfinity), floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            if (y != null) StorePart(e * lower, y + i, (int)(count - i));
            AddWeight(ref sum, ref low, e, lost);
        }
        return TotalWeight(sum, low, out rest);
    }

    /// <summary>Σ w and Σ w · (max − x) with w = exp((x − max) / T), each with what its roundings left over.</summary>
    [MethodImpl(Loop)]
    public static (double Mass, double MassRest, double Moment) Moments<V, S>(S* x, nint count, in RowPoint point) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V floor = V.All(point.Floor), shift = V.All(point.Shift), top = V.All(point.Top), scale = V.All(point.Scale), steps = V.All(point.Steps);
        V step = V.All(point.Step), remainder = V.All(point.Remainder), stepRest = V.All(point.StepRest), inverse = V.All(point.Inverse);
        V max = V.All(point.Max), reach = V.All(760 * point.Temperature);
        V sum = V.All(Raised), low = V.All(0), moment = V.All(0), momentLow = V.All(0);
        for (nint i = 0; i < count; i += V.Count)
        {
            V v = count - i >= V.Count ? Load<V, S>(x + i) : LoadPart<V, S>(x + i, (int)(count - i), double.NegativeInfinity);
            V e = Weight<V, Shift>(v, floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            AddWeight(ref sum, ref low, e, lost);
            V d = V.Min(max - v, reach), product = e * d;
            momentLow += V.MultiplyAdd(lost, d, V.MultiplyAdd(e, d, V.Negate(product)));
            Add(ref moment, ref momentLow, product);
        }
        double mass = TotalWeight(sum, low, out double massRest), total = Total(moment, momentLow, out double momentRest);
        return (mass, massRest, (total + momentRest) * Lower);
    }

    /// <summary>y = x · factor, the factor in two parts.</summary>
    [MethodImpl(Loop)]
    public static void Scale<V, S>(S* x, S* y, nint count, double factor, double factorRest) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V high = V.All(factor), low = V.All(factorRest);
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V v = Load<V, S>(x + i);
            Store(V.MultiplyAdd(v, high, v * low), y + i);
        }
        if (i < count)
        {
            V v = LoadPart<V, S>(x + i, (int)(count - i), 0);
            StorePart(V.MultiplyAdd(v, high, v * low), y + i, (int)(count - i));
        }
    }

    /// <summary>y = (x − max) / T − log. Both terms are negative: nothing cancels, and x = max gives −log itself.</summary>
    [MethodImpl(Loop)]
    public static void Offset<V, S>(S* x, S* y, nint count, double max, double temperature, double log) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V top = V.All(max), divisor = V.All(temperature), minus = V.All(log);
        for (nint i = 0; i < count; i += V.Count)
        {
            int left = (int)Math.Min(count - i, V.Count);
            V d = (left == V.Count ? Load<V, S>(x + i) : LoadPart<V, S>(x + i, left, 0)) - top;
            if (temperature != 1) d /= divisor;
            if (left == V.Count) Store(d - minus, y + i);
            else StorePart(d - minus, y + i, left);
        }
    }

    /// <summary>sum + low += x, exactly but for the rounding of low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V>(ref V sum, ref V low, V x) where V : struct, IDoubleLane<V>
    {
        V s = sum + x, part = s - sum;
        low += (sum - (s - part)) + (x - part);
        sum = s;
    }

    /// <summary>The total of all elements of sum + low, along the same tree as <see cref="ILane{V, T}.Sum(V)"/>, in two parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Total<V>(V sum, V low, out double rest) where V : struct, IDoubleLane<V>
    {
        double* s = stackalloc double[8];
        sum.Store(s);
        rest = V.Sum(low);
        for (int half = V.Count / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++)
            {
                double a = s[i], b = s[i + half], total = a + b, part = total - a;
                rest += (a - (total - part)) + (b - part);
                s[i] = total;
            }
        return s[0];
    }
}

/// <summary>Scores so large that they are taken relative to the largest: <see cref="RowPoint.Shift"/> is not 0.</summary>
internal readonly struct Shift;

/// <summary>All other scores, which are taken as they are.</summary>
internal readonly struct Unshifted;

/// <summary>A formula of one variable in double.</summary>
internal interface IDoubleMap
{
    static abstract V Apply<V>(V x) where V : struct, IDoubleLane<V>;
}
