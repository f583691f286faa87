using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>One double: the formulas of the vectors, for the scalar functions of <see cref="LogMath"/>.</summary>
internal readonly unsafe struct Lane1(double value) : IDoubleLane<Lane1>
{
    public readonly double Value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 All(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Load(double* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 LoadPart(double* from, int count, double padding) => new(count > 0 ? *from : padding);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* to) => *to = Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(double* to, int count)
    {
        if (count > 0) *to = Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator +(Lane1 a, Lane1 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 a, Lane1 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(Lane1 a, Lane1 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator /(Lane1 a, Lane1 b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 MultiplyAdd(Lane1 a, Lane1 b, Lane1 c) => new(Math.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 MinusMultiply(Lane1 a, Lane1 b, Lane1 c) => new(Math.FusedMultiplyAdd(-a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Max(Lane1 a, Lane1 b) => a.Value > b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Min(Lane1 a, Lane1 b) => a.Value < b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Abs(Lane1 x) => new(Math.Abs(x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Negate(Lane1 x) => new(-x.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Greater(Lane1 a, Lane1 b) => Mask(a.Value > b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Equal(Lane1 a, Lane1 b) => Mask(a.Value == b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Select(Lane1 mask, Lane1 yes, Lane1 no) => BitConverter.DoubleToInt64Bits(mask.Value) != 0 ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Scale(Lane1 x, Lane1 n)
    {
        double whole = Math.Floor(n.Value), half = Math.Floor(whole * 0.5);
        return new(x.Value * Power(half) * Power(whole - half));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static double Power(double n) => BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(n + LaneBits.DoublePowerMagic) << 52);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Mantissa(Lane1 x, out Lane1 exponent)
    {
        long bits = BitConverter.DoubleToInt64Bits(x.Value), steps = (bits - LaneBits.DoubleSplit) >>> 52;
        exponent = new(steps - LaneBits.DoubleBias);
        return new(BitConverter.Int64BitsToDouble(bits - ((steps - LaneBits.DoubleBias) << 52)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSet(Lane1 mask) => BitConverter.DoubleToInt64Bits(mask.Value) != 0 ? 0 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Lane1 x) => x.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Lane1 x) => x.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lane1 Mask(bool holds) => new(BitConverter.Int64BitsToDouble(holds ? -1 : 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Load(float* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 LoadPart(float* from, int count, float padding) => new(count > 0 ? *from : padding);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => *to = (float)Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePart(float* to, int count)
    {
        if (count > 0) *to = (float)Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Lift(Lane1 y, Lane1 x) => new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(y.Value) + (BitConverter.DoubleToInt64Bits(x.Value) << 48)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Lookup(double* table, Lane1 x) => new(table[BitConverter.DoubleToInt64Bits(x.Value) & 15]);
}
