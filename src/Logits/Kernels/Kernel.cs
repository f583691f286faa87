using System.Buffers;
using System.Numerics;

namespace Logits.Kernels;

/// <summary>The seam: what the library asks of vectors, by name. T is float or double.</summary>
/// <remarks>
/// A destination may be its source; partial overlap is the caller's to refuse. Results are the same bits on every machine, at any alignment and in any batch.
/// Float results are within 2 ulp of the exact value, double results within 4, see docs/accuracy.md.
/// </remarks>
internal static unsafe class Kernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Exp(ReadOnlySpan<T> x, Span<T> y) => MapEither<ExpMap>(x, y);

    public static void Log(ReadOnlySpan<T> x, Span<T> y) => Map<LogMap>(x, y);

    public static void Log1P(ReadOnlySpan<T> x, Span<T> y) => Map<Log1PMap>(x, y);

    public static void ExpM1(ReadOnlySpan<T> x, Span<T> y) => Map<ExpM1Map>(x, y);

    public static void Sigmoid(ReadOnlySpan<T> x, Span<T> y) => MapEither<SigmoidMap>(x, y);

    /// <summary>log sigmoid(x) = −log(1 + e⁻ˣ).</summary>
    public static void LogSigmoid(ReadOnlySpan<T> x, Span<T> y) => Map<LogSigmoidMap>(x, y);

    /// <summary>log(1 + eˣ).</summary>
    public static void Softplus(ReadOnlySpan<T> x, Span<T> y) => Map<SoftplusMap>(x, y);

    /// <summary>log(p / (1 − p)).</summary>
    public static void Logit(ReadOnlySpan<T> p, Span<T> y) => Map<LogitMap>(p, y);

    /// <summary>log(1 − eˣ).</summary>
    public static void Log1MExp(ReadOnlySpan<T> x, Span<T> y) => Map<Log1MExpMap>(x, y);

    /// <summary>The largest element; NaN when one is NaN; −∞ when empty.</summary>
    public static T Max(ReadOnlySpan<T> x)
    {
        fixed (T* p = x)
        {
            double max = Row<T>.MaxOrNaN(p, x.Length, out bool nan);
            return nan ? T.NaN : T.CreateTruncating(max);
        }
    }

    /// <summary>The first index of the largest element; of the first NaN when there is one; −1 when empty.</summary>
    public static int ArgMax(ReadOnlySpan<T> x)
    {
        fixed (T* p = x)
        {
            double max = Row<T>.MaxOrNaN(p, x.Length, out bool nan);
            if (!nan) return x.IsEmpty ? -1 : Row<T>.IndexOf(p, x.Length, max);
        }
        for (int i = 0; ; i++)
            if (T.IsNaN(x[i])) return i;
    }

    /// <summary>Whether every element is from <paramref name="low"/> to <paramref name="high"/>; NaN is not.</summary>
    public static bool AllWithin(ReadOnlySpan<T> x, T low, T high)
    {
        fixed (T* p = x)
        {
            if (typeof(T) == typeof(double))
                return Lanes.Has512 ? Row<double>.AllWithin<Lane512Double>((double*)p, x.Length, double.CreateTruncating(low), double.CreateTruncating(high))
                    : Lanes.Has256 ? Row<double>.AllWithin<Lane256Double>((double*)p, x.Length, double.CreateTruncating(low), double.CreateTruncating(high))
                    : Row<double>.AllWithin<Lane128Double>((double*)p, x.Length, double.CreateTruncating(low), double.CreateTruncating(high));
            return Lanes.Has512 ? Row<float>.AllWithin<Lane512Float>((float*)p, x.Length, float.CreateTruncating(low), float.CreateTruncating(high))
                : Lanes.Has256 ? Row<float>.AllWithin<Lane256Float>((float*)p, x.Length, float.CreateTruncating(low), float.CreateTruncating(high))
                : Row<float>.AllWithin<Lane128Float>((float*)p, x.Length, float.CreateTruncating(low), float.CreateTruncating(high));
        }
    }

    /// <summary>log Σ exp(xᵢ / temperature), in double; good to about 3·10⁻¹⁶ absolutely where it cancels to near 0.</summary>
    public static double LogSumExp(ReadOnlySpan<T> x, double temperature = 1)
    {
        fixed (T* p = x) return Row<T>.LogSumExp(p, x.Length, temperature);
    }

    /// <summary><see cref="LogSumExp"/> to the last digit there too, at the cost of double-double arithmetic for rows whose result is near 0.</summary>
    public static double LogSumExpNearZero(ReadOnlySpan<T> x, double temperature = 1)
    {
        fixed (T* p = x) return Row<T>.LogSumExpNearZero(p, x.Length, temperature);
    }

    /// <summary><see cref="LogSumExpNearZero"/> of each row, in the storage's own type.</summary>
    public static void LogSumExpRows(ReadOnlySpan<T> x, Span<T> y, int classes, double temperature = 1)
    {
        fixed (T* from = x)
        fixed (T* to = y)
            Row<T>.LogSumExpRows(from, to, y.Length, classes, temperature);
    }

    /// <summary>The largest score and the others' weights: log Σ exp(xᵢ / T) = Max / T + Log, where Log is good to the last digit when it is near 0.</summary>
    public static RowMass Weigh(ReadOnlySpan<T> x, double temperature = 1)
    {
        fixed (T* p = x) return Row<T>.Weigh(p, x.Length, temperature);
    }

    /// <summary>−Σ pᵢ log pᵢ of softmax(x / temperature), in nats; 0 when empty.</summary>
    public static double Entropy(ReadOnlySpan<T> x, double temperature = 1)
    {
        fixed (T* p = x) return Row<T>.Entropy(p, x.Length, temperature);
    }

    public static void SoftmaxRows(ReadOnlySpan<T> x, Span<T> y, int classes, double temperature = 1)
    {
        fixed (T* from = x)
        fixed (T* to = y)
            Row<T>.SoftmaxRows(from, to, x.Length / classes, classes, temperature);
    }

    public static void LogSoftmaxRows(ReadOnlySpan<T> x, Span<T> y, int classes, double temperature = 1)
    {
        fixed (T* from = x)
        fixed (T* to = y)
            Row<T>.LogSoftmaxRows(from, to, x.Length / classes, classes, temperature);
    }

    /// <summary>softmax(x / temperature) of one row.</summary>
    public static void Softmax(ReadOnlySpan<T> x, Span<T> y, double temperature = 1)
    {
        if (x.IsEmpty) return;
        SoftmaxRows(x, y, x.Length, temperature);
    }

    /// <summary>log softmax(x / temperature) of one row.</summary>
    public static void LogSoftmax(ReadOnlySpan<T> x, Span<T> y, double temperature = 1)
    {
        if (x.IsEmpty) return;
        LogSoftmaxRows(x, y, x.Length, temperature);
    }

    /// <summary>What softmax(x / temperature) passes back to x: yᵢ (gᵢ − Σ g y) / temperature.</summary>
    /// <remarks>
    /// Everything is taken relative to the gradient of the likeliest class: Σ y (g − g_top) has no term for it, so that nothing cancels when its probability is near 1.
    /// </remarks>
    public static void SoftmaxGradient(ReadOnlySpan<T> x, ReadOnlySpan<T> gradOutput, Span<T> gradient, double temperature = 1)
    {
        if (x.IsEmpty) return;
        double[] y = Probabilities(x, temperature);
        try
        {
            int top = ArgMax(x);
            double reference = double.CreateTruncating(gradOutput[top]), sum = 0, low = 0;
            for (int i = 0; i < x.Length; i++)
                if (i != top) Add(ref sum, ref low, y[i] * (double.CreateTruncating(gradOutput[i]) - reference));
            sum += low;
            for (int i = 0; i < x.Length; i++)
                gradient[i] = T.CreateTruncating(y[i] * (double.CreateTruncating(gradOutput[i]) - reference - sum) / temperature);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(y);
        }
    }

    /// <summary>What log-softmax(x / temperature) passes back to x: (gᵢ − pᵢ Σ g) / temperature.</summary>
    /// <remarks>For the likeliest class 1 − p is the sum of the others: g (1 − p) − p Σ of the other g.</remarks>
    public static void LogSoftmaxGradient(ReadOnlySpan<T> x, ReadOnlySpan<T> gradOutput, Span<T> gradient, double temperature = 1)
    {
        if (x.IsEmpty) return;
        double[] p = Probabilities(x, temperature);
        try
        {
            int top = ArgMax(x);
            double others = 0, low = 0, rest = 0, restLow = 0;
            for (int i = 0; i < x.Length; i++)
                if (i != top)
                {
                    Add(ref others, ref low, double.CreateTruncating(gradOutput[i]));
                    Add(ref rest, ref restLow, p[i]);
                }
            others += low;
            rest += restLow;
            double first = double.CreateTruncating(gradOutput[top]), total = others + first;
            for (int i = 0; i < x.Length; i++)
                gradient[i] = T.CreateTruncating((i == top ? first * rest - p[i] * others : double.CreateTruncating(gradOutput[i]) - p[i] * total) / temperature);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(p);
        }
    }

    /// <summary>The gradient of the entropy: −pᵢ (log pᵢ + H) / temperature.</summary>
    /// <remarks>
    /// With d = (x − max) / T it is −pᵢ (dᵢ − Σ p d) / T: the logarithm of the sum drops out. p d is formed far above the subnormal numbers and scaled down last.
    /// </remarks>
    public static void EntropyGradient(ReadOnlySpan<T> x, Span<T> gradient, double temperature = 1)
    {
        if (x.IsEmpty) return;
        const int Lift = 600;
        double[] p = Probabilities(x, temperature);
        try
        {
            double max = double.CreateTruncating(Max(x)), mass = 1 + Weigh(x, temperature).Rest, mean = 0, low = 0;
            for (int i = 0; i < x.Length; i++)
                Add(ref mean, ref low, Lifted(x[i], max, mass, out double d) * d);
            mean += low;
            for (int i = 0; i < x.Length; i++)
            {
                double lifted = Lifted(x[i], max, mass, out double d);
                gradient[i] = T.CreateTruncating(double.IsNaN(p[i]) ? double.NaN : Math.ScaleB(p[i] * mean - lifted * d, -Lift) / temperature);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(p);
        }

        // p · 2^Lift and d; 0 · −∞ is 0 here.
        double Lifted(T value, double max, double mass, out double d)
        {
            d = OddRows.Exponent(double.CreateTruncating(value), max, temperature, out double rounded);
            double e = Math.ScaleB((1 + OddRows.Exp(d, rounded, out int exponent)) / mass, exponent + Lift);
            if (e == 0) d = 0;
            return e;
        }
    }

    /// <summary>softmax(x / T) in double, in a rented array.</summary>
    static double[] Probabilities(ReadOnlySpan<T> x, double temperature)
    {
        fixed (T* p = x)
        {
            double[] y = Row<T>.Wide(p, x.Length);
            Kernel<double>.Softmax(y.AsSpan(0, x.Length), y.AsSpan(0, x.Length), temperature);
            return y;
        }
    }

    static void Add(ref double sum, ref double low, double x)
    {
        double s = sum + x, part = s - sum;
        low += (sum - (s - part)) + (x - part);
        sum = s;
    }

    /// <summary>A formula with a version in float arithmetic.</summary>
    static void MapEither<F>(ReadOnlySpan<T> x, Span<T> y) where F : struct, IFloatMap, IDoubleMap
    {
        if (typeof(T) != typeof(float))
        {
            Map<F>(x, y);
            return;
        }
        fixed (T* from = x)
        fixed (T* to = y)
        {
            if (Lanes.Has512) FloatRows.Map<Lane512Float, Lane512Double, F>((float*)from, (float*)to, x.Length);
            else if (Lanes.Has256) FloatRows.Map<Lane256Float, Lane256Double, F>((float*)from, (float*)to, x.Length);
            else FloatRows.Map<Lane128Float, Lane128Double, F>((float*)from, (float*)to, x.Length);
        }
    }

    /// <summary>A formula in double arithmetic, whatever the storage.</summary>
    static void Map<F>(ReadOnlySpan<T> x, Span<T> y) where F : struct, IDoubleMap
    {
        fixed (T* from = x)
        fixed (T* to = y)
        {
            if (Lanes.Has512) DoubleRows.Map<Lane512Double, T, F>(from, to, x.Length);
            else if (Lanes.Has256) DoubleRows.Map<Lane256Double, T, F>(from, to, x.Length);
            else DoubleRows.Map<Lane128Double, T, F>(from, to, x.Length);
        }
    }
}
