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
    public static Lane512Float Lookup(Lane512Float table, Lane512Float x) => new(Avx512F.PermuteVar16x32(table._value, x._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float RaiseBits(Lane512Float x, Lane512Float sixteenths) => new((x._value.AsInt32() + Vector512.ShiftLeft(sixteenths._value.AsInt32(), 19)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float OrDifference(Lane512Float bits, Lane512Float a, Lane512Float b) => new(Avx512F.TernaryLogic(bits._value, a._value, b._value, 0xF6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float FlipWhereOne(Lane512Float x, Lane512Float flag) =>
        new(Avx512F.TernaryLogic(x._value.AsInt32(), Vector512.ShiftLeft(flag._value.AsInt32(), 2), Vector512.Create(int.MinValue), 0x78).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float SelectBySign(Lane512Float x, Lane512Float negative, Lane512Float other) =>
        new(Avx512F.TernaryLogic(Vector512.ShiftRightArithmetic(x._value.AsInt32(), 31), negative._value.AsInt32(), other._value.AsInt32(), 0xCA).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Float MinusAbs(Lane512Float x) => new((x._value.AsInt32() | Vector512.Create(int.MinValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyBit(Lane512Float x, int mask) => (x._value.AsInt32() & Vector512.Create(mask)) != Vector512<int>.Zero;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* from, nint stride, int width, float* to)
    {
        var mask = First(width).AsSingle();
        // Four rows at a time turn in quarters of a register; then the quarters change places.
        Quarters(from, stride, mask, out var a0, out var a1, out var a2, out var a3);
        Quarters(from + 4 * stride, stride, mask, out var b0, out var b1, out var b2, out var b3);
        Quarters(from + 8 * stride, stride, mask, out var c0, out var c1, out var c2, out var c3);
        Quarters(from + 12 * stride, stride, mask, out var d0, out var d1, out var d2, out var d3);
        Places(a0, b0, c0, d0, to);
        Places(a1, b1, c1, d1, to + 16);
        Places(a2, b2, c2, d2, to + 32);
        Places(a3, b3, c3, d3, to + 48);
    }

    /// <summary>Of four rows, columns 0, 4, 8, 12 in the first register, a quarter each; columns 1, 5, 9, 13 in the second, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quarters(float* from, nint stride, Vector512<float> mask, out Vector512<float> first, out Vector512<float> second, out Vector512<float> third, out Vector512<float> fourth)
    {
        Vector512<float> a = Avx512F.MaskLoad(from, mask, Vector512<float>.Zero), b = Avx512F.MaskLoad(from + stride, mask, Vector512<float>.Zero);
        Vector512<float> c = Avx512F.MaskLoad(from + 2 * stride, mask, Vector512<float>.Zero), d = Avx512F.MaskLoad(from + 3 * stride, mask, Vector512<float>.Zero);
        Vector512<double> ab = Avx512F.UnpackLow(a, b).AsDouble(), cd = Avx512F.UnpackLow(c, d).AsDouble();
        first = Avx512F.UnpackLow(ab, cd).AsSingle();
        second = Avx512F.UnpackHigh(ab, cd).AsSingle();
        ab = Avx512F.UnpackHigh(a, b).AsDouble();
        cd = Avx512F.UnpackHigh(c, d).AsDouble();
        third = Avx512F.UnpackLow(ab, cd).AsSingle();
        fourth = Avx512F.UnpackHigh(ab, cd).AsSingle();
    }

    /// <summary>Quarter q of each of four registers becomes column 4 q, four apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Places(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to)
    {
        Vector512<float> ab = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), cd = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);      // quarters 0 and 2
        Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00).Store(to);
        Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01).Store(to + 128);
        ab = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        cd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);                                                                       // quarters 1 and 3
        Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00).Store(to + 64);
        Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01).Store(to + 192);
    }
}
