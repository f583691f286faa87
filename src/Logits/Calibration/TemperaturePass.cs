using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Calibration;

/// <summary>The mean NLL of rows at one inverse temperature β, with three derivatives in β.</summary>
readonly record struct NllMoments(double Nll, double Gradient, double Curvature, double Third);

/// <summary>Something that can be asked for its NLL at any β: rows in float, rows in double, rows without their ruled-out classes.</summary>
interface INllPass
{
    NllMoments At(double beta);
}

/// <summary>One sweep over the rows computing in float: half the precision, a third of the time. Good for all steps but the last.</summary>
readonly ref struct FloatPass(ReadOnlySpan<float> z, int classes, ReadOnlySpan<float> max, ReadOnlySpan<double> labelled) : INllPass
{
    readonly ReadOnlySpan<float> _z = z, _max = max;
    readonly ReadOnlySpan<double> _labelled = labelled;

    public NllMoments At(double beta)
    {
        var total = new MomentSum();
        for (int row = 0; row < _max.Length; row++)
            total.Add(RowSums.InFloat(_z.Slice(row * classes, classes), _max[row], (float)beta), _labelled[row]);
        return total.Mean(beta);
    }
}

/// <summary>The same sweep in double, whatever the scores are stored in.</summary>
readonly ref struct DoublePass<T>(ReadOnlySpan<T> z, int classes, ReadOnlySpan<T> max, ReadOnlySpan<double> labelled) : INllPass
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly ReadOnlySpan<T> _z = z, _max = max;
    readonly ReadOnlySpan<double> _labelled = labelled;

    public NllMoments At(double beta)
    {
        var total = new MomentSum();
        for (int row = 0; row < _max.Length; row++)
            total.Add(RowSums.InDouble(_z.Slice(row * classes, classes), double.CreateTruncating(_max[row]), beta), _labelled[row]);
        return total.Mean(beta);
    }
}

/// <summary>The sweep over rows of different lengths: what is left when ruled-out classes (−∞) are taken out.</summary>
readonly ref struct RaggedPass(ReadOnlySpan<double> z, ReadOnlySpan<int> ends, ReadOnlySpan<double> max, ReadOnlySpan<double> labelled) : INllPass
{
    readonly ReadOnlySpan<double> _z = z, _max = max, _labelled = labelled;
    readonly ReadOnlySpan<int> _ends = ends;

    public NllMoments At(double beta)
    {
        var total = new MomentSum();
        for (int row = 0, start = 0; row < _max.Length; start = _ends[row++])
            total.Add(RowSums.InDouble(_z[start.._ends[row]], _max[row], beta), _labelled[row]);
        return total.Mean(beta);
    }
}

