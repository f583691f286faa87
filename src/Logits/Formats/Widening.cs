using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Formats;

/// <summary>Stored elements to floats, doubles and whole numbers.</summary>
/// <remarks>A file is often read once and the program ends, so the loops are compiled at their best the first time: waiting for the tiers took eight times as long.</remarks>
static class Widening
{
    /// <summary>Decodes stored scores; exact unless a double is put into a float, which rounds to nearest.</summary>
    /// <param name="bytes">destination.Length elements; a big-endian source is turned in place.</param>
    /// <param name="type">What the bytes are.</param>
    /// <param name="destination">Receives the scores.</param>
    public static void Decode<T>(Span<byte> bytes, NumberType type, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (type.BigEndian)
            Turn(bytes, type.Size);
        if (typeof(T) == typeof(float))
        {
            var floats = MemoryMarshal.Cast<T, float>(destination);
            switch (type.Size)
            {
                case 4: MemoryMarshal.Cast<byte, float>(bytes).CopyTo(floats); break;
                case 8: Narrow(MemoryMarshal.Cast<byte, double>(bytes), floats); break;
                default: Widen(MemoryMarshal.Cast<byte, ushort>(bytes), type.Kind, floats); break;
            }
            return;
        }
        var doubles = MemoryMarshal.Cast<T, double>(destination);
        switch (type.Size)
        {
            case 4: Widen(MemoryMarshal.Cast<byte, float>(bytes), doubles); break;
            case 8: MemoryMarshal.Cast<byte, double>(bytes).CopyTo(doubles); break;
            default:
                // The float form of a piece lies in the cache by the time it is widened again.
                Span<float> piece = stackalloc float[512];
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (; halves.Length > 0; halves = halves[Math.Min(512, halves.Length)..])
                {
                    var part = piece[..Math.Min(512, halves.Length)];
                    Widen(halves[..part.Length], type.Kind, part);
                    Widen(part, doubles);
                    doubles = doubles[part.Length..];
                }
                break;
        }
    }

    /// <summary>The whole number that <paramref name="bytes"/> hold.</summary>
    public static Int128 Whole(ReadOnlySpan<byte> bytes, NumberType type)
    {
        Int128 value = type.Kind == NumberKind.Signed && (bytes[type.BigEndian ? 0 : ^1] & 0x80) != 0 ? -1 : 0;
        for (int i = 0; i < bytes.Length; i++)
            value = value << 8 | bytes[type.BigEndian ? i : bytes.Length - 1 - i];
        return value;
    }

    /// <summary>The nearest bfloat16 to a double, ties to even, rounded once.</summary>
    public static ushort ToBFloat16(double value)
    {
        // Rounding to float on the way must not hide which side of a tie the value was on: when inexact, make the last bit odd.
        float near = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(near);
        if (float.IsNaN(near))
            return (ushort)(bits >> 16 | 0x40);
        if (near != value && !float.IsInfinity(near))
        {
            if (Math.Abs((double)near) > Math.Abs(value))
                bits--;
            bits |= 1;
        }
        else if (float.IsInfinity(near) && !double.IsInfinity(value))
            bits = bits & 0x8000_0000 | 0x7F7F_FFFF;
        return (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    static void Turn(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2: { var s = MemoryMarshal.Cast<byte, ushort>(bytes); BinaryPrimitives.ReverseEndianness(s, s); break; }
            case 4: { var s = MemoryMarshal.Cast<byte, uint>(bytes); BinaryPrimitives.ReverseEndianness(s, s); break; }
            default: { var s = MemoryMarshal.Cast<byte, ulong>(bytes); BinaryPrimitives.ReverseEndianness(s, s); break; }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen(ReadOnlySpan<float> source, Span<double> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(source[i..]));
            lower.CopyTo(destination[i..]);
            upper.CopyTo(destination[(i + Vector256<double>.Count)..]);
        }
        for (; i < source.Length; i++)
            destination[i] = source[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Narrow(ReadOnlySpan<double> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            Vector256.Narrow(Vector256.Create(source[i..]), Vector256.Create(source[(i + Vector256<double>.Count)..])).CopyTo(destination[i..]);
        for (; i < source.Length; i++)
            destination[i] = (float)source[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen(ReadOnlySpan<ushort> source, NumberKind kind, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            var bits = Vector256.Create(Vector128.WidenLower(Vector128.Create(source[i..])), Vector128.WidenUpper(Vector128.Create(source[i..])));
            (kind == NumberKind.BFloat ? (bits << 16).AsSingle() : Half(bits)).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++)
            destination[i] = kind == NumberKind.BFloat ? BitConverter.UInt32BitsToSingle((uint)source[i] << 16) : (float)BitConverter.UInt16BitsToHalf(source[i]);
    }

    /// <summary>
    /// Eight halves at once. With exponent and fraction moved to a float's place, the value is 2⁻¹¹² of what it should be, because the biases differ
    /// by 112; multiplying by 2¹¹² repairs that exactly, subnormals included. Infinity and NaN had the largest exponent and get it again.
    /// </summary>
    static Vector256<float> Half(Vector256<uint> bits)
    {
        var sign = (bits & Vector256.Create(0x8000u)) << 16;
        var moved = (bits & Vector256.Create(0x7FFFu)) << 13;
        var value = (moved.AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(239u << 23))).AsUInt32();
        var special = Vector256.GreaterThanOrEqual(moved, Vector256.Create(0x7C00u << 13)) & Vector256.Create(0x7F80_0000u);
        return (value | special | sign).AsSingle();
    }
}
