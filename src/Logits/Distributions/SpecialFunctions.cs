namespace Logits.Distributions;

/// <summary>The error function, the gamma function and the incomplete gamma and beta functions, accurate relative to their own size also in the tails.</summary>
static class SpecialFunctions
{
    const double SqrtPi = 1.7724538509055160273;
    const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>exp(−x²) with the rounding of x² taken back: at x = 26 a plain x·x would lose three digits.</summary>
    public static double ExpMinusSquare(double x)
    {
        if (double.IsInfinity(x))
            return 0;
        double high = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(x) & ~0x7FFFFFFL);
        return LogMath.Exp(-high * high) * LogMath.Exp(-(x - high) * (x + high));
    }

    /// <summary>erfc(x) = 1 − erf(x), exact to a few ulps until it underflows near x = 27.</summary>
    public static double Erfc(double x) =>
        x < 0 ? 2 - Erfc(-x) : x < 1 ? 1 - ErfSeries(x) : ScaledErfc(x) * ExpMinusSquare(x);

    /// <summary>exp(x²)·erfc(x) for x ≥ 1: the continued fraction of Laplace, evaluated from its far end.</summary>
    public static double ScaledErfc(double x)
    {
        if (x > 1e8)
            return 1 / (x * SqrtPi);
        // The tail dropped after k terms is about exp(−2x√(2k)); k = 200/x² puts it below rounding.
        int terms = 8 + (int)(200 / (x * x));
        double tail = x;
        for (int k = terms; k > 0; k--)
            tail = x + 0.5 * k / tail;
        return 1 / (tail * SqrtPi);
    }

    /// <summary>erf(x) for 0 ≤ x &lt; 1, from 2/√π·e^(−x²)·Σ 2ᵏx²ᵏ⁺¹/(2k+1)!!, whose terms are all positive.</summary>
    static double ErfSeries(double x)
    {
        double term = x, sum = x;
        for (int k = 1; term > sum * 1e-18; k++)
            sum += term *= 2 * x * x / (2 * k + 1);
        return 2 / SqrtPi * LogMath.Exp(-x * x) * sum;
    }

    /// <summary>log Γ(x) for x > 0.</summary>
    public static double LogGamma(double x)
    {
        if (x == 1 || x == 2)
            return 0;
        if (double.IsPositiveInfinity(x))
            return x;
        // Stirling's series needs a large argument; Γ(x) = Γ(x + n)/(x(x+1)…(x+n−1)) moves a small one up.
        double product = 1;
        while (x < 15)
            product *= x++;
        double y = 1 / (x * x);
        double series = (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360 - y / 156)))))) / x;
        return (x - 0.5) * LogMath.Log(x) - x + HalfLogTwoPi + series - LogMath.Log(product);
    }

    /// <summary>log of the number of ways to choose k of n, for real 0 ≤ k ≤ n.</summary>
    public static double LogChoose(double n, double k)
    {
        k = Math.Min(k, n - k);
        if (k == 0)
            return 0;
        if (k == Math.Floor(k) && k <= 30)
        {
            double ways = 1;
            for (int i = 1; i <= k; i++)
                ways *= (n - k + i) / i;
            return LogMath.Log(ways);
        }
        return LogGamma(n + 1) - LogGamma(k + 1) - LogGamma(n - k + 1);
    }

    /// <summary>log Q(a, x), Q the upper regularised incomplete gamma function Γ(a, x)/Γ(a).</summary>
    public static double LogUpperGamma(double a, double x)
    {
        if (x <= 0)
            return 0;
        if (double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        double front = a * LogMath.Log(x) - x - LogGamma(a);
        if (x < a + 1)
            return LogMath.Log1P(-LogMath.Exp(front) * LowerSeries(a, x));
        return front + LogMath.Log(UpperFraction(a, x));
    }

    /// <summary>Q(a, x), Q the upper regularised incomplete gamma function Γ(a, x)/Γ(a).</summary>
    public static double UpperGamma(double a, double x)
    {
        if (x <= 0)
            return 1;
        if (double.IsPositiveInfinity(x))
            return 0;
        // Whole and half orders, the only ones of a likelihood-ratio test, are finite sums of positive terms.
        if (a <= 300 && 2 * a == Math.Floor(2 * a) && x < 700)
        {
            // Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1), from Q(1, x) = e⁻ˣ or Q(½, x) = erfc(√x) upwards.
            bool whole = a == Math.Floor(a);
            double order = whole ? 1 : 0.5;
            double sum = whole ? LogMath.Exp(-x) : Erfc(Math.Sqrt(x));
            double term = whole ? x * sum : LogMath.Exp(-x) * Math.Sqrt(x) / (0.5 * SqrtPi);
            for (; order < a; order++)
            {
                sum += term;
                term *= x / (order + 1);
            }
            return Math.Min(1, sum);
        }
        return LogMath.Exp(LogUpperGamma(a, x));
    }

    /// <summary>P(a, x) = 1 − Q(a, x), accurate where it is small.</summary>
    public static double LowerGamma(double a, double x) =>
        x <= 0 ? 0 : x < a + 1 ? LogMath.Exp(a * LogMath.Log(x) - x - LogGamma(a)) * LowerSeries(a, x) : 1 - UpperGamma(a, x);

    static double LowerSeries(double a, double x)
    {
        double term = 1 / a, sum = term;
        for (double k = a + 1; term > sum * 1e-17; k++)
            sum += term *= x / k;
        return sum;
    }

    static double UpperFraction(double a, double x)
    {
        const double tiny = 1e-300;
        double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
        for (int i = 1; i < 100_000; i++)
        {
            double an = -i * (i - a);
            b += 2;
            d = an * d + b;
            if (Math.Abs(d) < tiny) d = tiny;
            c = b + an / c;
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            double step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-16)
                break;
        }
        return h;
    }

    /// <summary>log Iₓ(a, b), the regularised incomplete beta function; <paramref name="y"/> is 1 − x, given by the caller who knows it exactly.</summary>
    public static double LogBeta(double a, double b, double x, double y)
    {
        if (x <= 0)
            return double.NegativeInfinity;
        if (y <= 0)
            return 0;
        double front = LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * LogMath.Log(x) + b * LogMath.Log(y);
        if (x < (a + 1) / (a + b + 2))
            return front + LogMath.Log(BetaFraction(a, b, x) / a);
        return LogMath.Log1P(-LogMath.Exp(front) * BetaFraction(b, a, y) / b);
    }

    static double BetaFraction(double a, double b, double x)
    {
        const double tiny = 1e-300;
        double c = 1, d = 1 - (a + b) * x / (a + 1);
        if (Math.Abs(d) < tiny) d = tiny;
        d = 1 / d;
        double h = d;
        for (int m = 1; m < 100_000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + even * d;
            if (Math.Abs(d) < tiny) d = tiny;
            c = 1 + even / c;
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            h *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 + odd * d;
            if (Math.Abs(d) < tiny) d = tiny;
            c = 1 + odd / c;
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            double step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-16)
                break;
        }
        return h;
    }
}