/// <summary>
/// Power sums of one row under the weights e = exp(β d), d = z − max ≤ 0: Σe, Σde, Σd²e, Σd³e. The largest term of Σe is 1, so nothing overflows,
/// and the cumulants of z under softmax(βz) follow from their ratios.
/// </summary>
readonly record struct RowSums(double S0, double S1, double S2, double S3)
{
    public static RowSums InFloat(ReadOnlySpan<float> z, float max, float beta)
    {
        if (Avx512F.IsSupported && z.Length >= 16) return InWideFloats(z, max, beta);
        int width = Vector<float>.Count;
        if (z.Length < width) return Plain(z, max, beta);

        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i <= z.Length - width; i += width)
        {
            var d = new Vector<float>(z[i..]) - new Vector<float>(max);
            Accumulate(d, Exp(d * beta), ref s0, ref s1, ref s2, ref s3);
        }
        if (i < z.Length)
        {
            // The last register overlaps the one before; the weights of elements already counted are set to 0.
            int again = width - (z.Length - i);
            var fresh = Vector.GreaterThanOrEqual(Vector<int>.Indices, new Vector<int>(again));
            var d = new Vector<float>(z[^width..]) - new Vector<float>(max);
            Accumulate(d, Vector.ConditionalSelect(fresh, Exp(d * beta), Vector<float>.Zero), ref s0, ref s1, ref s2, ref s3);
        }
        return new(Vector.Sum(s0), Vector.Sum(s1), Vector.Sum(s2), Vector.Sum(s3));
    }

    public static RowSums InDouble<T>(ReadOnlySpan<T> z, double max, double beta) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported && z.Length >= 16)
            return InWideRegisters(MemoryMarshal.Cast<T, float>(z), max, beta);
        int width = Vector<T>.Count;
        if (z.Length < width) return Plain(z, max, beta);

        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i <= z.Length - width; i += width)
        {
            if (typeof(T) == typeof(float))
            {
                Vector.Widen(Unsafe.BitCast<Vector<T>, Vector<float>>(new Vector<T>(z[i..])), out var low, out var high);
                low -= new Vector<double>(max);
                high -= new Vector<double>(max);
                Accumulate(low, Exp(low * beta), ref s0, ref s1, ref s2, ref s3);
                Accumulate(high, Exp(high * beta), ref s0, ref s1, ref s2, ref s3);
            }
            else
            {
                var d = Unsafe.BitCast<Vector<T>, Vector<double>>(new Vector<T>(z[i..])) - new Vector<double>(max);
                Accumulate(d, Exp(d * beta), ref s0, ref s1, ref s2, ref s3);
            }
        }
        var rest = Plain(z[i..], max, beta);
        return new(Vector.Sum(s0) + rest.S0, Vector.Sum(s1) + rest.S1, Vector.Sum(s2) + rest.S2, Vector.Sum(s3) + rest.S3);
    }

    /// <summary><see cref="InFloat"/> sixteen floats at a time.</summary>
    static RowSums InWideFloats(ReadOnlySpan<float> z, float max, float beta)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var top = Vector512.Create(max);
        var slope = Vector512.Create(beta);
        for (int i = 0; i < z.Length; i += 16)
        {
            // The last register overlaps the one before; the weights of elements already counted are set to 0.
            int start = Math.Min(i, z.Length - 16);
            var d = Vector512.Create(z.Slice(start, 16)) - top;
            var e = Exp(d * slope);
            if (start < i) e = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(i - start)).AsSingle(), e, Vector512<float>.Zero);
            var de = d * e;
            var dde = d * de;
            s0 += e;
            s1 += de;
            s2 += dde;
            s3 = Avx512F.FusedMultiplyAdd(d, dde, s3);
        }
        return Totals(s0, s1, s2, s3);
    }

    /// <summary>The four sums of lanes at once: the registers are folded into each other, so that one fold serves all four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowSums Totals(Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        var first = (Avx512F.UnpackLow(s0, s1) + Avx512F.UnpackHigh(s0, s1)).AsDouble();    // S0 S1 S0 S1, four times
        var second = (Avx512F.UnpackLow(s2, s3) + Avx512F.UnpackHigh(s2, s3)).AsDouble();
        var all = Avx512F.UnpackLow(first, second).AsSingle() + Avx512F.UnpackHigh(first, second).AsSingle();   // S0 S1 S2 S3, four times
        var half = all.GetLower() + all.GetUpper();
        var sums = half.GetLower() + half.GetUpper();
        return new(sums[0], sums[1], sums[2], sums[3]);
    }

    /// <inheritdoc cref="Totals(Vector512{float}, Vector512{float}, Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowSums Totals(Vector512<double> s0, Vector512<double> s1, Vector512<double> s2, Vector512<double> s3)
    {
        var first = Avx512F.UnpackLow(s0, s1) + Avx512F.UnpackHigh(s0, s1);                 // S0 S1, four times
        var second = Avx512F.UnpackLow(s2, s3) + Avx512F.UnpackHigh(s2, s3);
        var low = first.GetLower() + first.GetUpper();
        var high = second.GetLower() + second.GetUpper();
        var left = low.GetLower() + low.GetUpper();
        var right = high.GetLower() + high.GetUpper();
        return new(left[0], left[1], right[0], right[1]);
    }

    /// <summary>As <see cref="Exp(Vector{float})"/>, in registers of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Exp(Vector512<float> x)
    {
        x = Avx512F.Max(x, Vector512.Create(-87f));
        var magic = Vector512.Create(12582912f);
        var shifted = Avx512F.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        var n = shifted - magic;
        var r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1 / 720f);
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1 / 120f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1 / 24f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1 / 6f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }

    /// <summary><see cref="InDouble"/> eight doubles at a time, two registers side by side so that neither waits for the other's polynomial.</summary>
    static RowSums InWideRegisters(ReadOnlySpan<float> z, double max, double beta)
    {
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        var top = Vector512.Create(max);
        var slope = Vector512.Create(beta);
        int i = 0;
        for (; i <= z.Length - 16; i += 16)
        {
            var sixteen = Vector512.Create(z.Slice(i, 16));
            var d = Avx512F.ConvertToVector512Double(sixteen.GetLower()) - top;
            var c = Avx512F.ConvertToVector512Double(sixteen.GetUpper()) - top;
            var e = Exp(d * slope);
            var f = Exp(c * slope);
            var de = d * e;
            var cf = c * f;
            s0 += e;
            t0 += f;
            s1 += de;
            t1 += cf;
            var dde = d * de;
            var ccf = c * cf;
            s2 += dde;
            t2 += ccf;
            s3 = Avx512F.FusedMultiplyAdd(d, dde, s3);
            t3 = Avx512F.FusedMultiplyAdd(c, ccf, t3);
        }
        while (i < z.Length)
        {
            // The last register overlaps the one before; the weights of elements already counted are set to 0.
            int start = Math.Min(i, z.Length - 8);
            var d = Avx512F.ConvertToVector512Double(Vector256.Create(z.Slice(start, 8))) - top;
            var fresh = Vector512.GreaterThanOrEqual(Vector512<long>.Indices, Vector512.Create((long)(i - start))).AsDouble();
            var e = Vector512.ConditionalSelect(fresh, Exp(d * slope), Vector512<double>.Zero);
            var de = d * e;
            var dde = d * de;
            s0 += e;
            s1 += de;
            s2 += dde;
            s3 = Avx512F.FusedMultiplyAdd(d, dde, s3);
            i = start + 8;
        }
        return Totals(s0 + t0, s1 + t1, s2 + t2, s3 + t3);
    }

    /// <summary>
    /// eˣ for x ≤ 0 in registers of eight: x = (16n + j) ln 2 / 16 + r, 2^(j/16) from a table of two registers, and e^r of |r| ≤ ln 2 / 32 by a polynomial of
    /// degree 6, to about two units in the last place. Below e⁻⁷⁰⁰ it stays there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Exp(Vector512<double> x)
    {
        x = Avx512F.Max(x, Vector512.Create(-700.0));
        var magic = Vector512.Create(6755399441055744.0);
        var shifted = Avx512F.FusedMultiplyAdd(x, Vector512.Create(23.083120654223414), magic);     // 16 / ln 2
        var n = shifted - magic;
        var r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(-0.04332169878499658), x);               // ln 2 / 16, and the rest of it
        r = Avx512F.FusedMultiplyAdd(n, Vector512.Create(-1.4494042586539372e-18), r);
        var steps = shifted.AsInt64();
        var power = Avx512F.PermuteVar8x64x2(Vector512.Create(SixteenthsLow), steps, Vector512.Create(SixteenthsHigh));
        var p = Avx512F.FusedMultiplyAdd(Vector512.Create(1 / 720.0), r, Vector512.Create(1 / 120.0));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1 / 24.0));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1 / 6.0));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.5));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512<double>.One);
        p = Avx512F.FusedMultiplyAdd(p * r, power, power);
        return (p.AsInt64() + ((steps >> 4) << 52)).AsDouble();
    }

    static ReadOnlySpan<double> SixteenthsLow => [1, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.2418578120734840, 1.2968395546510096, 1.3542555469368927];
    static ReadOnlySpan<double> SixteenthsHigh => [1.4142135623730951, 1.4768261459394993, 1.5422108254079407, 1.6104903319492543, 1.6817928305074290, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474];

    /// <summary>The largest score of a row without NaN; with one, any of its scores, and the sums over the row are NaN.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static T Largest<T>(ReadOnlySpan<T> z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported && z.Length >= 16)
        {
            ReadOnlySpan<float> x = MemoryMarshal.Cast<T, float>(z);
            var sixteen = Vector512.Create(x[^16..]);   // the end first: the whole registers before it may overlap it
            for (int i = 0; i <= x.Length - 16; i += 16) sixteen = Avx512F.Max(sixteen, Vector512.Create(x.Slice(i, 16)));
            var eight = Vector256.MaxNative(sixteen.GetLower(), sixteen.GetUpper());
            var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
            four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
            return (T)(object)Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2)))[0];
        }
        int width = Vector<T>.Count;
        if (z.Length < width) return Kernels.Kernel<T>.Max(z);
        var largest = new Vector<T>(z[^width..]);   // the end first: the whole registers before it may overlap it
        for (int i = 0; i <= z.Length - width; i += width) largest = Vector.MaxNative(largest, new Vector<T>(z[i..]));
        T max = largest[0];
        for (int lane = 1; lane < width; lane++) max = largest[lane] > max ? largest[lane] : max;
        return max;
    }

    /// <summary>
    /// eˣ for x ≤ 0 to about 1e−7, a third of the time of the library's, which computes in double. x = n ln 2 + r with |r| ≤ ½ ln 2; adding 1.5·2²³ rounds
    /// n to a whole number and leaves it in the low bits, from where it is added to the exponent of e^r. Below e⁻⁸⁷ the answer stays there instead of
    /// reaching 0, which a sum that starts at 1 cannot see.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<float> Exp(Vector<float> x)
    {
        x = Vector.MaxNative(x, new Vector<float>(-87));
        var magic = new Vector<float>(12582912f);
        var shifted = Vector.FusedMultiplyAdd(x, new Vector<float>(1.44269504f), magic);
        var n = shifted - magic;
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), x);
        r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), r);
        var p = new Vector<float>(1 / 720f);
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1 / 120f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1 / 24f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1 / 6f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(0.5f));
        p = Vector.FusedMultiplyAdd(p, r, Vector<float>.One);
        p = Vector.FusedMultiplyAdd(p, r, Vector<float>.One);
        return Vector.AsVectorSingle(Vector.AsVectorInt32(p) + (Vector.AsVectorInt32(shifted) << 23));
    }

    /// <summary>The same in double, to within two units in the last place; below e⁻⁷⁰⁸ it stays there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<double> Exp(Vector<double> x)
    {
        x = Vector.MaxNative(x, new Vector<double>(-708));
        var magic = new Vector<double>(6755399441055744.0);
        var shifted = Vector.FusedMultiplyAdd(x, new Vector<double>(1.4426950408889634), magic);
        var n = shifted - magic;
        var r = Vector.FusedMultiplyAdd(n, new Vector<double>(-0.6931471803691238), x);
        r = Vector.FusedMultiplyAdd(n, new Vector<double>(-1.9082149292705877e-10), r);
        var p = new Vector<double>(1 / 479001600.0);
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 39916800.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 3628800.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 362880.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 40320.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 5040.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 720.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 120.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 24.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(1 / 6.0));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<double>(0.5));
        p = Vector.FusedMultiplyAdd(p, r, Vector<double>.One);
        p = Vector.FusedMultiplyAdd(p, r, Vector<double>.One);
        return Vector.AsVectorDouble(Vector.AsVectorInt64(p) + (Vector.AsVectorInt64(shifted) << 52));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Accumulate<V>(Vector<V> d, Vector<V> e, ref Vector<V> s0, ref Vector<V> s1, ref Vector<V> s2, ref Vector<V> s3)
    {
        var de = d * e;
        var dde = d * de;
        s0 += e;
        s1 += de;
        s2 += dde;
        s3 += d * dde;
    }

    static RowSums Plain<T>(ReadOnlySpan<T> z, double max, double beta) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        foreach (T score in z)
        {
            double d = double.CreateTruncating(score) - max, e = Math.Exp(beta * d);
            s0 += e;
            s1 += d * e;
            s2 += d * d * e;
            s3 += d * d * d * e;
        }
        return new(s0, s1, s2, s3);
    }
}

/// <summary>Adds rows up in the order they come: the same bits on every run and for any number of threads.</summary>
struct MomentSum
{
    int _rows;
    double _logs, _product, _labelled, _gradient, _curvature, _third;

    /// <param name="row">The power sums of a row.</param>
    /// <param name="labelled">z[label] − max of that row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in RowSums row, double labelled)
    {
        double scale = 1 / row.S0, mean = row.S1 * scale, square = row.S2 * scale;
        _rows++;
        // Σ log S₀ as the log of a product, taken each time it has grown: one logarithm for many rows.
        _product = _rows == 1 ? row.S0 : _product * row.S0;
        if (_product > 1e200)
        {
            _logs += Math.Log(_product);
            _product = 1;
        }
        _labelled += labelled;
        _gradient += mean - labelled;
        _curvature += square - mean * mean;
        _third += row.S3 * scale - 3 * mean * square + 2 * mean * mean * mean;
    }

    /// <param name="beta">The inverse temperature the sums were taken at.</param>
    public readonly NllMoments Mean(double beta) =>
        new((_logs + Math.Log(_product) - beta * _labelled) / _rows, _gradient / _rows, _curvature / _rows, _third / _rows);
}
