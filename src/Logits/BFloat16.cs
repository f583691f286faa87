namespace Logits;

/// <summary>A bfloat16 as it lies in a file: the upper half of a float's bits. Storage only; arithmetic is done in float.</summary>
/// <param name="Bits">Sign, 8 bits of exponent, 7 of mantissa.</param>
/// <remarks>An array of 16-bit words is read without a copy by <c>MemoryMarshal.Cast&lt;ushort, BFloat16&gt;(words)</c>.</remarks>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Widens, exactly.</summary>
    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN, what is too large becomes infinite.</summary>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? new((ushort)(bits >> 16 | 0x40)) : new((ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16));
    }

    /// <summary>The value as a float prints it.</summary>
    public override string ToString() => ((float)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
