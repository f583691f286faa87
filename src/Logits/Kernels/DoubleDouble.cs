namespace Logits.Kernels;

/// <summary>A number as the unevaluated sum of two doubles, about 105 bits, for the rare sum that cancels almost entirely.</summary>
internal readonly record struct DoubleDouble(double High, double Low)
{
    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        double s = a.High + b.High, part = s - a.High;
        return Normal(s, (a.High - (s - part)) + (b.High - part) + (a.Low + b.Low));
    }

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        double p = a.High * b.High;
        return Normal(p, Math.FusedMultiplyAdd(a.High, b.High, -p) + (a.High * b.Low + a.Low * b.High));
    }

    static DoubleDouble Normal(double s, double e)
    {
        double high = s + e;
        return new(high, e - (high - s));
    }

    /// <summary>x / y of two doubles.</summary>
    public static DoubleDouble Quotient(double x, double y)
    {
        double q = x / y;
        return new(q, Math.FusedMultiplyAdd(-q, y, x) / y);
    }

    /// <summary>e^x, for results that are normal numbers.</summary>
    public static DoubleDouble Exp(DoubleDouble x)
    {
        // The remainder of x against ln 2, a 256th of it, Taylor's series of e^r − 1, and eight times e^(2r) − 1 = 2s + s².
        double k = Math.Round(x.High * DoubleMath.Log2E);
        var ln2 = new DoubleDouble(-k, 0) * new DoubleDouble(DoubleMath.Ln2, DoubleMath.Ln2Rest);
        var r = x + ln2;
        r = new(r.High / 256, r.Low / 256);
        var sum = new DoubleDouble(0, 0);
        for (int i = 11; i > 1; i--) sum = (sum + new DoubleDouble(1, 0)) * r * Quotient(1, i);
        sum = (sum + new DoubleDouble(1, 0)) * r;
        for (int i = 0; i < 8; i++) sum = sum + sum + sum * sum;
        sum += new DoubleDouble(1, 0);
        return new(Math.ScaleB(sum.High, (int)k), Math.ScaleB(sum.Low, (int)k));
    }
}
