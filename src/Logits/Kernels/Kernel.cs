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

    public static void LogSigmoid(ReadOnlySpan<T> x, Span<T> y) => Each(x, y, LogMath.LogSigmoid);

    public static void Softplus(ReadOnlySpan<T> x, Span<T> y) => Each(x, y, LogMath.Softplus);

    public static void Logit(ReadOnlySpan<T> p, Span<T> y) => Each(p, y, LogMath.Logit);

    public static void Log1MExp(ReadOnlySpan<T> x, Span<T> y) => Each(x, y, LogMath.Log1MExp);

    static void Each(ReadOnlySpan<T> x, Span<T> y, Func<double, double> function)
    {
        for (int i = 0; i < x.Length; i++) y[i] = T.CreateTruncating(function(double.CreateTruncating(x[i])));
    }

    /// <summary>−Σ pᵢ log pᵢ of softmax(x / temperature), in nats.</summary>
    public static double Entropy(ReadOnlySpan<T> x, double temperature = 1)
    {
        T[] p = new T[x.Length], log = new T[x.Length];
        Softmax(x, p, temperature);
        LogSoftmax(x, log, temperature);
        double entropy = 0;
        for (int i = 0; i < x.Length; i++)
            if (p[i] != T.Zero) entropy -= double.CreateTruncating(p[i]) * double.CreateTruncating(log[i]);
        return entropy;
    }

    /// <summary>What softmax(x / temperature) passes back to x: yᵢ (gᵢ − Σ g y) / temperature.</summary>
    public static void SoftmaxGradient(ReadOnlySpan<T> x, ReadOnlySpan<T> gradOutput, Span<T> gradient, double temperature = 1)
    {
        Softmax(x, gradient, temperature);
        int top = ArgMax(x);
        double reference = top < 0 ? 0 : double.CreateTruncating(gradOutput[top]), sum = 0;
        for (int i = 0; i < x.Length; i++)
            if (i != top) sum += double.CreateTruncating(gradient[i]) * (double.CreateTruncating(gradOutput[i]) - reference);
        for (int i = 0; i < x.Length; i++)
            gradient[i] = T.CreateTruncating(double.CreateTruncating(gradient[i]) * (double.CreateTruncating(gradOutput[i]) - reference - sum) / temperature);
    }

    /// <summary>What log-softmax passes back to x: gᵢ − pᵢ Σ g.</summary>
    public static void LogSoftmaxGradient(ReadOnlySpan<T> x, ReadOnlySpan<T> gradOutput, Span<T> gradient, double temperature = 1)
    {
        Softmax(x, gradient, temperature);
        double total = 0;
        foreach (T g in gradOutput) total += double.CreateTruncating(g);
        for (int i = 0; i < x.Length; i++)
            gradient[i] = T.CreateTruncating((double.CreateTruncating(gradOutput[i]) - double.CreateTruncating(gradient[i]) * total) / temperature);
    }

    /// <summary>The gradient of the entropy: −pᵢ (log pᵢ + H).</summary>
    public static void EntropyGradient(ReadOnlySpan<T> x, Span<T> gradient, double temperature = 1)
    {
        double entropy = Entropy(x, temperature);
        var log = new T[x.Length];
        LogSoftmax(x, log, temperature);
        Softmax(x, gradient, temperature);
        for (int i = 0; i < x.Length; i++)
            gradient[i] = gradient[i] == T.Zero ? T.Zero : T.CreateTruncating(-double.CreateTruncating(gradient[i]) * (double.CreateTruncating(log[i]) + entropy) / temperature);
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
