using System.Numerics;

namespace Logits.Tests;

/// <summary>A number of 400 bits with an exponent that does not run out: slow, and right where formulas cancel. The judge of the losses.</summary>
readonly struct BigFloat
{
    const int Bits = 400;

    readonly BigInteger _mantissa;
    readonly int _exponent;

    BigFloat(BigInteger mantissa, int exponent)
    {
        int extra = (int)BigInteger.Abs(mantissa).GetBitLength() - Bits;
        (_mantissa, _exponent) = extra > 0 ? (mantissa >> extra, exponent + extra) : (mantissa, exponent);
    }

    public bool IsZero => _mantissa.IsZero;

    public int Sign => _mantissa.Sign;

    /// <summary>⌊log₂ |x|⌋.</summary>
    int Magnitude => Length(_mantissa) + _exponent - 1;

    static int Length(BigInteger x) => (int)BigInteger.Abs(x).GetBitLength();

    public static implicit operator BigFloat(double x)
    {
        if (!double.IsFinite(x)) throw new ArgumentOutOfRangeException(nameof(x), x, "not finite");
        long bits = BitConverter.DoubleToInt64Bits(x), fraction = bits & 0xF_FFFF_FFFF_FFFF;
        int exponent = (int)(bits >> 52 & 0x7FF);
        if (exponent > 0) fraction |= 1L << 52;
        return new(bits < 0 ? -fraction : fraction, Math.Max(exponent, 1) - 1075);
    }

    public static BigFloat operator +(BigFloat a, BigFloat b)
    {
        if (a.IsZero) return b;
        if (b.IsZero) return a;
        if (a.Magnitude - b.Magnitude > Bits + 4) return a;
        if (b.Magnitude - a.Magnitude > Bits + 4) return b;
        if (a._exponent < b._exponent) (a, b) = (b, a);
        return new((a._mantissa << (a._exponent - b._exponent)) + b._mantissa, b._exponent);
    }

    public static BigFloat operator -(BigFloat a) => new(-a._mantissa, a._exponent);

    public static BigFloat operator -(BigFloat a, BigFloat b) => a + -b;

    public static BigFloat operator *(BigFloat a, BigFloat b) => new(a._mantissa * b._mantissa, a._exponent + b._exponent);

    public static BigFloat operator /(BigFloat a, BigFloat b)
    {
        int shift = Math.Max(0, Bits + 2 + Length(b._mantissa) - Length(a._mantissa));
        return new((a._mantissa << shift) / b._mantissa, a._exponent - b._exponent - shift);
    }

    public static BigFloat Abs(BigFloat x) => x.Sign < 0 ? -x : x;

    public static bool operator <(BigFloat a, BigFloat b) => (a - b).Sign < 0;

    public static bool operator >(BigFloat a, BigFloat b) => b < a;

    /// <summary>Bits behind the point inside <see cref="Exp"/>.</summary>
    const int Fixed = Bits + 40;

    /// <summary>ln 2 = 2 artanh(1/3), with room for the number of times it is taken.</summary>
    static readonly BigFloat Ln2 = new(Ln2Fixed() >> 64, -Fixed);

    static BigInteger Ln2Fixed()
    {
        BigInteger sum = 0, power = (BigInteger.One << (Fixed + 65)) / 3;
        for (int n = 1; !power.IsZero; n += 2, power /= 9) sum += power / n;
        return sum;
    }

    /// <summary>eˣ = 2^k e^r: the series at r / 2¹⁶, then sixteen doublings 2s + s². 0 below −10⁶.</summary>
    public static BigFloat Exp(BigFloat x)
    {
        if (x.IsZero) return 1;
        double rough = x.ToDouble();
        if (rough < -1e6) return 0;
        const int Doublings = 16;
        int k = (int)Math.Round(rough / 0.6931471805599453);
        BigFloat r = x - Ln2 * k;
        int shift = r._exponent + Fixed - Doublings;
        BigInteger step = shift >= 0 ? r._mantissa << shift : r._mantissa >> -shift, term = step, sum = step;
        for (int n = 2; !term.IsZero && term != BigInteger.MinusOne; n++)
        {
            term = (term * step >> Fixed) / n;
            sum += term;
        }
        for (int i = 0; i < Doublings; i++) sum = (sum << 1) + (sum * sum >> Fixed);
        return new(sum + (BigInteger.One << Fixed), k - Fixed);
    }

    /// <summary>Three steps of Newton from the logarithm in double: 53 bits, 106, 212, all.</summary>
    public static BigFloat Log(BigFloat x)
    {
        int k = x.Magnitude;
        var mantissa = new BigFloat(x._mantissa, x._exponent - k);
        BigFloat y = Math.Log(mantissa.ToDouble());
        for (int step = 0; step < 3; step++) y += mantissa * Exp(-y) - 1;
        return y + Ln2 * k;
    }

    /// <summary>log(1 + x), by its series where 1 + x would forget x.</summary>
    public static BigFloat Log1P(BigFloat x)
    {
        if (x.IsZero) return x;
        if (x.Magnitude > -24) return Log(x + 1);
        BigFloat sum = 0, power = x;
        for (int n = 1; n < 20; n++, power *= -x) sum += power / n;
        return sum;
    }

    /// <summary>Rounded once, ties to even, subnormal numbers included.</summary>
    public double ToDouble() => Round(53, -1074);

    /// <summary>As <see cref="ToDouble"/>, to float.</summary>
    public float ToSingle() => (float)Round(24, -149);

    double Round(int digits, int smallest)
    {
        if (IsZero) return 0;
        BigInteger size = BigInteger.Abs(_mantissa);
        int length = Length(size), keep = Math.Min(digits, Magnitude - smallest + 1), drop = length - keep;
        if (keep < 0) return 0;
        if (drop > 0)
        {
            BigInteger kept = size >> drop, half = BigInteger.One << (drop - 1), rest = size - (kept << drop);
            size = rest > half || (rest == half && !kept.IsEven) ? kept + 1 : kept;
        }
        else drop = 0;
        return Sign * Math.ScaleB((double)size, _exponent + drop);
    }
}
