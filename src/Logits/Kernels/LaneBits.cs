using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>What the lanes share: bit patterns, and the last steps of the reduction tree.</summary>
internal static class LaneBits
{
    /// <summary>The bits of ¾: subtracting them makes the exponent field count powers from [¾, 1½).</summary>
    public const int FloatSplit = 0x3F40_0000;

    /// <summary>The bits of ¾ less the exponent bias, so that the difference stays positive and a logical shift will do.</summary>
    public const long DoubleSplit = 0x3FE8_0000_0000_0000 - (DoubleBias << 52);

    public const long DoubleBias = 1023;

    /// <summary>The bits of 2⁵²: an integer below 2⁵² or-ed in is that integer more.</summary>
    public const long DoubleMagicBits = 0x4330_0000_0000_0000;

    /// <summary>2⁵² and the bias, taken away again.</summary>
    public const double DoubleMagic = 4503599627370496 + DoubleBias;

    /// <summary>1.5 · 2²³ + 127: adding an integer n leaves the exponent bits of 2ⁿ in the low bits.</summary>
    public const float FloatPowerMagic = 12582912 + 127;

    /// <summary>1.5 · 2⁵² + 1023: as <see cref="FloatPowerMagic"/>.</summary>
    public const double DoublePowerMagic = 6755399441055744 + 1023;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> x) => Sum(x.GetLower() + x.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector256<double> x) => Sum(x.GetLower() + x.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> x) => (x[0] + x[2]) + (x[1] + x[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector128<double> x) => x[0] + x[1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector256<float> x) => Largest(Max(x.GetLower(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Vector256<double> x) => Largest(Max(x.GetLower(), x.GetUpper()));

    /// <summary>Without a branch, which random scores would make the processor guess wrongly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector128<float> x)
    {
        x = Max(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Max(x, Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(Vector128<double> x) => Max(x, Vector128.Shuffle(x, Vector128.Create(1L, 0L))).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Sse.IsSupported ? Sse.Max(a, b) : Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Max(Vector128<double> a, Vector128<double> b) => Sse2.IsSupported ? Sse2.Max(a, b) : Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    /// <summary>The first <paramref name="count"/> floats, the others <paramref name="padding"/>; reads nothing beyond them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> LoadPart(float* from, int count, float padding)
    {
        var mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
        return Avx.BlendVariable(Vector256.Create(padding), Avx.MaskLoad(from, mask), mask);
    }

    /// <inheritdoc cref="LoadPart(float*, int, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<double> LoadPart(double* from, int count, double padding)
    {
        var mask = Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble();
        return Avx.BlendVariable(Vector256.Create(padding), Avx.MaskLoad(from, mask), mask);
    }

    /// <summary>Writes the first <paramref name="count"/> floats, at most 8, and nothing beyond them: in powers of two, where a masked store would cost some processors a dozen stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePart(Vector256<float> x, float* to, int count)
    {
        if (count >= 8)
        {
            x.Store(to);
            return;
        }
        Vector128<float> next = x.GetLower();
        if ((count & 4) != 0)
        {
            next.Store(to);
            to += 4;
            next = x.GetUpper();
        }
        if ((count & 2) != 0)
        {
            Sse.StoreLow(to, next);
            to += 2;
            next = Sse.MoveHighToLow(next, next);
        }
        if ((count & 1) != 0) *to = next.ToScalar();
    }

    /// <inheritdoc cref="StorePart(Vector256{float}, float*, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePart(Vector256<double> x, double* to, int count)
    {
        if (count >= 4)
        {
            x.Store(to);
            return;
        }
        Vector128<double> next = x.GetLower();
        if ((count & 2) != 0)
        {
            next.Store(to);
            to += 2;
            next = x.GetUpper();
        }
        if ((count & 1) != 0) *to = next.ToScalar();
    }
}
