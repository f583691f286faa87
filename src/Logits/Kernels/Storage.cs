using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Kernels;

/// <summary>Half-precision storage widened to float, exactly.</summary>
internal static class Storage
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>A bfloat16 is the upper half of a float.</summary>
    [MethodImpl(Loop)]
    public static void Widen(ReadOnlySpan<BFloat16> from, Span<float> to)
    {
        ref ushort source = ref Unsafe.As<BFloat16, ushort>(ref MemoryMarshal.GetReference(from));
        ref float target = ref MemoryMarshal.GetReference(to);
        nint i = 0;
        for (; i <= from.Length - 16; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            Vector256.ShiftLeft(low, 16).AsSingle().StoreUnsafe(ref target, (nuint)i);
            Vector256.ShiftLeft(high, 16).AsSingle().StoreUnsafe(ref target, (nuint)i + 8);
        }
        for (; i < from.Length; i++) to[(int)i] = (float)from[(int)i];
    }

    /// <inheritdoc cref="Widen(ReadOnlySpan{BFloat16}, Span{float})"/>
    [MethodImpl(Loop)]
    public static void Widen(ReadOnlySpan<Half> from, Span<float> to)
    {
        ref ushort source = ref Unsafe.As<Half, ushort>(ref MemoryMarshal.GetReference(from));
        ref float target = ref MemoryMarshal.GetReference(to);
        nint i = 0;
        for (; i <= from.Length - 16; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            FromHalf(low).StoreUnsafe(ref target, (nuint)i);
            FromHalf(high).StoreUnsafe(ref target, (nuint)i + 8);
        }
        for (; i < from.Length; i++) to[(int)i] = (float)from[(int)i];
    }

    /// <summary>
    /// Moved up by 13 bits, a half is a float with an exponent 112 too small: one multiplication by 2¹¹² puts that right, for subnormal halves too.
    /// Infinities and NaN, whose exponent field is full, get the float's full field instead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FromHalf(Vector256<uint> bits)
    {
        var magnitude = Vector256.ShiftLeft(bits & Vector256.Create(0x7FFFu), 13);
        var finite = (magnitude.AsSingle() * Vector256.Create(5.192296858534828e33f)).AsUInt32();
        var special = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x0F7F_FFFF)).AsUInt32() & Vector256.Create(0x7F80_0000u);
        // For infinities and NaN, 2¹⁶ times the mantissa was computed: its mantissa bits are right, its exponent bits are overwritten.
        return (finite | special | Vector256.ShiftLeft(bits & Vector256.Create(0x8000u), 16)).AsSingle();
    }
}
