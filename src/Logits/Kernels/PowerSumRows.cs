using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Logits.Kernels;

/// <summary>
/// Power sums of a row under the weights e = exp(βd), d = z − max ≤ 0: Σe, Σde, Σd²e, Σd³e. The largest term of Σe is 1, so nothing overflows, and the
/// cumulants of z under softmax(βz) follow from their ratios.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PowerSums(double S0, double S1, double S2, double S3);

/// <summary>Power sums of row after row, for the calibrators that look for a temperature: short rows in great number, where a call for each would show.</summary>
/// <remarks>
/// eˣ is 2^⌊b⌋ · 2^(j/16) · e^r as in <see cref="FloatMath"/>, with fewer digits. Exponents below −87 (float) and −700 (double) stay there, −∞ too: beside the
/// 1 of the largest such a weight does not show. A NaN among the scores makes the sums NaN.
/// </remarks>
internal static unsafe class PowerSumRows
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Each row's largest score; NaN is passed over.</summary>
    public static void Largest<S>(ReadOnlySpan<S> scores, int classes, Span<S> largest) where S : unmanaged, IBinaryFloatingPointIeee754<S>
    {
        fixed (S* z = scores)
        fixed (S* to = largest)
            if (Lanes.Has512) Largest<Lane512Float, Lane512Double, S>(z, largest.Length, classes, to);
            else if (Lanes.Has256) Largest<Lane256Float, Lane256Double, S>(z, largest.Length, classes, to);
            else Largest<Lane128Float, Lane128Double, S>(z, largest.Length, classes, to);
    }

    /// <summary>The sums in float arithmetic, to about 1e−6 of each.</summary>
    /// <param name="scores">Rows of scores.</param>
    /// <param name="classes">The length of a row.</param>
    /// <param name="largest">Each row's largest score, finite.</param>
    /// <param name="beta">β ≥ 0.</param>
    /// <param name="sums">Room for each row.</param>
    public static void InFloat(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<float> largest, double beta, Span<PowerSums> sums)
    {
        if (Unweighted(scores, classes, largest, beta, sums)) return;
        fixed (float* z = scores, top = largest)
        fixed (PowerSums* to = sums)
            if (Lanes.Has512) InFloat<Lane512Float, Lane512Double>(z, largest.Length, classes, top, beta, to);
            else if (Lanes.Has256) InFloat<Lane256Float, Lane256Double>(z, largest.Length, classes, top, beta, to);
            else InFloat<Lane128Float, Lane128Double>(z, largest.Length, classes, top, beta, to);
    }

    /// <summary>The sums in double arithmetic, to about 1e−13 of each.</summary>
    /// <inheritdoc cref="InFloat" path="/param"/>
    public static void InDouble<S>(ReadOnlySpan<S> scores, int classes, ReadOnlySpan<S> largest, double beta, Span<PowerSums> sums) where S : unmanaged, IBinaryFloatingPointIeee754<S>
    {
        if (Unweighted(scores, classes, largest, beta, sums)) return;
        fixed (S* z = scores, top = largest)
        fixed (PowerSums* to = sums)
            if (Lanes.Has512) InDouble<Lane512Double, S>(z, largest.Length, classes, top, beta, to);
            else if (Lanes.Has256) InDouble<Lane256Double, S>(z, largest.Length, classes, top, beta, to);
            else InDouble<Lane128Double, S>(z, largest.Length, classes, top, beta, to);
    }

    /// <summary>The sums at β = 0, where every score counts the same, but −∞ does not.</summary>
    static bool Unweighted<S>(ReadOnlySpan<S> scores, int classes, ReadOnlySpan<S> largest, double beta, Span<PowerSums> sums) where S : unmanaged, IBinaryFloatingPointIeee754<S>
    {
        if (beta != 0) return false;
        for (int row = 0; row < largest.Length; row++)
        {
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0, top = double.CreateTruncating(largest[row]);
            foreach (S score in scores.Slice(row * classes, classes))
            {
                if (S.IsNegativeInfinity(score)) continue;
                double d = double.CreateTruncating(score) - top;
                s0++;
                s1 += d;
                s2 += d * d;
                s3 += d * d * d;
            }
            sums[row] = new(s0, s1, s2, s3);
        }
        return true;
    }

    [MethodImpl(Loop)]
    static void Largest<V, D, S>(S* z, int rows, int classes, S* largest) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> where S : unmanaged
    {
        for (int row = 0; row < rows; row++, z += classes)
            if (typeof(S) == typeof(float))
            {
                float* x = (float*)z;
                V max = V.All(float.NegativeInfinity);
                int i = 0;
                for (; i <= classes - V.Count; i += V.Count) max = V.Max(V.Load(x + i), max);
                if (i < classes) max = V.Max(V.LoadPart(x + i, classes - i, float.NegativeInfinity), max);
                *(float*)(largest + row) = V.Largest(max);
            }
            else
            {
                double* x = (double*)z;
                D max = D.All(double.NegativeInfinity);
                int i = 0;
                for (; i <= classes - D.Count; i += D.Count) max = D.Max(D.Load(x + i), max);
                if (i < classes) max = D.Max(D.LoadPart(x + i, classes - i, double.NegativeInfinity), max);
                *(double*)(largest + row) = D.Largest(max);
            }
    }

    [MethodImpl(Loop)]
    static void InFloat<V, D>(float* z, int rows, int classes, float* largest, double beta, PowerSums* sums) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V slope = V.All((float)beta);
        double unit = 1 / (double)(float)beta, square = unit * unit, cube = unit * square;
        float* four = stackalloc float[4];
        for (int row = 0; row < rows; row++, z += classes)
        {
            V top = V.All(largest[row]), s0 = V.All(0), s1 = s0, s2 = s0, s3 = s0;
            int i = 0;
            for (; i <= classes - V.Count; i += V.Count) Add<V, D>((V.Load(z + i) - top) * slope, ref s0, ref s1, ref s2, ref s3);
            if (i < classes) Add<V, D>((V.LoadPart(z + i, classes - i, float.NegativeInfinity) - top) * slope, ref s0, ref s1, ref s2, ref s3);
            V.Sum(s0, s1, s2, s3, four);
            sums[row] = new(four[0], four[1] * unit, four[2] * square, four[3] * cube);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<V, D>(V x, ref V s0, ref V s1, ref V s2, ref V s3) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        x = V.Max(V.All(-87), x);
        V rounded = V.MultiplyAdd(x, V.All(FloatMath.Log2E), V.All(FloatMath.SixteenthMagic)), b = rounded - V.All(FloatMath.SixteenthMagic);
        V power = V.Scale(FloatMath.Power<V, D>(rounded, out _), b), r = V.MinusMultiply(b, V.All(FloatMath.Ln2), x);
        V p = V.MultiplyAdd(V.MultiplyAdd(r, V.All(FloatMath.Sixth), V.All(FloatMath.Half)), r, V.All(1));
        V e = V.MultiplyAdd(power, p * r, power), xe = x * e, xxe = x * xe;
        s0 += e;
        s1 += xe;
        s2 += xxe;
        s3 = V.MultiplyAdd(x, xxe, s3);
    }

    [MethodImpl(Loop)]
    static void InDouble<D, S>(S* z, int rows, int classes, S* largest, double beta, PowerSums* sums) where D : struct, IDoubleLane<D> where S : unmanaged
    {
        D slope = D.All(beta);
        double unit = 1 / beta, square = unit * unit, cube = unit * square;
        for (int row = 0; row < rows; row++, z += classes)
        {
            D top = D.All(typeof(S) == typeof(float) ? *(float*)(largest + row) : *(double*)(largest + row)), s0 = D.All(0), s1 = s0, s2 = s0, s3 = s0;
            int i = 0;
            for (; i <= classes - D.Count; i += D.Count) Add((DoubleRows.Load<D, S>(z + i) - top) * slope, ref s0, ref s1, ref s2, ref s3);
            if (i < classes) Add((DoubleRows.LoadPart<D, S>(z + i, classes - i, double.NegativeInfinity) - top) * slope, ref s0, ref s1, ref s2, ref s3);
            double* four = (double*)(sums + row);
            D.Sum(s0, s1, s2, s3, four);
            four[1] *= unit;
            four[2] *= square;
            four[3] *= cube;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<D>(D x, ref D s0, ref D s1, ref D s2, ref D s3) where D : struct, IDoubleLane<D>
    {
        x = D.Max(D.All(-700), x);
        D rounded = D.MultiplyAdd(x, D.All(DoubleMath.Log2E), D.All(DoubleMath.SixteenthMagic)), b = rounded - D.All(DoubleMath.SixteenthMagic);
        D power = DoubleMath.Power(rounded), r = D.MinusMultiply(b, D.All(DoubleMath.Ln2), x);
        D p = D.MultiplyAdd(D.MultiplyAdd(D.MultiplyAdd(D.MultiplyAdd(D.All(1.0 / 120), r, D.All(1.0 / 24)), r, D.All(1.0 / 6)), r, D.All(0.5)), r, D.All(1));
        D e = D.MultiplyAdd(power, p * r, power), xe = x * e, xxe = x * xe;
        s0 += e;
        s1 += xe;
        s2 += xxe;
        s3 = D.MultiplyAdd(x, xxe, s3);
    }
}
