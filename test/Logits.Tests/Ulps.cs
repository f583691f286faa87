namespace Logits.Tests;

/// <summary>Distance in units in the last place: how many representable numbers apart.</summary>
static class Ulps
{
    /// <summary>0 for equal values, for zeros of either sign and for two NaNs; infinite when only one is NaN.</summary>
    public static double Between(double a, double b) =>
        double.IsNaN(a) || double.IsNaN(b)
            ? double.IsNaN(a) && double.IsNaN(b) ? 0 : double.PositiveInfinity
            : Math.Abs((double)((Int128)Ordinal(a) - Ordinal(b)));

    /// <inheritdoc cref="Between(double, double)"/>
    public static double Between(float a, float b) =>
        float.IsNaN(a) || float.IsNaN(b)
            ? float.IsNaN(a) && float.IsNaN(b) ? 0 : double.PositiveInfinity
            : Math.Abs((double)Ordinal(a) - Ordinal(b));

    static long Ordinal(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        return bits >= 0 ? bits : long.MinValue - bits;
    }

    static int Ordinal(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return bits >= 0 ? bits : int.MinValue - bits;
    }
}
