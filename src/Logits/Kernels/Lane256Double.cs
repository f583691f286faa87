using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>8 doubles in two AVX2 registers.</summary>
internal readonly unsafe struct Lane256Double(Vector256<double> a, Vector256<double> b) : IDoubleLane<Lane256Double>
{
    public readonly Vector256<double> A = a, B = b;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double All(double value)
    {
        var all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Load(double* from) => new(Vector256.Load(from), Vector256.Load(from + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double LoadPart(double* from, int count, double padding) => new(LaneBits.LoadPart(from, count, padding), LaneBits.LoadPart(from + 4, count - 4, padding));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* to)
    {
        A.Store(to);
        B.Store(to + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(double* to, int count)
    {
        LaneBits.StorePart(A, to, count);
        if (count > 4) LaneBits.StorePart(B, to + 4, count - 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double operator +(Lane256Double a, Lane256Double b) => new(a.A + b.A, a.B + b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double operator -(Lane256Double a, Lane256Double b) => new(a.A - b.A, a.B - b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double operator *(Lane256Double a, Lane256Double b) => new(a.A * b.A, a.B * b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double operator /(Lane256Double a, Lane256Double b) => new(a.A / b.A, a.B / b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double MultiplyAdd(Lane256Double a, Lane256Double b, Lane256Double c) => new(Fma.MultiplyAdd(a.A, b.A, c.A), Fma.MultiplyAdd(a.B, b.B, c.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double MinusMultiply(Lane256Double a, Lane256Double b, Lane256Double c) => new(Fma.MultiplyAddNegated(a.A, b.A, c.A), Fma.MultiplyAddNegated(a.B, b.B, c.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Max(Lane256Double a, Lane256Double b) => new(Avx.Max(a.A, b.A), Avx.Max(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Min(Lane256Double a, Lane256Double b) => new(Avx.Min(a.A, b.A), Avx.Min(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Abs(Lane256Double x) => new((x.A.AsInt64() & Vector256.Create(long.MaxValue)).AsDouble(), (x.B.AsInt64() & Vector256.Create(long.MaxValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Negate(Lane256Double x) => new((x.A.AsInt64() ^ Vector256.Create(long.MinValue)).AsDouble(), (x.B.AsInt64() ^ Vector256.Create(long.MinValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Greater(Lane256Double a, Lane256Double b) => new(Vector256.GreaterThan(a.A, b.A), Vector256.GreaterThan(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Equal(Lane256Double a, Lane256Double b) => new(Vector256.Equals(a.A, b.A), Vector256.Equals(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Select(Lane256Double mask, Lane256Double yes, Lane256Double no) => new(Vector256.ConditionalSelect(mask.A, yes.A, no.A), Vector256.ConditionalSelect(mask.B, yes.B, no.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Scale(Lane256Double x, Lane256Double n) => new(Scale(x.A, n.A), Scale(x.B, n.B));

    /// <summary>In two steps of half the way, of which only the second can round. Adding the magic number leaves the biased exponent in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<double> Scale(Vector256<double> x, Vector256<double> n)
    {
        Vector256<double> whole = Vector256.Floor(n), half = Vector256.Floor(whole * Vector256.Create(0.5));
        return x * Power(half) * Power(whole - half);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<double> Power(Vector256<double> n) => Vector256.ShiftLeft((n + Vector256.Create(LaneBits.DoublePowerMagic)).AsInt64(), 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Mantissa(Lane256Double x, out Lane256Double exponent)
    {
        var mantissa = new Lane256Double(Mantissa(x.A, out var a), Mantissa(x.B, out var b));
        exponent = new(a, b);
        return mantissa;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<double> Mantissa(Vector256<double> x, out Vector256<double> exponent)
    {
        var steps = Vector256.ShiftRightLogical(x.AsInt64() - Vector256.Create(LaneBits.DoubleSplit), 52);
        exponent = (steps | Vector256.Create(LaneBits.DoubleMagicBits)).AsDouble() - Vector256.Create(LaneBits.DoubleMagic);
        return (x.AsInt64() - Vector256.ShiftLeft(steps - Vector256.Create(LaneBits.DoubleBias), 52)).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane256Double mask) => BitOperations.TrailingZeroCount(Vector256.ExtractMostSignificantBits(mask.A) | Vector256.ExtractMostSignificantBits(mask.B) << 4 | 1u << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Lane256Double x) => LaneBits.Sum(x.A + x.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Lane256Double x) => LaneBits.Largest(Avx.Max(x.A, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Load(float* from) => Widen(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double LoadPart(float* from, int count, float padding) => Widen(LaneBits.LoadPart(from, count, padding));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => Narrow().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(float* to, int count) => LaneBits.StorePart(Narrow(), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lane256Double Widen(Vector256<float> x) => new(Avx.ConvertToVector256Double(x.GetLower()), Avx.ConvertToVector256Double(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector256<float> Narrow() => Vector256.Create(Avx.ConvertToVector128Single(A), Avx.ConvertToVector128Single(B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Lift(Lane256Double y, Lane256Double x) =>
        new((y.A.AsInt64() + Vector256.ShiftLeft(x.A.AsInt64(), 48)).AsDouble(), (y.B.AsInt64() + Vector256.ShiftLeft(x.B.AsInt64(), 48)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256Double Lookup(double* table, Lane256Double x) => new(Lookup(table, x.A), Lookup(table, x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<double> Lookup(double* table, Vector256<double> x)
    {
        var index = x.AsInt64() & Vector256.Create(15L);
        return Vector256.Create(table[index[0]], table[index[1]], table[index[2]], table[index[3]]);
    }
}
