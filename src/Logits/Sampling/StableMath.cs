using System.Globalization;
using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>exp and log of one number as the kernels compute them, so that every machine has the same bits, and what settings and bounds mean.</summary>
/// <remarks>The C library's exp and log differ between platforms in the last place; a decoder that promises the same token everywhere cannot use them.</remarks>
static class StableMath
{
    /// <summary>Where a bound is met to this relative accuracy it counts as met: the logarithms of 0.3 and 0.5, each rounded, still add up to 0.8.</summary>
    public const double Tie = 1.0 / (1L << 40);

    /// <summary>eˣ within 1 ulp; 0 below −745.2, +∞ above 709.8.</summary>
    public static double Exp(double x) => DoubleMath.Exp(new Lane1(x)).Value;

    /// <summary>ln x within 1 ulp for positive x; −∞ at 0, NaN below.</summary>
    public static double Log(double x) => DoubleMath.Log(new Lane1(x)).Value;

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

    /// <summary>−ln(−ln(1 − u)) for u in (0, 1): a standard Gumbel variate, large ones as often as they should come since u keeps its accuracy near 0.</summary>
    public static double Gumbel(double u) => -Log(Exponential(u));

    /// <summary>A setting as it was written: 0.05f means 0.05, not 0.0500000007.</summary>
    public static double AsWritten(double setting)
    {
        // Only numbers that a float holds exactly, and whose float is written shorter than the double, came from a float literal.
        float single = (float)setting;
        return single == setting && float.IsFinite(single) && double.TryParse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out double written) ? written : setting;
    }
}
