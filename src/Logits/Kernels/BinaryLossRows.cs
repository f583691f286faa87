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
        double* sums = stackalloc double[Lanes.Floats];
        new Span<double>(sums, Lanes.Floats).Clear();
        nint whole = n & -V.Count, i = 0;
        while (i < whole)
        {
            i += Hard<V, D>(scores + i, targets + i, gradient == null ? null : gradient + i, each == null ? null : each + i, whole - i, factor, factorRest, sums);
            if (i == whole) break;
            Soft<V, D>(scores + i, targets + i, gradient == null ? null : gradient + i, each == null ? null : each + i, factor, factorRest, sums);
            i += V.Count;
        }
        if (i < n)
        {
            // The last elements go through a full register of their own.
            int left = (int)(n - i);
            float* z = stackalloc float[Lanes.Floats], t = stackalloc float[Lanes.Floats], g = stackalloc float[Lanes.Floats];
            double* l = stackalloc double[Lanes.Floats];
            V.LoadPart(scores + i, left, Nothing).Store(z);
            V.LoadPart(targets + i, left, 0).Store(t);
            if (Hard<V, D>(z, t, g, l, V.Count, factor, factorRest, sums) == 0) Soft<V, D>(z, t, g, l, factor, factorRest, sums);
            if (gradient != null) new ReadOnlySpan<float>(g, left).CopyTo(new(gradient + i, left));
            if (each != null) new ReadOnlySpan<double>(l, left).CopyTo(new(each + i, left));
        }
        return D.Sum(D.Load(sums) + D.Load(sums + D.Count));
    }

    /// <summary>Whole registers whose targets are all 0 or 1, up to the first that has others; how many elements that is. Adds the losses to <paramref name="sums"/>.</summary>
    /// <remarks>A loop of its own, because a call inside would empty the registers every time.</remarks>
    [MethodImpl(Loop)]
    static nint Hard<V, D>(float* scores, float* targets, float* gradient, double* each, nint n, float factor, float factorRest, double* sums)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        D low = D.Load(sums), high = D.Load(sums + D.Count);
        V scale = V.All(factor), scaleRest = V.All(factorRest);
        nint i = 0;
        for (; i < n; i += V.Count)
        {
            V z = V.Load(scores + i), t = V.Load(targets + i);
            if (V.FirstSet(V.Greater(t, t * t)) < V.Count) break;
            V yes = V.Greater(t, V.All(0.5f)), loss = Hard<V, D>(V.Select(yes, V.Negate(z), z), out V slope);
            V.Widen(loss, out D lossLow, out D lossHigh);
            low += lossLow;
            high += lossHigh;
            if (gradient != null)
            {
                slope = V.MultiplyAdd(slope, scale, slope * scaleRest);
                V.Select(yes, V.Negate(slope), slope).Store(gradient + i);
            }
            if (each == null) continue;
            lossLow.Store(each + i);
            lossHigh.Store(each + i + D.Count);
        }
        low.Store(sums);
        high.Store(sums + D.Count);
        return i;
    }

    /// <summary>One register with a target between 0 and 1 among its own, in double.</summary>
    [MethodImpl(Loop)]
    static void Soft<V, D>(float* scores, float* targets, float* gradient, double* each, float factor, float factorRest, double* sums)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        V.Widen(V.Load(scores), out D zLow, out D zHigh);
        V.Widen(V.Load(targets), out D tLow, out D tHigh);
        D lossLow = Soft(zLow, tLow, out D slopeLow), lossHigh = Soft(zHigh, tHigh, out D slopeHigh);
        if (gradient != null)
        {
            V slope = V.Narrow(slopeLow, slopeHigh);
            V.MultiplyAdd(slope, V.All(factor), slope * V.All(factorRest)).Store(gradient);
        }
        (D.Load(sums) + lossLow).Store(sums);
        (D.Load(sums + D.Count) + lossHigh).Store(sums + D.Count);
        if (each == null) return;
        lossLow.Store(each);
        lossHigh.Store(each + D.Count);
    }

    /// <summary>softplus(s) = max(s, 0) + log(1 + e) and σ(s), both from e = e^−|s|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Hard<V, D>(V s, out V sigmoid) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V e = FloatMath.ExpOfNegative<V, D>(V.Negate(V.Abs(s)));
        sigmoid = FloatMath.QuickSigmoid<V, D>(s, e);
        return V.Max(V.All(0), s) + FloatMath.Log1PUpTo1<V, D>(e);
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
