using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>Binary cross-entropy over vectors: t · softplus(−z) + (1 − t) · softplus(z), and its slope σ(z) − t.</summary>
/// <remarks>
/// For targets 0 and 1 both are functions of s = ±z alone: softplus(s) and ±σ(s), from one exponential. Between, the slope is a difference, and the element
/// is computed in double, where a float has 29 bits to lose; doubles do not, and the caller computes such batches in wide arithmetic.
/// </remarks>
[SkipLocalsInit]
internal static unsafe class BinaryLossRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>A score that costs nothing against target 0, for the places after the last element.</summary>
    const float Nothing = -1000;

    /// <summary>Registers whose losses are added in float before they go into double: in pairs, and four of those.</summary>
    const int Registers = 8;

    const int Block = Registers * Lanes.Floats;

    /// <summary>The summed loss. <paramref name="gradient"/> and <paramref name="each"/> are written unless null; the slope is multiplied by a factor in two parts.</summary>
    /// <remarks>A block whose targets are all 0 and 1 and whose scores are within the window of <see cref="FloatMath.WindowPower"/> goes the quick way; others go with care.</remarks>
    [MethodImpl(Loop)]
    public static double Narrow<V, D>(float* scores, float* targets, float* gradient, double* each, nint n, float factor, float factorRest)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        double* sums = stackalloc double[Lanes.Floats];
        new Span<double>(sums, Lanes.Floats).Clear();
        for (nint i = 0; ;)
        {
            i += Quickly<V, D>(scores + i, targets + i, gradient == null ? null : gradient + i, each == null ? null : each + i, n - i, factor, factorRest, sums);
            if (i == n) break;
            nint count = Math.Min(n - i, Block), whole = count & -V.Count;
            Careful<V, D>(scores + i, targets + i, gradient == null ? null : gradient + i, each == null ? null : each + i, whole, factor, factorRest, sums);
            if (whole < count) Last<V, D>(scores + i + whole, targets + i + whole, gradient == null ? null : gradient + i + whole, each == null ? null : each + i + whole, (int)(count - whole), factor, factorRest, sums);
            i += count;
        }
        return D.Sum(D.Load(sums) + D.Load(sums + D.Count));
    }

    /// <summary>The last elements, by way of a full register of their own.</summary>
    static void Last<V, D>(float* scores, float* targets, float* gradient, double* each, int count, float factor, float factorRest, double* sums)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        float* z = stackalloc float[3 * Lanes.Floats], t = z + Lanes.Floats, g = t + Lanes.Floats;
        double* l = stackalloc double[Lanes.Floats];
        V.LoadPart(scores, count, Nothing).Store(z);
        V.LoadPart(targets, count, 0).Store(t);
        Careful<V, D>(z, t, g, l, V.Count, factor, factorRest, sums);
        if (gradient != null) new ReadOnlySpan<float>(g, count).CopyTo(new(gradient, count));
        if (each != null) new ReadOnlySpan<double>(l, count).CopyTo(new(each, count));
    }

    /// <summary>Whole blocks up to the first whose targets are not all 0 and 1, or one of whose scores is outside the window: the number of elements done.</summary>
    [MethodImpl(Loop)]
    static nint Quickly<V, D>(float* scores, float* targets, float* gradient, double* each, nint n, float factor, float factorRest, double* sums)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        float* room = stackalloc float[Block + Lanes.Floats], e = room + (-(nint)room & 63) / sizeof(float);
        V log2E = V.All(FloatMath.Log2E), origin = V.All(FloatMath.WindowOne), ln2 = V.All(FloatMath.Ln2), ln2Rest = V.All(FloatMath.Ln2Rest), one = V.All(1), half = V.All(FloatMath.Half), sixth = V.All(FloatMath.Sixth);
        V bottom = V.All(FloatMath.WindowBottom), powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), scale = V.All(factor), scaleRest = V.All(factorRest), zero = V.All(0);
        for (nint i = 0; i <= n - Block; i += Block)
        {
            float* z = scores + i, t = targets + i;
            // The exponentials first, then what is made of them: in one chain of operations the processor would not see far enough ahead. And nothing is written that had to be taken back.
            V outside = zero, soft = zero, sum = zero;
            for (int j = 0; j < Block; j += 2 * V.Count)
            {
                V power = WindowRows.Weight<V, D>(V.MinusAbs(V.Load(z + j)), log2E, origin, ln2, ln2Rest, one, half, sixth, bottom, powers, corrections, ref outside, out V q);
                V.MultiplyAdd(power, q, power).Store(e + j);
                power = WindowRows.Weight<V, D>(V.MinusAbs(V.Load(z + j + V.Count)), log2E, origin, ln2, ln2Rest, one, half, sixth, bottom, powers, corrections, ref outside, out q);
                V.MultiplyAdd(power, q, power).Store(e + j + V.Count);
                V a = V.Load(t + j), b = V.Load(t + j + V.Count);
                soft = V.OrDifference(V.OrDifference(soft, a * a, a), b * b, b);
            }
            if (V.AnyBit(outside, FloatMath.WindowMask) || V.AnyBit(soft, -1)) return i;
            for (int j = 0; j < Block; j += 2 * V.Count)
            {
                V a = Hard<V, D>(z + j, t + j, e + j, scale, scaleRest, out V slope);
                if (gradient != null) slope.Store(gradient + i + j);
                if (each != null) Store<V, D>(a, each + i + j);
                V b = Hard<V, D>(z + j + V.Count, t + j + V.Count, e + j + V.Count, scale, scaleRest, out slope);
                if (gradient != null) slope.Store(gradient + i + j + V.Count);
                if (each != null) Store<V, D>(b, each + i + j + V.Count);
                sum += a + b;
            }
            V.Widen(sum, out D low, out D high);
            (D.Load(sums) + low).Store(sums);
            (D.Load(sums + D.Count) + high).Store(sums + D.Count);
        }
        return n & -Block;
    }

    /// <summary>The loss and its slope, times the factor, of one register whose targets are 0 or 1, given e^−|z|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Hard<V, D>(float* scores, float* targets, float* exponentials, V scale, V scaleRest, out V slope) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V t = V.Load(targets), loss = Hard<V, D>(V.FlipWhereOne(V.Load(scores), t), V.Load(exponentials), out V sigmoid);
        slope = V.FlipWhereOne(V.MultiplyAdd(sigmoid, scale, sigmoid * scaleRest), t);
        return loss;
    }

    /// <summary>Whole registers with any targets and scores: a target between 0 and 1 takes its loss and slope from arithmetic in double.</summary>
    [MethodImpl(Loop)]
    static void Careful<V, D>(float* scores, float* targets, float* gradient, double* each, nint n, float factor, float factorRest, double* sums)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        V scale = V.All(factor), scaleRest = V.All(factorRest);
        for (nint i = 0; i < n; i += V.Count)
        {
            V z = V.Load(scores + i), t = V.Load(targets + i), soft = V.Greater(t, t * t);
            V yes = V.Greater(t, V.All(0.5f)), s = V.Select(yes, V.Negate(z), z), loss = Hard<V, D>(s, FloatMath.ExpOfNegative<V, D>(V.MinusAbs(s)), out V slope);
            slope = V.Select(yes, V.Negate(slope), slope);
            V.Widen(loss, out D low, out D high);
            if (V.FirstSet(soft) < V.Count)
            {
                V.Widen(z, out D zLow, out D zHigh);
                V.Widen(t, out D tLow, out D tHigh);
                low = D.Select(D.Greater(tLow, tLow * tLow), Soft(zLow, tLow, out D slopeLow), low);
                high = D.Select(D.Greater(tHigh, tHigh * tHigh), Soft(zHigh, tHigh, out D slopeHigh), high);
                slope = V.Select(soft, V.Narrow(slopeLow, slopeHigh), slope);
            }
            (D.Load(sums) + low).Store(sums);
            (D.Load(sums + D.Count) + high).Store(sums + D.Count);
            if (gradient != null) V.MultiplyAdd(slope, scale, slope * scaleRest).Store(gradient + i);
            if (each == null) continue;
            low.Store(each + i);
            high.Store(each + i + D.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V, D>(V x, double* to) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V.Widen(x, out D low, out D high);
        low.Store(to);
        high.Store(to + D.Count);
    }

    /// <summary>softplus(s) = max(s, 0) + log(1 + e) and σ(s), both from <paramref name="e"/> = e^−|s|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Hard<V, D>(V s, V e, out V sigmoid) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
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
