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
        V max = V.All(double.NegativeInfinity), odd = V.All(0);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V v = Load<V, S>(x + i);
            max = V.Max(v, max);
            odd = V.Select(V.Equal(v, v), odd, v);
        }
        if (i < n)
        {
            V v = LoadPart<V, S>(x + i, (int)(n - i), double.NegativeInfinity);
            max = V.Max(v, max);
            odd = V.Select(V.Equal(v, v), odd, v);
        }
        nan = double.IsNaN(V.Sum(odd));
        return V.Largest(max);
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

    /// <summary>exp((x − max) / T) = 2ⁿ (1 + q), see <see cref="RowPoint"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Weight<V>(V x, V floor, V shift, V top, V scale, V steps, V step, V remainder, V stepRest, V inverse, out V low) where V : struct, IDoubleLane<V>
    {
        x = V.Max(floor, x - shift);
        V n = V.MultiplyAdd(x - top, scale, V.All(DoubleMath.RoundMagic)) - V.All(DoubleMath.RoundMagic);
        V r = V.MinusMultiply(n + steps, step, x) - remainder;
        V q = DoubleMath.ExpM1Near0(V.MinusMultiply(n, stepRest, r) * inverse);
        // What rounding 1 + q loses goes into the sum apart.
        V one = V.All(1), high = one + q;
        low = ((one - high) + q) * V.Scale(one, n);
        return V.Scale(high, n);
    }

    /// <summary>Σ exp((x − max) / T), as the sum and what its roundings left over; writes the weights to <paramref name="y"/> when it is not null.</summary>
    [MethodImpl(Loop)]
    public static double Mass<V, S>(S* x, S* y, nint count, in RowPoint point, out double rest) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V floor = V.All(point.Floor), shift = V.All(point.Shift), top = V.All(point.Top), scale = V.All(point.Scale), steps = V.All(point.Steps);
        V step = V.All(point.Step), remainder = V.All(point.Remainder), stepRest = V.All(point.StepRest), inverse = V.All(point.Inverse);
        V sum = V.All(0), low = V.All(0);
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V e = Weight(Load<V, S>(x + i), floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            if (y != null) Store(e, y + i);
            low += lost;
            Add(ref sum, ref low, e);
        }
        if (i < count)
        {
            V e = Weight(LoadPart<V, S>(x + i, (int)(count - i), double.NegativeInfinity), floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            if (y != null) StorePart(e, y + i, (int)(count - i));
            low += lost;
            Add(ref sum, ref low, e);
        }
        return Total(sum, low, out rest);
    }

    /// <summary>Σ w and Σ w · (max − x) with w = exp((x − max) / T), each with what its roundings left over.</summary>
    [MethodImpl(Loop)]
    public static (double Mass, double MassRest, double Moment) Moments<V, S>(S* x, nint count, in RowPoint point) where V : struct, IDoubleLane<V> where S : unmanaged
    {
        V floor = V.All(point.Floor), shift = V.All(point.Shift), top = V.All(point.Top), scale = V.All(point.Scale), steps = V.All(point.Steps);
        V step = V.All(point.Step), remainder = V.All(point.Remainder), stepRest = V.All(point.StepRest), inverse = V.All(point.Inverse);
        V max = V.All(point.Max), reach = V.All(760 * point.Temperature);
        V sum = V.All(0), low = V.All(0), moment = V.All(0), momentLow = V.All(0);
        for (nint i = 0; i < count; i += V.Count)
        {
            V v = count - i >= V.Count ? Load<V, S>(x + i) : LoadPart<V, S>(x + i, (int)(count - i), double.NegativeInfinity);
            V e = Weight(v, floor, shift, top, scale, steps, step, remainder, stepRest, inverse, out V lost);
            low += lost;
            Add(ref sum, ref low, e);
            V d = V.Min(max - v, reach), product = e * d;
            momentLow += V.MultiplyAdd(lost, d, V.MultiplyAdd(e, d, V.Negate(product)));
            Add(ref moment, ref momentLow, product);
        }
        double mass = Total(sum, low, out double massRest), total = Total(moment, momentLow, out double momentRest);
        return (mass, massRest, total + momentRest);
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

/// <summary>A formula of one variable in double.</summary>
internal interface IDoubleMap
{
    static abstract V Apply<V>(V x) where V : struct, IDoubleLane<V>;
}
