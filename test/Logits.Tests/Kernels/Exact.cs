namespace Logits.Tests.Kernels;

/// <summary>A number as the unevaluated sum of two doubles, about 106 bits: the judge of the kernels.</summary>
readonly record struct Exact(double High, double Low = 0)
{
    static readonly Exact Ln2 = new(0.6931471805599453, 2.3190468138462996e-17);

    public static implicit operator Exact(double value) => new(value);

    public static Exact operator +(Exact a, Exact b)
    {
        double s = a.High + b.High, part = s - a.High;
        double e = (a.High - (s - part)) + (b.High - part) + a.Low + b.Low;
        return Renormal(s, e);
    }

    public static Exact operator -(Exact a, Exact b) => a + new Exact(-b.High, -b.Low);

    public static Exact operator *(Exact a, Exact b)
    {
        double p = a.High * b.High;
        return Renormal(p, Math.FusedMultiplyAdd(a.High, b.High, -p) + (a.High * b.Low + a.Low * b.High));
    }

    public static Exact operator /(Exact a, Exact b)
    {
        double first = a.High / b.High;
        Exact rest = a - b * first;
        double second = rest.High / b.High;
        rest -= b * second;
        return Renormal(first, second) + rest.High / b.High;
    }

    static Exact Renormal(double s, double e)
    {
        double high = s + e;
        return new(high, double.IsFinite(high) ? e - (high - s) : 0);
    }

    /// <summary>e^x as mantissa · 2^exponent, so that nothing underflows before the end.</summary>
    public static (Exact Mantissa, int Exponent) Exp(Exact x)
    {
        if (x.High < -3000) return (1, -5000);
        double k = Math.Round(x.High / Ln2.High);
        Exact r = (x - Ln2 * k) * (1.0 / 512), term = r, sum = r;
        for (int i = 2; i < 11; i++)
        {
            term = term * r / i;
            sum += term;
        }
        // e^(2r) − 1 = 2s + s², nine times.
        for (int i = 0; i < 9; i++) sum = sum + sum + sum * sum;
        return (sum + 1, (int)k);
    }

    public static Exact Scaled((Exact Mantissa, int Exponent) value) =>
        new(Math.ScaleB(value.Mantissa.High, value.Exponent), Math.ScaleB(value.Mantissa.Low, value.Exponent));

    /// <summary>log(1 + x) for x ≥ 0.</summary>
    public static Exact Log1P(Exact x)
    {
        if (x.High < 1e-4)
        {
            Exact sum = 0, power = x;
            for (int i = 1; i < 10; i++)
            {
                sum += power / (i % 2 == 1 ? i : -i);
                power *= x;
            }
            return sum;
        }
        // One step of Newton from the double doubles the digits.
        double y = Math.Log(1 + x.High);
        return y + ((x + 1) * Scaled(Exp(-y)) - 1);
    }

    public double Round() => High + Low;
}
