using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>The loops over one row of floats in float arithmetic: the fast ones.</summary>
internal static unsafe class FloatRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Registers whose small parts are added in float before they go into double: 8 terms below a fortieth of the sum lose nothing that shows.</summary>
    const int Block = 8;

    /// <summary>Whether <see cref="Mass"/> holds: beyond, the double loops take over.</summary>
    public static bool Holds(double max, double temperature) =>
        temperature is >= 1e-6 and <= 1e6 && Math.Abs(max) <= 1e37;

    /// <summary>y = f(x), element by element.</summary>
    [MethodImpl(Loop)]
    public static void Map<V, D, F>(float* x, float* y, nint n) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where F : struct, IFloatMap
    {
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) F.Apply<V, D>(V.Load(x + i)).Store(y + i);
        if (i < n) F.Apply<V, D>(V.LoadPart(x + i, (int)(n - i), 0)).StorePart(y + i, (int)(n - i));
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

    /// <summary>Σ exp((x − max) / T) in double; writes the weights to <paramref name="y"/> when <typeparamref name="K"/> is <see cref="Keep"/>.</summary>
    /// <remarks>
    /// A weight is power · (1 + q) with |q| below 1/40. The powers are exact and are summed in double; power · q is summed in float, where its roundings are
    /// forty times smaller than those of the weight itself. So the sum is good to about 2⁻²⁹ although no weight leaves float.
    /// </remarks>
    [MethodImpl(Loop)]
    public static double Mass<V, D, K>(float* x, float* y, nint count, in RowPoint point) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where K : struct
    {
        var p = new FloatPoint<V>(point);
        V floor = p.Floor, shift = p.Shift, top = p.Top, scale = p.Scale, steps = p.Steps, step = p.Step, remainder = p.Remainder, stepRest = p.StepRest;
        V linear = p.Linear, half = p.Half, sixth = p.Sixth, magic = V.All(FloatMath.SixteenthMagic);
        D low = D.All(0), high = D.All(0);
        nint i = 0;
        while (i < count)
        {
            V small = V.All(0);
            nint end = Math.Min(count, i + Block * V.Count);
            for (; i < end; i += V.Count)
            {
                int left = (int)Math.Min(end - i, V.Count);
                V v = V.Max(floor, (left == V.Count ? V.Load(x + i) : V.LoadPart(x + i, left, float.NegativeInfinity)) - shift);
                V rounded = V.MultiplyAdd(v - top, scale, magic), b = rounded - magic;
                V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(b + steps, step, v) - remainder);
                V power = V.Scale(FloatMath.Power<V, D>(rounded, out V correction), b);
                V q = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, linear), r, correction);
                small = V.MultiplyAdd(power, q, small);
                V.Widen(power, out D a, out D c);
                low += a;
                high += c;
                if (typeof(K) == typeof(Keep))
                {
                    V e = V.MultiplyAdd(power, q, power);
                    if (left == V.Count) e.Store(y + i);
                    else e.StorePart(y + i, left);
                }
            }
            V.Widen(small, out D smallLow, out D smallHigh);
            low += smallLow;
            high += smallHigh;
        }
        return D.Sum(low + high);
    }

    /// <summary>y = x · factor, the factor in two parts.</summary>
    [MethodImpl(Loop)]
    public static void Scale<V, D>(float* x, float* y, nint count, float factor, float factorRest) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V high = V.All(factor), low = V.All(factorRest);
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V v = V.Load(x + i);
            V.MultiplyAdd(v, high, v * low).Store(y + i);
        }
        if (i < count)
        {
            V v = V.LoadPart(x + i, (int)(count - i), 0);
            V.MultiplyAdd(v, high, v * low).StorePart(y + i, (int)(count - i));
        }
    }

    /// <summary>y = x − max − log, see <see cref="DoubleRows.Offset"/>.</summary>
    [MethodImpl(Loop)]
    public static void Offset<V, D>(float* x, float* y, nint count, float max, float log) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V top = V.All(max), minus = V.All(log);
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count) (V.Load(x + i) - top - minus).Store(y + i);
        if (i < count) (V.LoadPart(x + i, (int)(count - i), 0) - top - minus).StorePart(y + i, (int)(count - i));
    }
}

/// <summary>Write the weights while summing them.</summary>
internal readonly struct Keep;

/// <summary>Sum the weights and let them go.</summary>
internal readonly struct Forget;

/// <summary>A formula of one variable in float.</summary>
internal interface IFloatMap
{
    static abstract V Apply<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>;
}

/// <summary><see cref="RowPoint"/> for float arithmetic, in sixteenths of a power of two.</summary>
internal readonly struct FloatPoint<V> where V : struct, ILane<V, float>
{
    public readonly V Floor, Shift, Top, Scale, Steps, Step, Remainder, StepRest, Linear, Half, Sixth;

    public FloatPoint(in RowPoint point)
    {
        double t = point.Temperature, ln2 = DoubleMath.Ln2 * t;
        float max = (float)point.Max, step = (float)ln2, scale = (float)point.Scale, shift = Math.Abs(point.Max) > 9e4 * t ? max : 0, top = max - shift;
        float steps = MathF.FusedMultiplyAdd(top, scale, FloatMath.SixteenthMagic) - FloatMath.SixteenthMagic;
        // Below e⁻¹¹⁰ nothing is left of a float; powers stay within what Scale promises.
        Floor = V.All((float)(top - 112 * t));
        Shift = V.All(shift);
        Top = V.All(top);
        Scale = V.All(scale);
        Steps = V.All(steps);
        Step = V.All(step);
        StepRest = V.All((float)(ln2 - step));
        Remainder = V.All(MathF.FusedMultiplyAdd(-steps, step, top));
        // The polynomial in r / T, its powers of 1 / T drawn into the coefficients.
        Linear = V.All((float)(1 / t));
        Half = V.All((float)(FloatMath.Half / (t * t)));
        Sixth = V.All((float)(FloatMath.Sixth / (t * t * t)));
    }
}
