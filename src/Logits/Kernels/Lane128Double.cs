using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Logits.Kernels;

/// <summary>8 doubles in four 128-bit registers of any processor; without vector hardware this is the scalar path.</summary>
internal readonly unsafe struct Lane128Double(Vector128<double> a, Vector128<double> b, Vector128<double> c, Vector128<double> d) : IDoubleLane<Lane128Double>
{
    public readonly Vector128<double> A = a, B = b, C = c, D = d;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double All(double value) => new(Vector128.Create(value), Vector128.Create(value), Vector128.Create(value), Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Load(double* from) => new(Vector128.Load(from), Vector128.Load(from + 2), Vector128.Load(from + 4), Vector128.Load(from + 6));

    public static Lane128Double LoadPart(double* from, int count, double padding)
    {
        double* all = stackalloc double[8];
        for (int i = 0; i < 8; i++) all[i] = i < count ? from[i] : padding;
        return Load(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* to)
    {
        A.Store(to);
        B.Store(to + 2);
        C.Store(to + 4);
        D.Store(to + 6);
    }

    public void StorePart(double* to, int count)
    {
        double* all = stackalloc double[8];
        Store(all);
        for (int i = 0; i < count; i++) to[i] = all[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double operator +(Lane128Double a, Lane128Double b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double operator -(Lane128Double a, Lane128Double b) => new(a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double operator *(Lane128Double a, Lane128Double b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double operator /(Lane128Double a, Lane128Double b) => new(a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double MultiplyAdd(Lane128Double a, Lane128Double b, Lane128Double c) => new(Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B), Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double MinusMultiply(Lane128Double a, Lane128Double b, Lane128Double c) => MultiplyAdd(Negate(a), b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Max(Lane128Double a, Lane128Double b) => Select(Greater(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Min(Lane128Double a, Lane128Double b) => Select(Greater(b, a), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Abs(Lane128Double x) => new((x.A.AsInt64() & Vector128.Create(long.MaxValue)).AsDouble(), (x.B.AsInt64() & Vector128.Create(long.MaxValue)).AsDouble(), (x.C.AsInt64() & Vector128.Create(long.MaxValue)).AsDouble(), (x.D.AsInt64() & Vector128.Create(long.MaxValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Negate(Lane128Double x) => new((x.A.AsInt64() ^ Vector128.Create(long.MinValue)).AsDouble(), (x.B.AsInt64() ^ Vector128.Create(long.MinValue)).AsDouble(), (x.C.AsInt64() ^ Vector128.Create(long.MinValue)).AsDouble(), (x.D.AsInt64() ^ Vector128.Create(long.MinValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Greater(Lane128Double a, Lane128Double b) => new(Vector128.GreaterThan(a.A, b.A), Vector128.GreaterThan(a.B, b.B), Vector128.GreaterThan(a.C, b.C), Vector128.GreaterThan(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Equal(Lane128Double a, Lane128Double b) => new(Vector128.Equals(a.A, b.A), Vector128.Equals(a.B, b.B), Vector128.Equals(a.C, b.C), Vector128.Equals(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Select(Lane128Double mask, Lane128Double yes, Lane128Double no) => new(Vector128.ConditionalSelect(mask.A, yes.A, no.A), Vector128.ConditionalSelect(mask.B, yes.B, no.B), Vector128.ConditionalSelect(mask.C, yes.C, no.C), Vector128.ConditionalSelect(mask.D, yes.D, no.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Scale(Lane128Double x, Lane128Double n) => new(Scale(x.A, n.A), Scale(x.B, n.B), Scale(x.C, n.C), Scale(x.D, n.D));

    /// <summary>In two steps of half the way, of which only the second can round. Adding the magic number leaves the biased exponent in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<double> Scale(Vector128<double> x, Vector128<double> n)
    {
        Vector128<double> whole = Vector128.Floor(n), half = Vector128.Floor(whole * Vector128.Create(0.5));
        return x * Power(half) * Power(whole - half);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<double> Power(Vector128<double> n) => Vector128.ShiftLeft((n + Vector128.Create(LaneBits.DoublePowerMagic)).AsInt64(), 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Mantissa(Lane128Double x, out Lane128Double exponent)
    {
        var mantissa = new Lane128Double(Mantissa(x.A, out var a), Mantissa(x.B, out var b), Mantissa(x.C, out var c), Mantissa(x.D, out var d));
        exponent = new(a, b, c, d);
        return mantissa;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<double> Mantissa(Vector128<double> x, out Vector128<double> exponent)
    {
        var steps = Vector128.ShiftRightLogical(x.AsInt64() - Vector128.Create(LaneBits.DoubleSplit), 52);
        exponent = (steps | Vector128.Create(LaneBits.DoubleMagicBits)).AsDouble() - Vector128.Create(LaneBits.DoubleMagic);
        return (x.AsInt64() - Vector128.ShiftLeft(steps - Vector128.Create(LaneBits.DoubleBias), 52)).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane128Double mask) => BitOperations.TrailingZeroCount(
        Vector128.ExtractMostSignificantBits(mask.A) | Vector128.ExtractMostSignificantBits(mask.B) << 2 | Vector128.ExtractMostSignificantBits(mask.C) << 4 | Vector128.ExtractMostSignificantBits(mask.D) << 6 | 1u << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Lane128Double x) => LaneBits.Sum((x.A + x.C) + (x.B + x.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Lane128Double x) => LaneBits.Largest(LaneBits.Max(LaneBits.Max(x.A, x.C), LaneBits.Max(x.B, x.D)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Load(float* from)
    {
        Vector128<float> low = Vector128.Load(from), high = Vector128.Load(from + 4);
        return new(Vector128.WidenLower(low), Vector128.WidenUpper(low), Vector128.WidenLower(high), Vector128.WidenUpper(high));
    }

    public static Lane128Double LoadPart(float* from, int count, float padding)
    {
        float* all = stackalloc float[8];
        for (int i = 0; i < 8; i++) all[i] = i < count ? from[i] : padding;
        return Load(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        Vector128.Narrow(A, B).Store(to);
        Vector128.Narrow(C, D).Store(to + 4);
    }

    public void StorePart(float* to, int count)
    {
        float* all = stackalloc float[8];
        Store(all);
        for (int i = 0; i < count; i++) to[i] = all[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128Double Lift(Lane128Double y, Lane128Double x) => new(Lift(y.A, x.A), Lift(y.B, x.B), Lift(y.C, x.C), Lift(y.D, x.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<double> Lift(Vector128<double> y, Vector128<double> x) => (y.AsInt64() + Vector128.ShiftLeft(x.AsInt64(), 48)).AsDouble();

    public static Lane128Double Lookup(double* table, Lane128Double x) => new(Lookup(table, x.A), Lookup(table, x.B), Lookup(table, x.C), Lookup(table, x.D));

    static Vector128<double> Lookup(double* table, Vector128<double> x) => Vector128.Create(table[x.AsInt64()[0] & 15], table[x.AsInt64()[1] & 15]);
}
