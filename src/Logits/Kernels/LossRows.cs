using System.Numerics;

namespace Logits.Kernels;

/// <summary>Losses of one row over vectors: the softmax's loops, with the label's own slope put right.</summary>
internal static unsafe class LossRows<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static bool IsFloat => typeof(T) == typeof(float);

    /// <summary>logsumexp(x) − x[label], and <paramref name="scale"/> · (softmax(x) − [label]) where <paramref name="gradient"/> is not empty, which may be x itself.</summary>
    /// <returns>Whether it could: false at infinities, at scores past 4e307 and at scales above 1, which the caller computes the slow way. NaN gives NaN.</returns>
    public static bool CrossEntropy(ReadOnlySpan<T> x, int label, Span<T> gradient, double scale, out double loss)
    {
        loss = 0;
        // Above 1 a subnormal weight would be scaled up together with its rounding.
        if (!gradient.IsEmpty && !(scale <= 1)) return false;
        fixed (T* from = x)
        fixed (T* to = gradient)
        {
            int n = x.Length;
            bool keep = to != null, inPlace = from == to;
            double score = Row<T>.Get(from + label), low = 0;
            if (IsFloat && (inPlace ? InPlace((float*)from, n, label, scale, out loss) : Quickly((float*)from, (float*)to, (float*)to, n, label, scale, out loss))) return true;
            double max = Row<T>.Largest(from, n);
            if (!double.IsFinite(max) || !RowPoint.Holds(max, 1)) return false;

            var point = new RowPoint(max, 1);
            bool narrow = IsFloat && FloatRows.Holds(max, 1);
            double sum = narrow
                ? keep && !inPlace ? Row<T>.NarrowMass<Keep>(from, to, n, point) : Row<T>.NarrowMass<Forget>(from, null, n, point)
                : Row<T>.WideMass(from, keep && !inPlace ? to : null, n, point, out low);
            double rest = (sum - 1) + low;
            if (rest < 1e-6) rest = Row<T>.WithoutTop(from, n, point, withMoment: false).Rest;
            loss = (max - score) + LogMath.Log1P(rest);
            if (!keep) return true;

            if (inPlace)
            {
                if (narrow) Row<T>.NarrowMass<Keep>(from, to, n, point);
                else Row<T>.WideMass(from, to, n, point, out _);
            }
            double own = Row<T>.Get(to + label), mass = 1 + rest;
            Multiply(to, n, scale / mass);
            Row<T>.Set(to + label, -scale * ((rest + (1 - own)) / mass));
            return true;
        }
    }

    /// <summary>The cross-entropy of a long row of floats, its weights by way of <paramref name="weights"/>, which is not x; false when the row is not ordinary or its label near certainty.</summary>
    static bool Quickly(float* x, float* weights, float* to, int n, int label, double scale, out double loss)
    {
        bool keep = to != null;
        double mass = keep ? Row<float>.QuickMass<KeepExactly>(x, weights, n, 1, out _, out double unit) : Row<float>.QuickMass<Forget>(x, null, n, 1, out _, out unit), score = x[label];
        loss = LogMath.Log(mass) + (unit - score);
        // Near certainty the others' weights must be known apart from the top's: that is rare, and needs the scores again.
        if (!(loss >= Row<T>.Certain)) return false;
        if (!keep) return true;
        Row<float>.Multiply(weights, to, n, scale / mass);
        to[label] = (float)(-scale * ((mass - LogMath.Exp(score - unit)) / mass));
        return true;
    }

    static bool InPlace(float* x, int n, int label, double scale, out double loss)
    {
        using var room = new Room(n);
        return Quickly(x, room.Start, x, n, label, scale, out loss);
    }

    /// <summary>The summed binary cross-entropy of all scores; slopes times <paramref name="scale"/> and each score's loss where their spans are not empty.</summary>
    /// <returns>Whether it could: false at scales above 1 and for doubles with targets between 0 and 1, which the caller computes the slow way.</returns>
    public static bool BinaryCrossEntropy(ReadOnlySpan<T> x, ReadOnlySpan<T> targets, Span<T> gradient, Span<double> each, double scale, out double sum)
    {
        sum = 0;
        if (!gradient.IsEmpty && !(scale <= 1)) return false;
        if (!IsFloat)
            foreach (T t in targets)
                if (t != T.Zero && t != T.One) return false;

        fixed (T* z = x, t = targets, g = gradient)
        fixed (double* losses = each)
        {
            float factor = (float)scale, rest = (float)(scale - factor);
            sum = (IsFloat, Lanes.Has512, Lanes.Has256) switch
            {
                (true, true, _) => BinaryLossRows.Narrow<Lane512Float, Lane512Double>((float*)z, (float*)t, (float*)g, losses, x.Length, factor, rest),
                (true, _, true) => BinaryLossRows.Narrow<Lane256Float, Lane256Double>((float*)z, (float*)t, (float*)g, losses, x.Length, factor, rest),
                (true, _, _) => BinaryLossRows.Narrow<Lane128Float, Lane128Double>((float*)z, (float*)t, (float*)g, losses, x.Length, factor, rest),
                (_, true, _) => BinaryLossRows.Wide<Lane512Double>((double*)z, (double*)t, (double*)g, losses, x.Length, scale),
                (_, _, true) => BinaryLossRows.Wide<Lane256Double>((double*)z, (double*)t, (double*)g, losses, x.Length, scale),
                _ => BinaryLossRows.Wide<Lane128Double>((double*)z, (double*)t, (double*)g, losses, x.Length, scale),
            };
        }
        return true;
    }

    /// <summary>The mass of two parts of one row.</summary>
    public static RowMass Merge(RowMass a, RowMass b)
    {
        if (double.IsNaN(a.Max) || double.IsNaN(b.Max)) return new(double.NaN, 0, 0);
        if (b.Max > a.Max) (a, b) = (b, a);
        if (!double.IsFinite(a.Max) || double.IsNegativeInfinity(b.Max)) return a;
        double t = OddRows.Exponent(b.Max, a.Max, 1, out double low);
        double mass = 1 + b.Rest, q = OddRows.Exp(t, low, out int exponent);
        return new(a.Max, a.Rest + Math.ScaleB(Math.FusedMultiplyAdd(mass, q, mass), exponent), 0);
    }

    /// <summary>
    /// Turns some of a row's scores into <paramref name="scale"/> · (softmax − [label]), given the mass of the whole row; a label outside stands in another part.
    /// </summary>
    public static void Slope(Span<T> x, int label, RowMass row, double scale)
    {
        if (!double.IsFinite(row.Max))
        {
            x.Fill(T.NaN);
            return;
        }
        double mass = 1 + row.Rest, factor = scale / mass;
        bool inside = (uint)label < (uint)x.Length;
        double own = 0;
        fixed (T* p = x)
        {
            if (RowPoint.Holds(row.Max, 1))
            {
                var point = new RowPoint(row.Max, 1);
                if (IsFloat && FloatRows.Holds(row.Max, 1)) Row<T>.NarrowMass<Keep>(p, p, x.Length, point);
                else Row<T>.WideMass(p, p, x.Length, point, out _);
                if (inside) own = Row<T>.Get(p + label);
                Multiply(p, x.Length, factor);
            }
            else
                for (int i = 0; i < x.Length; i++)
                {
                    double e = Math.ScaleB(1 + OddRows.Exp(OddRows.Exponent(Row<T>.Get(p + i), row.Max, 1, out double low), low, out int exponent), exponent);
                    if (i == label) own = e;
                    Row<T>.Set(p + i, e * factor);
                }
            if (inside) Row<T>.Set(p + label, -scale * ((row.Rest + (1 - own)) / mass));
        }
    }

    /// <summary>y · factor in place, the factor in two parts where it has more digits than the storage.</summary>
    static void Multiply(T* y, int n, double factor)
    {
        if (IsFloat) Row<float>.Multiply((float*)y, (float*)y, n, factor);
        else if (Lanes.Has512) DoubleRows.Scale<Lane512Double, T>(y, y, n, factor, 0);
        else if (Lanes.Has256) DoubleRows.Scale<Lane256Double, T>(y, y, n, factor, 0);
        else DoubleRows.Scale<Lane128Double, T>(y, y, n, factor, 0);
    }
}
