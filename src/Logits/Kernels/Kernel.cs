using System.Numerics;

namespace Logits.Kernels;

/// <summary>The loops over vectors. Plain and accurate for now: everything in double, one element after the other.</summary>
/// <remarks>The seam: callers know these names only. A destination may be its source; partial overlap is the caller's to refuse.</remarks>
internal static class Kernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Sigmoid(ReadOnlySpan<T> x, Span<T> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = T.CreateTruncating(LogMath.Sigmoid(double.CreateTruncating(x[i])));
    }

    /// <summary>The largest element; NaN when one is NaN; −∞ when empty.</summary>
    public static T Max(ReadOnlySpan<T> x)
    {
        T max = T.NegativeInfinity;
        foreach (T v in x)
        {
            if (T.IsNaN(v)) return v;
            if (v > max) max = v;
        }
        return max;
    }

    /// <summary>The first index of the largest element; of the first NaN when there is one; −1 when empty.</summary>
    public static int ArgMax(ReadOnlySpan<T> x)
    {
        int best = x.IsEmpty ? -1 : 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (T.IsNaN(x[i])) return i;
            if (x[i] > x[best]) best = i;
        }
        return best;
    }

    /// <summary>log Σ exp(xᵢ / temperature), in double.</summary>
    public static double LogSumExp(ReadOnlySpan<T> x, double temperature = 1)
    {
        double max = double.CreateTruncating(Max(x));
        if (!double.IsFinite(max)) return max;
        double rest = RestOfSum(x, ArgMax(x), max, temperature);
        return max / temperature + Math.Log(1 + rest);
    }

    public static void SoftmaxRows(ReadOnlySpan<T> x, Span<T> y, int classes, double temperature = 1)
    {
        for (int at = 0; at < x.Length; at += classes) Softmax(x.Slice(at, classes), y.Slice(at, classes), temperature);
    }

    public static void LogSoftmaxRows(ReadOnlySpan<T> x, Span<T> y, int classes, double temperature = 1)
    {
        for (int at = 0; at < x.Length; at += classes) LogSoftmax(x.Slice(at, classes), y.Slice(at, classes), temperature);
    }

    /// <summary>softmax(x / temperature) of one row.</summary>
    public static void Softmax(ReadOnlySpan<T> x, Span<T> y, double temperature = 1)
    {
        double max = double.CreateTruncating(Max(x));
        if (!double.IsFinite(max)) { y.Fill(T.NaN); return; }
        double sum = 1 + RestOfSum(x, ArgMax(x), max, temperature);
        for (int i = 0; i < x.Length; i++)
            y[i] = T.CreateTruncating(Math.Exp((double.CreateTruncating(x[i]) - max) / temperature) / sum);
    }

    /// <summary>log softmax(x / temperature) of one row.</summary>
    public static void LogSoftmax(ReadOnlySpan<T> x, Span<T> y, double temperature = 1)
    {
        double max = double.CreateTruncating(Max(x));
        if (!double.IsFinite(max)) { y.Fill(T.NaN); return; }
        double log = LogMath.Log1P(RestOfSum(x, ArgMax(x), max, temperature));
        for (int i = 0; i < x.Length; i++)
            y[i] = T.CreateTruncating((double.CreateTruncating(x[i]) - max) / temperature - log);
    }

    /// <summary>Σ exp((xᵢ − max) / temperature) without the top entry itself, so that nothing is lost when it is near 1.</summary>
    static double RestOfSum(ReadOnlySpan<T> x, int top, double max, double temperature)
    {
        double rest = 0;
        for (int i = 0; i < x.Length; i++)
            if (i != top) rest += Math.Exp((double.CreateTruncating(x[i]) - max) / temperature);
        return rest;
    }
}
