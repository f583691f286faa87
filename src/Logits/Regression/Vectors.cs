using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Regression;

/// <summary>The few loops over vectors that the solvers share. The order of additions is fixed by the length alone.</summary>
static class Vectors
{
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        b = b[..a.Length];
        double sum = 0;
        int i = 0;
        if (a.Length >= 16)
        {
            // Four accumulators of four lanes on every machine: the sum does not depend on the width of the registers.
            var s0 = Vector256<double>.Zero;
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            for (; i <= a.Length - 16; i += 16)
            {
                s0 += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
                s1 += Vector256.Create(a[(i + 4)..]) * Vector256.Create(b[(i + 4)..]);
                s2 += Vector256.Create(a[(i + 8)..]) * Vector256.Create(b[(i + 8)..]);
                s3 += Vector256.Create(a[(i + 12)..]) * Vector256.Create(b[(i + 12)..]);
            }
            sum = Vector256.Sum((s0 + s1) + (s2 + s3));
        }
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>y += scale·x</summary>
    public static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        y = y[..x.Length];
        int i = 0;
        if (x.Length >= Vector<double>.Count)
        {
            var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
            var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
            for (int k = 0; k < xs.Length; k++)
                ys[k] += xs[k] * scale;
            i = xs.Length * Vector<double>.Count;
        }
        for (; i < x.Length; i++)
            y[i] += scale * x[i];
    }

    public static double LargestMagnitude(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double value in x)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    /// <summary>log Σ exp(zₖ) without overflow; −∞ of nothing.</summary>
    public static double LogSumExp(ReadOnlySpan<double> z)
    {
        double max = double.NegativeInfinity;
        foreach (double value in z)
            max = Math.Max(max, value);
        if (double.IsInfinity(max))
            return max;
        double sum = 0;
        foreach (double value in z)
            sum += Math.Exp(value - max);
        return max + Math.Log(sum);
    }
}

/// <summary>A sum with Neumaier's running correction: the result is as if summed in twice the digits.</summary>
struct ExactSum
{
    double _sum, _correction;

    public void Add(double value)
    {
        double total = _sum + value;
        _correction += Math.Abs(_sum) >= Math.Abs(value) ? (_sum - total) + value : (value - total) + _sum;
        _sum = total;
    }

    public readonly double Value => _sum + _correction;
}
