using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Logits.Kernels;

/// <summary>16 floats in four 128-bit registers of any processor; without vector hardware this is the scalar path.</summary>
internal readonly unsafe struct Lane128Float(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : IFloatLane<Lane128Float, Lane128Double>
{
    public readonly Vector128<float> A = a, B = b, C = c, D = d;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float All(float value) => new(Vector128.Create(value), Vector128.Create(value), Vector128.Create(value), Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Load(float* from) => new(Vector128.Load(from), Vector128.Load(from + 4), Vector128.Load(from + 8), Vector128.Load(from + 12));

    public static Lane128Float LoadPart(float* from, int count, float padding)
    {
        float* all = stackalloc float[16];
        for (int i = 0; i < 16; i++) all[i] = i < count ? from[i] : padding;
        return Load(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        A.Store(to);
        B.Store(to + 4);
        C.Store(to + 8);
        D.Store(to + 12);
    }

    public void StorePart(float* to, int count)
    {
        float* all = stackalloc float[16];
        Store(all);
        for (int i = 0; i < count; i++) to[i] = all[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float operator +(Lane128Float a, Lane128Float b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float operator -(Lane128Float a, Lane128Float b) => new(a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float operator *(Lane128Float a, Lane128Float b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float operator /(Lane128Float a, Lane128Float b) => new(a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float MultiplyAdd(Lane128Float a, Lane128Float b, Lane128Float c) => new(Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B), Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float MinusMultiply(Lane128Float a, Lane128Float b, Lane128Float c) => MultiplyAdd(Negate(a), b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Max(Lane128Float a, Lane128Float b) => Select(Greater(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Min(Lane128Float a, Lane128Float b) => Select(Greater(b, a), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Abs(Lane128Float x) => new((x.A.AsInt32() & Vector128.Create(int.MaxValue)).AsSingle(), (x.B.AsInt32() & Vector128.Create(int.MaxValue)).AsSingle(), (x.C.AsInt32() & Vector128.Create(int.MaxValue)).AsSingle(), (x.D.AsInt32() & Vector128.Create(int.MaxValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Negate(Lane128Float x) => new((x.A.AsInt32() ^ Vector128.Create(int.MinValue)).AsSingle(), (x.B.AsInt32() ^ Vector128.Create(int.MinValue)).AsSingle(), (x.C.AsInt32() ^ Vector128.Create(int.MinValue)).AsSingle(), (x.D.AsInt32() ^ Vector128.Create(int.MinValue)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Greater(Lane128Float a, Lane128Float b) => new(Vector128.GreaterThan(a.A, b.A), Vector128.GreaterThan(a.B, b.B), Vector128.GreaterThan(a.C, b.C), Vector128.GreaterThan(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Equal(Lane128Float a, Lane128Float b) => new(Vector128.Equals(a.A, b.A), Vector128.Equals(a.B, b.B), Vector128.Equals(a.C, b.C), Vector128.Equals(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Select(Lane128Float mask, Lane128Float yes, Lane128Float no) => new(Vector128.ConditionalSelect(mask.A, yes.A, no.A), Vector128.ConditionalSelect(mask.B, yes.B, no.B), Vector128.ConditionalSelect(mask.C, yes.C, no.C), Vector128.ConditionalSelect(mask.D, yes.D, no.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Scale(Lane128Float x, Lane128Float n) => new(Scale(x.A, n.A), Scale(x.B, n.B), Scale(x.C, n.C), Scale(x.D, n.D));

    /// <summary>In two steps of half the way, of which only the second can round. Adding the magic number leaves the biased exponent in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Scale(Vector128<float> x, Vector128<float> n)
    {
        Vector128<float> whole = Vector128.Floor(n), half = Vector128.Floor(whole * Vector128.Create(0.5f));
        return x * Power(half) * Power(whole - half);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> Power(Vector128<float> n) => Vector128.ShiftLeft((n + Vector128.Create(LaneBits.FloatPowerMagic)).AsInt32(), 23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Mantissa(Lane128Float x, out Lane128Float exponent)
    {
        var mantissa = new Lane128Float(Mantissa(x.A, out var a), Mantissa(x.B, out var b), Mantissa(x.C, out var c), Mantissa(x.D, out var d));
        exponent = new(a, b, c, d);
        return mantissa;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Mantissa(Vector128<float> x, out Vector128<float> exponent)
    {
        var steps = Vector128.ShiftRightArithmetic(x.AsInt32() - Vector128.Create(LaneBits.FloatSplit), 23);
        exponent = Vector128.ConvertToSingle(steps);
        return (x.AsInt32() - Vector128.ShiftLeft(steps, 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Lookup(float* table, Lane128Float x) => new(Lookup(table, x.A), Lookup(table, x.B), Lookup(table, x.C), Lookup(table, x.D));

    public static Lane128Float Lookup(Lane128Float table, Lane128Float x) => Lookup((float*)&table, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Lookup(float* table, Vector128<float> x)
    {
        var index = x.AsInt32() & Vector128.Create(15);
        return Vector128.Create(table[index[0]], table[index[1]], table[index[2]], table[index[3]]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float RaiseBits(Lane128Float x, Lane128Float sixteenths) => new(RaiseBits(x.A, sixteenths.A), RaiseBits(x.B, sixteenths.B), RaiseBits(x.C, sixteenths.C), RaiseBits(x.D, sixteenths.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> RaiseBits(Vector128<float> x, Vector128<float> sixteenths) => (x.AsInt32() + Vector128.ShiftLeft(sixteenths.AsInt32(), 19)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float OrDifference(Lane128Float bits, Lane128Float a, Lane128Float b) => new(bits.A | (a.A ^ b.A), bits.B | (a.B ^ b.B), bits.C | (a.C ^ b.C), bits.D | (a.D ^ b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float FlipWhereOne(Lane128Float x, Lane128Float flag) => new(FlipWhereOne(x.A, flag.A), FlipWhereOne(x.B, flag.B), FlipWhereOne(x.C, flag.C), FlipWhereOne(x.D, flag.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> FlipWhereOne(Vector128<float> x, Vector128<float> flag) => (x.AsInt32() ^ (Vector128.ShiftLeft(flag.AsInt32(), 2) & Vector128.Create(int.MinValue))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float SelectBySign(Lane128Float x, Lane128Float negative, Lane128Float other) =>
        new(SelectBySign(x.A, negative.A, other.A), SelectBySign(x.B, negative.B, other.B), SelectBySign(x.C, negative.C, other.C), SelectBySign(x.D, negative.D, other.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> SelectBySign(Vector128<float> x, Vector128<float> negative, Vector128<float> other) => Vector128.ConditionalSelect(Vector128.ShiftRightArithmetic(x.AsInt32(), 31).AsSingle(), negative, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float MinusAbs(Lane128Float x) => new(MinusAbs(x.A), MinusAbs(x.B), MinusAbs(x.C), MinusAbs(x.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> MinusAbs(Vector128<float> x) => (x.AsInt32() | Vector128.Create(int.MinValue)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyBit(Lane128Float x, int mask) => ((x.A | x.B | x.C | x.D).AsInt32() & Vector128.Create(mask)) != Vector128<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane128Float mask) => BitOperations.TrailingZeroCount(
        Vector128.ExtractMostSignificantBits(mask.A) | Vector128.ExtractMostSignificantBits(mask.B) << 4 | Vector128.ExtractMostSignificantBits(mask.C) << 8 | Vector128.ExtractMostSignificantBits(mask.D) << 12 | 1u << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lane128Float x) => LaneBits.Sum((x.A + x.C) + (x.B + x.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lane128Float x) => LaneBits.Largest(LaneBits.Max(LaneBits.Max(x.A, x.C), LaneBits.Max(x.B, x.D)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Lane128Float x, out Lane128Double low, out Lane128Double high)
    {
        low = new(Vector128.WidenLower(x.A), Vector128.WidenUpper(x.A), Vector128.WidenLower(x.B), Vector128.WidenUpper(x.B));
        high = new(Vector128.WidenLower(x.C), Vector128.WidenUpper(x.C), Vector128.WidenLower(x.D), Vector128.WidenUpper(x.D));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Float Narrow(Lane128Double low, Lane128Double high) => new(
            Vector128.Narrow(low.A, low.B), Vector128.Narrow(low.C, low.D),
            Vector128.Narrow(high.A, high.B), Vector128.Narrow(high.C, high.D));
}
