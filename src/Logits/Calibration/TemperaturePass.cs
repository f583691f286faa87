using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
            total.Add(RowSums.InFloat(_z.Slice(row * classes, classes), _max[row], (float)beta), _labelled[row], beta);
        return total.Mean;
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
            total.Add(RowSums.InDouble(_z.Slice(row * classes, classes), double.CreateTruncating(_max[row]), beta), _labelled[row], beta);
        return total.Mean;
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
            total.Add(RowSums.InDouble(_z[start.._ends[row]], _max[row], beta), _labelled[row], beta);
        return total.Mean;
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
                Accumulate(low, Vector.Exp(low * beta), ref s0, ref s1, ref s2, ref s3);
                Accumulate(high, Vector.Exp(high * beta), ref s0, ref s1, ref s2, ref s3);
            }
            else
            {
                var d = Unsafe.BitCast<Vector<T>, Vector<double>>(new Vector<T>(z[i..])) - new Vector<double>(max);
                Accumulate(d, Vector.Exp(d * beta), ref s0, ref s1, ref s2, ref s3);
            }
        }
        var rest = Plain(z[i..], max, beta);
        return new(Vector.Sum(s0) + rest.S0, Vector.Sum(s1) + rest.S1, Vector.Sum(s2) + rest.S2, Vector.Sum(s3) + rest.S3);
    }

    /// <summary>The largest score; NaN when one is NaN.</summary>
    public static T Largest<T>(ReadOnlySpan<T> z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Vector<T>.Count;
        if (z.Length < width) return Kernels.Kernel<T>.Max(z);
        var largest = new Vector<T>(z[^width..]);   // the end first: the whole registers before it may overlap it
        for (int i = 0; i <= z.Length - width; i += width) largest = Vector.Max(largest, new Vector<T>(z[i..]));
        T max = largest[0];
        for (int lane = 1; lane < width; lane++) max = T.Max(max, largest[lane]);
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
        x = Vector.Max(x, new Vector<float>(-87));
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
    double _nll, _gradient, _curvature, _third;

    /// <param name="row">The power sums of a row.</param>
    /// <param name="labelled">z[label] − max of that row.</param>
    /// <param name="beta">The inverse temperature the sums were taken at.</param>
    public void Add(in RowSums row, double labelled, double beta)
    {
        double mean = row.S1 / row.S0, square = row.S2 / row.S0;
        double variance = square - mean * mean;
        _rows++;
        _nll += Math.Log(row.S0) - beta * labelled;
        _gradient += mean - labelled;
        _curvature += variance;
        _third += row.S3 / row.S0 - 3 * mean * square + 2 * mean * mean * mean;
    }

    public readonly NllMoments Mean => new(_nll / _rows, _gradient / _rows, _curvature / _rows, _third / _rows);
}
