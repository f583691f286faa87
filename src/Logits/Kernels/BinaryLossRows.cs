using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>Binary cross-entropy over vectors: t · softplus(−z) + (1 − t) · softplus(z), and its slope σ(z) − t.</summary>
/// <remarks>
/// For targets 0 and 1 both are functions of s = ±z alone: softplus(s) and ±σ(s), from one exponential. Between, the slope is a difference, and the register
/// is computed in double, where a float has 29 bits to lose; doubles do not, and the caller computes such batches in wide arithmetic.
/// </remarks>
internal static unsafe class BinaryLossRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>A score that costs nothing against target 0, for the places after the last element.</summary>
    const float Nothing = -1000;

    /// <summary>The summed loss. <paramref name="gradient"/> and <paramref name="each"/> are written unless null; the slope is multiplied by a factor in two parts.</summary>
    [MethodImpl(Loop)]
    public static double Narrow<V, D>(float* scores, float* targets, float* gradient, double* each, nint n, float factor, float factorRest)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        D sumLow = D.All(0), sumHigh = D.All(0);
        V high = V.All(factor), low = V.All(factorRest);
        for (nint i = 0; i < n; i += V.Count)
        {
            int left = (int)Math.Min(n - i, V.Count);
            V z = left == V.Count ? V.Load(scores + i) : V.LoadPart(scores + i, left, Nothing), t = left == V.Count ? V.Load(targets + i) : V.LoadPart(targets + i, left, 0);
            V slope;
            D lossLow, lossHigh;
            if (V.FirstSet(V.Greater(t, t * t)) == V.Count)
            {
                V yes = V.Greater(t, V.All(0.5f));
                V loss = Hard<V, D>(V.Select(yes, V.Negate(z), z), out slope);
                slope = V.Select(yes, V.Negate(slope), slope);
                V.Widen(loss, out lossLow, out lossHigh);
            }
            else
            {
                V.Widen(z, out D zLow, out D zHigh);
                V.Widen(t, out D tLow, out D tHigh);
                lossLow = Soft(zLow, tLow, out D slopeLow);
                lossHigh = Soft(zHigh, tHigh, out D slopeHigh);
                slope = V.Narrow(slopeLow, slopeHigh);
            }
            sumLow += lossLow;
            sumHigh += lossHigh;
            if (gradient != null)
            {
                slope = V.MultiplyAdd(slope, high, slope * low);
                if (left == V.Count) slope.Store(gradient + i);
                else slope.StorePart(gradient + i, left);
            }
            if (each == null) continue;
            Store(lossLow, each + i, left);
            if (left > D.Count) Store(lossHigh, each + i + D.Count, left - D.Count);
        }
        return D.Sum(sumLow + sumHigh);
    }

    /// <summary>softplus(s) and σ(s) from e = e^−|s|: log(1 + e) = 2 artanh(e / (2 + e)), a short series because the argument is at most 1/3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Hard<V, D>(V s, out V sigmoid) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V one = V.All(1), zero = V.All(0), two = V.All(2);
        V e = FloatMath.ExpInTwo<V, D>(V.Negate(V.Abs(s)), out V rest);
        V positive = V.Greater(s, zero);

        V bottom = one + e, bottomRest = ((one - bottom) + e) + rest, inverse = one / bottom;
        V top = V.Select(positive, one, e);
        sigmoid = top * inverse;
        sigmoid = V.MultiplyAdd(V.MinusMultiply(sigmoid, bottomRest, V.MinusMultiply(sigmoid, bottom, top) + V.Select(positive, zero, rest)), inverse, sigmoid);

        // w = 2 / (2 + e), and its error is put right by what it leaves of 2; e · w keeps subnormal losses whole.
        V sum = two + e, sumRest = (two - sum) + e, w = two / sum;
        w = V.MultiplyAdd(V.MinusMultiply(w, sumRest, V.MinusMultiply(w, sum, two)), V.All(0.5f), w);
        V v = e * w * V.All(0.5f), x = v * v;
        V series = V.MultiplyAdd(V.All(1f / 15), x, V.All(1f / 13));
        series = V.MultiplyAdd(series, x, V.All(1f / 11));
        series = V.MultiplyAdd(series, x, V.All(1f / 9));
        series = V.MultiplyAdd(series, x, V.All(1f / 7));
        series = V.MultiplyAdd(series, x, V.All(0.2f));
        series = V.MultiplyAdd(series, x, V.All(1f / 3));
        V first = e * w;
        return V.Max(zero, s) + V.MultiplyAdd(first * x, series, first);
    }

    /// <summary>The loss against any target between 0 and 1, in double. A side without weight costs nothing, even at ±∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static D Soft<D>(D z, D t, out D slope) where D : struct, IDoubleLane<D>
    {
        D zero = D.All(0), one = D.All(1), no = one - t, e = DoubleMath.Exp(D.Negate(D.Abs(z))), log = DoubleMath.Log1PUpTo1(e, zero), inverse = one / (one + e);
        D positive = D.Greater(z, zero), yesSide = log + D.Max(zero, D.Negate(z)), noSide = log + D.Max(zero, z);
        slope = no * (D.Select(positive, one, e) * inverse) - t * (D.Select(positive, e, one) * inverse);
        return D.Select(D.Equal(t, zero), zero, t * yesSide) + D.Select(D.Equal(no, zero), zero, no * noSide);
    }

    /// <summary>As <see cref="Narrow"/>, for doubles whose targets are 0 and 1; NaN slopes and sums come from NaN scores alone.</summary>
    [MethodImpl(Loop)]
    public static double Wide<D>(double* scores, double* targets, double* gradient, double* each, nint n, double factor) where D : struct, IDoubleLane<D>
    {
        D sum = D.All(0), rest = sum, scale = D.All(factor);
        for (nint i = 0; i < n; i += D.Count)
        {
            int left = (int)Math.Min(n - i, D.Count);
            D z = left == D.Count ? D.Load(scores + i) : D.LoadPart(scores + i, left, (double)Nothing), t = left == D.Count ? D.Load(targets + i) : D.LoadPart(targets + i, left, 0.0);
            D yes = D.Greater(t, D.All(0.5)), s = D.Select(yes, D.Negate(z), z), loss = DoubleMath.Softplus(s);
            DoubleRows.Add(ref sum, ref rest, loss);
            if (gradient != null)
            {
                D slope = DoubleMath.Sigmoid(s) * scale;
                slope = D.Select(yes, D.Negate(slope), slope);
                if (left == D.Count) slope.Store(gradient + i);
                else slope.StorePart(gradient + i, left);
            }
            if (each != null) Store(loss, each + i, left);
        }
        double total = DoubleRows.Total(sum, rest, out double low);
        return total + low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<D>(D value, double* to, int count) where D : struct, IDoubleLane<D>
    {
        if (count >= D.Count) value.Store(to);
        else value.StorePart(to, count);
    }
}
