using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Logits.Formats;

/// <summary>Decimal text to floats and doubles, rounded once, to nearest.</summary>
static class NumberText
{
    /// <summary>Bytes that the fast form may look at: more digits than it can take exactly, sign, point and exponent.</summary>
    public const int FastBytes = 48;

    /// <summary>10⁰ to 10²²: all powers of ten that are doubles.</summary>
    static readonly double[] Powers = [.. Enumerable.Range(0, 23).Select(i => double.Parse($"1e{i}", CultureInfo.InvariantCulture))];

    static readonly SearchValues<byte> Plain = SearchValues.Create("0123456789+-.eE"u8);

    /// <summary>Reads the number that <paramref name="text"/> begins with, if it is of a kind that takes no care.</summary>
    /// <returns>Bytes taken; 0 where <see cref="TryParse"/> must look at the whole cell.</returns>
    /// <remarks>
    /// m × 10ᵉ with m ≤ 2⁵³ and |e| ≤ 22 is one operation on two exact doubles, so its one rounding is the right one (Clinger 1990).
    /// Going on to float rounds twice, which is wrong only when the double lies exactly halfway between two floats though the number does not.
    /// </remarks>
    public static int Scan<T>(ReadOnlySpan<byte> text, out T value) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        value = default;
        int i = 0;
        bool negative = text.Length > 0 && text[0] == '-';
        if (negative)
            i++;
        ulong mantissa = 0;
        int start = i, point = -1;
        for (; (uint)i < (uint)text.Length; i++)
        {
            uint digit = text[i] - (uint)'0';
            if (digit <= 9)
                mantissa = mantissa * 10 + digit;
            else if (digit == unchecked((uint)('.' - '0')) && point < 0)
                point = i;
            else
                break;
        }
        int digits = i - start - (point < 0 ? 0 : 1);
        int exponent = point < 0 ? 0 : point + 1 - i;
        // 19 digits fit 64 bits; a longer run may have wrapped.
        if (digits is 0 or > 19 || mantissa > 1UL << 53)
            return 0;
        if ((uint)i < (uint)text.Length && (text[i] | 0x20) == 'e')
        {
            i++;
            bool below = (uint)i < (uint)text.Length && text[i] == '-';
            if (below || (uint)i < (uint)text.Length && text[i] == '+')
                i++;
            int power = 0, first = i;
            for (; (uint)i < (uint)text.Length && i < first + 4 && text[i] - (uint)'0' <= 9; i++)
                power = power * 10 + text[i] - '0';
            if (i == first)
                return 0;
            exponent += below ? -power : power;
        }
        if (exponent is < -22 or > 22)
        {
            if (mantissa != 0)
                return 0;
            exponent = 0;
        }
        double result = exponent < 0 ? mantissa / Powers[-exponent] : mantissa * Powers[exponent];
        if (negative)
            result = -result;
        if (typeof(T) == typeof(double))
            value = (T)(object)result;
        else
        {
            if ((BitConverter.DoubleToUInt64Bits(result) & 0x1FFF_FFFF) == 0x1000_0000 || Math.Abs(result) < 1.2e-38 && result != 0)
                return 0;
            value = (T)(object)(float)result;
        }
        return i;
    }

    /// <summary>Reads a whole cell: a decimal number with blanks around it, or <c>inf</c>, <c>infinity</c>, <c>nan</c> in any case and with any sign.</summary>
    public static bool TryParse<T>(ReadOnlySpan<byte> cell, out T value) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cell = cell.Trim(" \t"u8);
        if (Scan(cell, out value) is var taken && taken > 0 && taken == cell.Length)
            return true;
        value = default;
        if (cell.IsEmpty)
            return false;
        if (cell.IndexOfAnyExcept(Plain) < 0)
            return T.TryParse(cell, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
        bool negative = cell[0] == '-';
        if (cell[0] is (byte)'-' or (byte)'+')
            cell = cell[1..];
        if (Ascii.EqualsIgnoreCase(cell, "inf"u8) || Ascii.EqualsIgnoreCase(cell, "infinity"u8) || cell.SequenceEqual("∞"u8))
            value = negative ? T.NegativeInfinity : T.PositiveInfinity;
        else if (Ascii.EqualsIgnoreCase(cell, "nan"u8))
            value = T.NaN;
        else
            return false;
        return true;
    }

    /// <summary>Writes the shortest decimal that reads back as the same value, or <c>inf</c>, <c>-inf</c>, <c>nan</c>.</summary>
    public static void Write<T>(OutputBuffer output, T value) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsFinite(value))
        {
            value.TryFormat(output.Room(32), out int used, default, CultureInfo.InvariantCulture);
            output.Use(used);
        }
        else
            output.Write(T.IsNaN(value) ? "nan"u8 : T.IsNegative(value) ? "-inf"u8 : "inf"u8);
    }
}
