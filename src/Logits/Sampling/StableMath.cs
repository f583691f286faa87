using System.Runtime.CompilerServices;

namespace Logits.Sampling;

/// <summary>exp and log from sums, products and fused products alone, so that every machine computes the same bits.</summary>
/// <remarks>The C library's exp and log differ between platforms in the last place; a decoder that promises the same token everywhere cannot use them.</remarks>
static class StableMath
{
    const double Log2E = 1.4426950408889634;
    const double Ln2High = 0.6931471803691238, Ln2Low = 1.9082149292705877e-10;

    /// <summary>Where a bound is met to this relative accuracy it counts as met: the logarithms of 0.3 and 0.5, each rounded, still add up to 0.8.</summary>
    public const double Tie = 1.0 / (1L << 40);

    /// <summary>eˣ within 1 ulp; 0 below −745.2, +∞ above 709.8.</summary>
    public static double Exp(double x)
    {
        if (!(x > -745.2)) return double.IsNaN(x) ? x : 0;
        if (x > 709.79) return double.PositiveInfinity;

        // x = k ln 2 + r with |r| ≤ 0.35; eʳ by its Taylor series to r¹³, whose rest is below 2⁻⁵⁷.
        double k = Math.Round(x * Log2E);
        double r = Math.FusedMultiplyAdd(-k, Ln2Low, Math.FusedMultiplyAdd(-k, Ln2High, x));
        double p = 1.0 / 6227020800;
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 479001600);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 39916800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 3628800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 362880);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 40320);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 5040);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 720);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 120);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 24);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 6);
        p = Math.FusedMultiplyAdd(p, r, 0.5);
        p = Math.FusedMultiplyAdd(p * r, r, r) + 1;

        // 2ᵏ in two halves, so that results below 2⁻¹⁰²² round once, from a full-precision p.
        int half = (int)k >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo((int)k - half);
    }

    /// <summary>ln x within 1 ulp for positive x; −∞ at 0, NaN below.</summary>
    public static double Log(double x)
    {
        if (!(x > 0)) return x == 0 ? double.NegativeInfinity : double.NaN;
        if (double.IsPositiveInfinity(x)) return x;
        int shift = 0;
        if (x < 2.2250738585072014e-308) { x *= 1L << 54; shift = -54; }

        // x = 2ᵏ m with m in [√½, √2); ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.172.
        long bits = BitConverter.DoubleToInt64Bits(x);
        long k = (bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble(bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000);
        if (m > 1.4142135623730951) { m *= 0.5; k++; }
        k += shift;
        double f = m - 1, s = f / (2 + f), w = s * s;
        double p = 1.0 / 23;
        for (int odd = 21; odd >= 3; odd -= 2) p = Math.FusedMultiplyAdd(p, w, 1.0 / odd);
        // 2s = f − s·f exactly enough: the leading term f carries no rounding of the quotient.
        double tail = Math.FusedMultiplyAdd(-s, f, 2 * s * w * p);
        return k == 0 ? f + tail : Math.FusedMultiplyAdd(k, Ln2High, f + Math.FusedMultiplyAdd(k, Ln2Low, tail));
    }

    /// <summary>−ln(1 − u) for u in (0, 1), to full relative accuracy also where u is tiny: an exponential variate from a uniform one.</summary>
    public static double Exponential(double u)
    {
        if (u > 1.0 / 1024) return -Log(1 - u);
        double p = 1.0 / 6;
        p = Math.FusedMultiplyAdd(p, u, 1.0 / 5);
        p = Math.FusedMultiplyAdd(p, u, 1.0 / 4);
        p = Math.FusedMultiplyAdd(p, u, 1.0 / 3);
        p = Math.FusedMultiplyAdd(p, u, 1.0 / 2);
        return Math.FusedMultiplyAdd(p * u, u, u);
    }

    /// <summary>A setting as it was written: 0.05f means 0.05, not 0.0500000007.</summary>
    public static double AsWritten(double setting)
    {
        // Only numbers that a float holds exactly, and whose float is written shorter than the double, came from a float literal.
        float single = (float)setting;
        return single == setting && float.IsFinite(single) && double.TryParse(single.ToString("R"), out double written) ? written : setting;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double PowerOfTwo(int k) => BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
}
