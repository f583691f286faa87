using Logits.Kernels;

namespace Logits.Losses.Arithmetic;

/// <summary>An unevaluated sum high + low of two doubles: about 104 bits, the range of a double.</summary>
/// <remarks>
/// Only additions, products and fused multiply-adds, in a fixed order: the same bits on every machine. Infinities and NaN live in
/// <c>high</c>. Source: Dekker (1971), Knuth TAOCP 4.2.2, Hida, Li, Bailey (2001).
/// </remarks>
internal readonly struct DoubleDouble(double high, double low = 0) : IReal<DoubleDouble>
{
    readonly double _high = high, _low = low;

    public double Value => _high;

    public static DoubleDouble From(double x) => new(x);

    /// <summary>a + b exactly.</summary>
    static DoubleDouble TwoSum(double a, double b)
    {
        double s = a + b;
        if (!double.IsFinite(s)) return new(s);
        double fromB = s - a;
        return new(s, (a - (s - fromB)) + (b - fromB));
    }

    /// <summary>a + b exactly, where |a| is at least |b|.</summary>
    static DoubleDouble QuickTwoSum(double a, double b)
    {
        double s = a + b;
        return double.IsFinite(s) ? new(s, b - (s - a)) : new(s);
    }

    public static DoubleDouble operator +(DoubleDouble x, DoubleDouble y)
    {
        DoubleDouble s = TwoSum(x._high, y._high), t = TwoSum(x._low, y._low);
        s = QuickTwoSum(s._high, s._low + t._high);
        return QuickTwoSum(s._high, s._low + t._low);
    }

    public static DoubleDouble operator -(DoubleDouble x) => new(-x._high, -x._low);

    public static DoubleDouble operator -(DoubleDouble x, DoubleDouble y) => x + -y;

    public static DoubleDouble operator *(DoubleDouble x, DoubleDouble y)
    {
        double p = x._high * y._high;
        if (!double.IsFinite(p)) return new(p);
        double error = Math.FusedMultiplyAdd(x._high, y._high, -p);
        return QuickTwoSum(p, error + (x._high * y._low + x._low * y._high));
    }

    /// <summary>Long division with three quotient digits.</summary>
    public static DoubleDouble operator /(DoubleDouble x, DoubleDouble y)
    {
        double q1 = x._high / y._high;
        if (!double.IsFinite(q1) || double.IsInfinity(y._high)) return new(q1);
        DoubleDouble rest = x - y * new DoubleDouble(q1);
        double q2 = rest._high / y._high;
        rest -= y * new DoubleDouble(q2);
        return QuickTwoSum(q1, q2) + new DoubleDouble(rest._high / y._high);
    }

    static readonly DoubleDouble Ln2 = new(0.6931471805599453, 2.3190468138462996e-17);

    /// <summary>Below it, exp(x) − 1 and log(1 + x) are x to the last bit, and a series would lose subnormal digits.</summary>
    const double Tiny = 1e-40;

    /// <summary>1/n! for n = 0 … 10.</summary>
    static readonly DoubleDouble[] InverseFactorials = MakeInverseFactorials();

    static DoubleDouble[] MakeInverseFactorials()
    {
        var inverse = new DoubleDouble[11];
        double factorial = 1;
        for (int n = 0; n < inverse.Length; n++)
        {
            inverse[n] = new DoubleDouble(1) / new DoubleDouble(factorial);
            factorial *= n + 1;
        }
        return inverse;
    }

    public static DoubleDouble Exp(DoubleDouble x)
    {
        if (x._high > 709.79) return new(double.PositiveInfinity);
        if (x._high < -745.2) return new(0);
        if (double.IsNaN(x._high)) return x;
        double k = Math.Round(x._high / Ln2._high);
        DoubleDouble e = new DoubleDouble(1) + ExpM1Small(x - new DoubleDouble(k) * Ln2);
        return new(Math.ScaleB(e._high, (int)k), Math.ScaleB(e._low, (int)k));
    }

    public static DoubleDouble ExpM1(DoubleDouble x) =>
        Math.Abs(x._high) < Tiny ? x : Math.Abs(x._high) < 0.34 ? ExpM1Small(x) : Exp(x) - new DoubleDouble(1);

    /// <summary>exp(x) − 1 for |x| ≤ 0.35: Taylor at x/256, then eight doublings (1 + e)² − 1 = 2e + e².</summary>
    static DoubleDouble ExpM1Small(DoubleDouble x)
    {
        DoubleDouble r = new(x._high / 256, x._low / 256), sum = InverseFactorials[10];
        for (int n = 9; n >= 1; n--) sum = sum * r + InverseFactorials[n];
        DoubleDouble e = sum * r;
        for (int i = 0; i < 8; i++) e = new DoubleDouble(2 * e._high, 2 * e._low) + e * e;
        return e;
    }

    /// <summary>One step of Halley's iteration on exp from the logarithm in double: the error is cubed.</summary>
    public static DoubleDouble Log(DoubleDouble x)
    {
        if (!(x._high > 0) || double.IsInfinity(x._high)) return new(DoubleMath.Log(new Lane1(x._high)).Value);
        const double Scale = 3.402823669209385e38; // 2¹²⁸: lifts subnormal arguments to full precision
        if (x._high < 1e-290) return Log(new DoubleDouble(x._high * Scale, x._low * Scale)) - new DoubleDouble(128) * Ln2;
        DoubleDouble y = new(DoubleMath.Log(new Lane1(x._high)).Value), e = Exp(y);
        return y + new DoubleDouble(2) * (x - e) / (x + e);
    }

    public static DoubleDouble Log1P(DoubleDouble x)
    {
        if (Math.Abs(x._high) < Tiny) return x;
        DoubleDouble y = new(LogMath.Log1P(x._high));
        if (!double.IsFinite(y._high)) return y;
        DoubleDouble e = ExpM1(y);
        return y + new DoubleDouble(2) * (x - e) / (x + e + new DoubleDouble(2));
    }
}
