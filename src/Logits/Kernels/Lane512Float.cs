using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>16 floats in one AVX-512 register.</summary>
/// <remarks>The x86 instructions are named where the portable ones do more than is asked (NaN rules of Max, shuffles of any index).</remarks>
internal readonly unsafe struct Lane512Float(Vector512<float> value) : IFloatLane<Lane512Float, Lane512Double>
{
    readonly Vector512<float> _value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float All(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float LoadPart(float* from, int count, float padding) =>
        new(Avx512F.MaskLoad(from, First(count).AsSingle(), Vector512.Create(padding)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => _value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(float* to, int count) => Avx512F.MaskStore(to, First(count).AsSingle(), _value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float operator +(Lane512Float a, Lane512Float b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float operator -(Lane512Float a, Lane512Float b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float operator *(Lane512Float a, Lane512Float b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float operator /(Lane512Float a, Lane512Float b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float MultiplyAdd(Lane512Float a, Lane512Float b, Lane512Float c) => new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float MinusMultiply(Lane512Float a, Lane512Float b, Lane512Float c) => new(Avx512F.FusedMultiplyAddNegated(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Max(Lane512Float a, Lane512Float b) => new(Avx512F.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Min(Lane512Float a, Lane512Float b) => new(Avx512F.Min(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Abs(Lane512Float x) => new((x._value.AsInt32() & Vector512.Create(0x7FFF_FFFF)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Negate(Lane512Float x) => new((x._value.AsInt32() ^ Vector512.Create(int.MinValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Greater(Lane512Float a, Lane512Float b) => new(Vector512.GreaterThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Equal(Lane512Float a, Lane512Float b) => new(Vector512.Equals(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Select(Lane512Float mask, Lane512Float yes, Lane512Float no) => new(Vector512.ConditionalSelect(mask._value, yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Scale(Lane512Float x, Lane512Float n) => new(Avx512F.Scale(x._value, n._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Mantissa(Lane512Float x, out Lane512Float exponent)
    {
        var steps = Vector512.ShiftRightArithmetic(x._value.AsInt32() - Vector512.Create(LaneBits.FloatSplit), 23);
        exponent = new(Vector512.ConvertToSingle(steps));
        return new((x._value.AsInt32() - Vector512.ShiftLeft(steps, 23)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Lookup(float* table, Lane512Float x) => new(Avx512F.PermuteVar16x32(Vector512.Load(table), x._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane512Float mask) => BitOperations.TrailingZeroCount(Vector512.ExtractMostSignificantBits(mask._value) | 1UL << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lane512Float x) => LaneBits.Sum(x._value.GetLower() + x._value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lane512Float x) => LaneBits.Largest(Avx.Max(x._value.GetLower(), x._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Lane512Float x, out Lane512Double low, out Lane512Double high)
    {
        low = new(Avx512F.ConvertToVector512Double(x._value.GetLower()));
        high = new(Avx512F.ConvertToVector512Double(x._value.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float Narrow(Lane512Double low, Lane512Double high) =>
        new(Vector512.Create(Avx512F.ConvertToVector256Single(low.Value), Avx512F.ConvertToVector256Single(high.Value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(Lane512Float a, Lane512Float b, Lane512Float c, Lane512Float d, float* to)
    {
        Vector256<float> a8 = a._value.GetLower() + a._value.GetUpper(), b8 = b._value.GetLower() + b._value.GetUpper();
        Vector256<float> c8 = c._value.GetLower() + c._value.GetUpper(), d8 = d._value.GetLower() + d._value.GetUpper();
        // Four left of each: a in the lower half and c in the upper, b and d likewise; then two of each, and one.
        Vector256<float> ac = Avx.Permute2x128(a8, c8, 0x20) + Avx.Permute2x128(a8, c8, 0x31), bd = Avx.Permute2x128(b8, d8, 0x20) + Avx.Permute2x128(b8, d8, 0x31);
        var two = Avx.UnpackLow(ac.AsDouble(), bd.AsDouble()).AsSingle() + Avx.UnpackHigh(ac.AsDouble(), bd.AsDouble()).AsSingle();    // a a b b c c d d
        Vector128<float> ab = two.GetLower(), cd = two.GetUpper();
        (Sse.Shuffle(ab, cd, 0b10_00_10_00) + Sse.Shuffle(ab, cd, 0b11_01_11_01)).Store(to);
    }
}
