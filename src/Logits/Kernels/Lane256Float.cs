using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>16 floats in two AVX2 registers.</summary>
internal readonly unsafe struct Lane256Float(Vector256<float> a, Vector256<float> b) : IFloatLane<Lane256Float, Lane256Double>
{
    public readonly Vector256<float> A = a, B = b;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float All(float value)
    {
        var all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float LoadPart(float* from, int count, float padding) => new(LaneBits.LoadPart(from, count, padding), LaneBits.LoadPart(from + 8, count - 8, padding));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        A.Store(to);
        B.Store(to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(float* to, int count)
    {
        LaneBits.StorePart(A, to, count);
        if (count > 8) LaneBits.StorePart(B, to + 8, count - 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float operator +(Lane256Float a, Lane256Float b) => new(a.A + b.A, a.B + b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float operator -(Lane256Float a, Lane256Float b) => new(a.A - b.A, a.B - b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float operator *(Lane256Float a, Lane256Float b) => new(a.A * b.A, a.B * b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float operator /(Lane256Float a, Lane256Float b) => new(a.A / b.A, a.B / b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float MultiplyAdd(Lane256Float a, Lane256Float b, Lane256Float c) => new(Fma.MultiplyAdd(a.A, b.A, c.A), Fma.MultiplyAdd(a.B, b.B, c.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float MinusMultiply(Lane256Float a, Lane256Float b, Lane256Float c) => new(Fma.MultiplyAddNegated(a.A, b.A, c.A), Fma.MultiplyAddNegated(a.B, b.B, c.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Max(Lane256Float a, Lane256Float b) => new(Avx.Max(a.A, b.A), Avx.Max(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Min(Lane256Float a, Lane256Float b) => new(Avx.Min(a.A, b.A), Avx.Min(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Abs(Lane256Float x) => new((x.A.AsInt32() & Vector256.Create(int.MaxValue)).AsSingle(), (x.B.AsInt32() & Vector256.Create(int.MaxValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Negate(Lane256Float x) => new((x.A.AsInt32() ^ Vector256.Create(int.MinValue)).AsSingle(), (x.B.AsInt32() ^ Vector256.Create(int.MinValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Greater(Lane256Float a, Lane256Float b) => new(Vector256.GreaterThan(a.A, b.A), Vector256.GreaterThan(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Equal(Lane256Float a, Lane256Float b) => new(Vector256.Equals(a.A, b.A), Vector256.Equals(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Select(Lane256Float mask, Lane256Float yes, Lane256Float no) => new(Vector256.ConditionalSelect(mask.A, yes.A, no.A), Vector256.ConditionalSelect(mask.B, yes.B, no.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Scale(Lane256Float x, Lane256Float n) => new(Scale(x.A, n.A), Scale(x.B, n.B));

    /// <summary>In two steps of half the way, of which only the second can round. Adding the magic number leaves the biased exponent in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Scale(Vector256<float> x, Vector256<float> n)
    {
        Vector256<float> whole = Vector256.Floor(n), half = Vector256.Floor(whole * Vector256.Create(0.5f));
        return x * Power(half) * Power(whole - half);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Power(Vector256<float> n) => Vector256.ShiftLeft((n + Vector256.Create(LaneBits.FloatPowerMagic)).AsInt32(), 23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Mantissa(Lane256Float x, out Lane256Float exponent)
    {
        var mantissa = new Lane256Float(Mantissa(x.A, out var a), Mantissa(x.B, out var b));
        exponent = new(a, b);
        return mantissa;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Mantissa(Vector256<float> x, out Vector256<float> exponent)
    {
        var steps = Vector256.ShiftRightArithmetic(x.AsInt32() - Vector256.Create(LaneBits.FloatSplit), 23);
        exponent = Vector256.ConvertToSingle(steps);
        return (x.AsInt32() - Vector256.ShiftLeft(steps, 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Lookup(float* table, Lane256Float x) => new(Lookup(table, x.A), Lookup(table, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Lookup(Lane256Float table, Lane256Float x) => new(Lookup(table.A, table.B, x.A), Lookup(table.A, table.B, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Lookup(float* table, Vector256<float> x) => Lookup(Vector256.Load(table), Vector256.Load(table + 8), x);

    /// <summary>vpermps knows 8 entries: look in both halves of the table and let bit 3, moved to the sign, choose.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Lookup(Vector256<float> low, Vector256<float> high, Vector256<float> x) =>
        Avx.BlendVariable(Avx2.PermuteVar8x32(low, x.AsInt32()), Avx2.PermuteVar8x32(high, x.AsInt32()), Vector256.ShiftLeft(x.AsInt32(), 28).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float RaiseBits(Lane256Float x, Lane256Float sixteenths) => new(
        (x.A.AsInt32() + Vector256.ShiftLeft(sixteenths.A.AsInt32(), 19)).AsSingle(), (x.B.AsInt32() + Vector256.ShiftLeft(sixteenths.B.AsInt32(), 19)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float OrDifference(Lane256Float bits, Lane256Float a, Lane256Float b) => new(bits.A | (a.A ^ b.A), bits.B | (a.B ^ b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float FlipWhereOne(Lane256Float x, Lane256Float flag) => new(FlipWhereOne(x.A, flag.A), FlipWhereOne(x.B, flag.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FlipWhereOne(Vector256<float> x, Vector256<float> flag) => (x.AsInt32() ^ (Vector256.ShiftLeft(flag.AsInt32(), 2) & Vector256.Create(int.MinValue))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float SelectBySign(Lane256Float x, Lane256Float negative, Lane256Float other) => new(Avx.BlendVariable(other.A, negative.A, x.A), Avx.BlendVariable(other.B, negative.B, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float MinusAbs(Lane256Float x) => new((x.A.AsInt32() | Vector256.Create(int.MinValue)).AsSingle(), (x.B.AsInt32() | Vector256.Create(int.MinValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyBit(Lane256Float x, int mask) => ((x.A | x.B).AsInt32() & Vector256.Create(mask)) != Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane256Float mask) => BitOperations.TrailingZeroCount(Vector256.ExtractMostSignificantBits(mask.A) | Vector256.ExtractMostSignificantBits(mask.B) << 8 | 1u << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lane256Float x) => LaneBits.Sum(x.A + x.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lane256Float x) => LaneBits.Largest(Avx.Max(x.A, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Lane256Float x, out Lane256Double low, out Lane256Double high)
    {
        low = new(Avx.ConvertToVector256Double(x.A.GetLower()), Avx.ConvertToVector256Double(x.A.GetUpper()));
        high = new(Avx.ConvertToVector256Double(x.B.GetLower()), Avx.ConvertToVector256Double(x.B.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Float Narrow(Lane256Double low, Lane256Double high) => new(
            Vector256.Create(Avx.ConvertToVector128Single(low.A), Avx.ConvertToVector128Single(low.B)),
            Vector256.Create(Avx.ConvertToVector128Single(high.A), Avx.ConvertToVector128Single(high.B)));
}
