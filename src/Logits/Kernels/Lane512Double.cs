using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>8 doubles in one AVX-512 register.</summary>
internal readonly unsafe struct Lane512Double(Vector512<double> value) : IDoubleLane<Lane512Double>
{
    public readonly Vector512<double> Value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double All(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Load(double* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double LoadPart(double* from, int count, double padding) =>
        new(Avx512F.MaskLoad(from, First(count).AsDouble(), Vector512.Create(padding)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* to) => Value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(double* to, int count) => Avx512F.MaskStore(to, First(count).AsDouble(), Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<long> First(int count) => Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double operator +(Lane512Double a, Lane512Double b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double operator -(Lane512Double a, Lane512Double b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double operator *(Lane512Double a, Lane512Double b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double operator /(Lane512Double a, Lane512Double b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double MultiplyAdd(Lane512Double a, Lane512Double b, Lane512Double c) => new(Avx512F.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double MinusMultiply(Lane512Double a, Lane512Double b, Lane512Double c) => new(Avx512F.FusedMultiplyAddNegated(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Max(Lane512Double a, Lane512Double b) => new(Avx512F.Max(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Min(Lane512Double a, Lane512Double b) => new(Avx512F.Min(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Abs(Lane512Double x) => new((x.Value.AsInt64() & Vector512.Create(long.MaxValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Negate(Lane512Double x) => new((x.Value.AsInt64() ^ Vector512.Create(long.MinValue)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Greater(Lane512Double a, Lane512Double b) => new(Vector512.GreaterThan(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Equal(Lane512Double a, Lane512Double b) => new(Vector512.Equals(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Select(Lane512Double mask, Lane512Double yes, Lane512Double no) => new(Vector512.ConditionalSelect(mask.Value, yes.Value, no.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Scale(Lane512Double x, Lane512Double n) => new(Avx512F.Scale(x.Value, n.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Mantissa(Lane512Double x, out Lane512Double exponent)
    {
        var steps = Vector512.ShiftRightLogical(x.Value.AsInt64() - Vector512.Create(LaneBits.DoubleSplit), 52);
        exponent = new((steps | Vector512.Create(LaneBits.DoubleMagicBits)).AsDouble() - Vector512.Create(LaneBits.DoubleMagic));
        return new((x.Value.AsInt64() - Vector512.ShiftLeft(steps - Vector512.Create(LaneBits.DoubleBias), 52)).AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane512Double mask) => BitOperations.TrailingZeroCount(Vector512.ExtractMostSignificantBits(mask.Value) | 1UL << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Lane512Double x) => LaneBits.Sum(x.Value.GetLower() + x.Value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Lane512Double x) => LaneBits.Largest(Avx.Max(x.Value.GetLower(), x.Value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Load(float* from) => new(Avx512F.ConvertToVector512Double(Vector256.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double LoadPart(float* from, int count, float padding) =>
        new(Avx512F.ConvertToVector512Double(Avx512F.VL.MaskLoad(from, FirstFloats(count), Vector256.Create(padding))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => Avx512F.ConvertToVector256Single(Value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(float* to, int count) => Avx512F.VL.MaskStore(to, FirstFloats(count), Avx512F.ConvertToVector256Single(Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FirstFloats(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Lift(Lane512Double y, Lane512Double x) => new((y.Value.AsInt64() + Vector512.ShiftLeft(x.Value.AsInt64(), 48)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512Double Lookup(double* table, Lane512Double x) =>
        new(Avx512F.PermuteVar8x64x2(Vector512.Load(table), x.Value.AsInt64(), Vector512.Load(table + 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(Lane512Double a, Lane512Double b, Lane512Double c, Lane512Double d, double* to)
    {
        Vector256<double> a4 = a.Value.GetLower() + a.Value.GetUpper(), b4 = b.Value.GetLower() + b.Value.GetUpper();
        Vector256<double> c4 = c.Value.GetLower() + c.Value.GetUpper(), d4 = d.Value.GetLower() + d.Value.GetUpper();
        Vector256<double> ac = Avx.Permute2x128(a4, c4, 0x20) + Avx.Permute2x128(a4, c4, 0x31), bd = Avx.Permute2x128(b4, d4, 0x20) + Avx.Permute2x128(b4, d4, 0x31);
        (Avx.UnpackLow(ac, bd) + Avx.UnpackHigh(ac, bd)).Store(to);
    }
}
