using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Logits.Kernels;

/// <summary>The exponential and what is made of it over lanes of floats, where doubles would cost half the speed.</summary>
/// <remarks>
/// eˣ = 2^⌊b⌋ · t[j] · (1 + q): b = x log₂e rounded to sixteenths, j its sixteenths, t[j] = 2^(j/16) from a table that fits one register,
/// and q = e^r − 1 for the remainder |r| ≤ ln 2 / 32, where degree 3 is enough. What rounding the table's entry lost comes back through q.
/// </remarks>
internal static unsafe class FloatMath
{
    public const float Log2E = 1.4426950408889634f;

    /// <summary>ln 2 in two parts: with fused multiply-add, x − b·Ln2 is exact.</summary>
    public const float Ln2 = 0.69314718f, Ln2Rest = (float)(0.6931471805599453 - Ln2);

    /// <summary>1.5 · 2¹⁹: adding it rounds to sixteenths and leaves their count in the low bits.</summary>
    public const float SixteenthMagic = 786432;

    /// <summary>e^r − 1 = r (1 + r (Half + r Sixth)): Taylor's coefficients, economised for |r| ≤ ln 2 / 32.</summary>
    public const float Half = 0.5f + 1.466e-5f, Sixth = 0.16666667f + 3.91e-6f;

    /// <summary>2^(j/16), rounded.</summary>
    static ReadOnlySpan<float> Powers =>
    [
        1f, 1.0442737f, 1.0905077f, 1.1387886f, 1.1892071f, 1.2418578f, 1.2968396f, 1.3542556f,
        1.4142135f, 1.4768262f, 1.5422108f, 1.6104903f, 1.6817929f, 1.7562522f, 1.8340081f, 1.9152066f,
    ];

    /// <summary>2^(j/16) / t[j] − 1: what the rounding lost.</summary>
    static ReadOnlySpan<float> Corrections =>
    [
        0f, 4.62854708e-8f, -1.19921571e-8f, 4.72978236e-8f, 3.19341809e-8f, 3.62105731e-8f, -3.09907208e-8f, -7.47521317e-9f,
        1.71142713e-8f, -3.04768342e-8f, 5.23333425e-9f, 6.10759162e-9f, -1.47196054e-8f, -5.25879512e-9f, -6.12825982e-9f, 5.14060921e-9f,
    ];

    /// <summary>1.5 · 2¹⁹: rounded exponents from here on, up to 2048 sixteenths, are within the window of <see cref="WindowPower"/>.</summary>
    public const float WindowBottom = SixteenthMagic;

    /// <summary>Rounded exponents within the window have these bits in common with <see cref="WindowBottom"/>.</summary>
    public const int WindowMask = ~0x7FF;

    /// <summary>Where 2⁰ stands in the window, 64 powers above its bottom: adding it to x log₂e rounds to sixteenths.</summary>
    public const float WindowOne = WindowBottom + 64;

    /// <summary>(ln 2)² / 2 and (ln 2)³ / 6, economised as <see cref="Half"/> and <see cref="Sixth"/> are.</summary>
    public const float SquareOfTwo = (float)(0.6931471805599453 * 0.6931471805599453 * Half), CubicOfTwo = (float)(0.6931471805599453 * 0.6931471805599453 * 0.6931471805599453 * Sixth);

    /// <summary>The bits of 2^(j/16), less what <see cref="IFloatLane{V, D}.RaiseBits"/> adds to them for j and for <see cref="WindowOne"/>.</summary>
    static ReadOnlySpan<uint> WindowPowers =>
    [
        0x1F800000, 0x1F7DAAC3, 0x1F7B95C2, 0x1F79C3D3, 0x1F7837F0, 0x1F76F532, 0x1F75FED7, 0x1F75583F,
        0x1F7504F3, 0x1F7508A4, 0x1F75672A, 0x1F76248C, 0x1F7744FD, 0x1F78CCDF, 0x1F7AC0C7, 0x1F7D257D,
    ];

    /// <summary>What a share multiplies above and below: see <see cref="Sigmoid{V, D}(V)"/>.</summary>
    public const float ShareUnit = 1.5f;

    /// <summary><see cref="WindowPowers"/> of 1½ · 2^(j/16).</summary>
    static ReadOnlySpan<uint> SharePowers =>
    [
        0x1FC00000, 0x1FC08025, 0x1FC160A3, 0x1FC2A5BD, 0x1FC453E8, 0x1FC66FCC, 0x1FC8FE42, 0x1FCA022F,
        0x1FC7C3B6, 0x1FC5C67B, 0x1FC40D60, 0x1FC29B69, 0x1FC173BE, 0x1FC099A7, 0x1FC01095, 0x1FBFDC1E,
    ];

    /// <summary><see cref="Corrections"/> of 1½ · 2^(j/16).</summary>
    static ReadOnlySpan<float> ShareCorrections =>
    [
        0f, 8.23373281e-9f, -1.19921575e-8f, 1.24042261e-8f, 3.19341815e-8f, -2.7784564e-8f, -3.49745566e-10f, 2.18666862e-8f,
        4.52121718e-8f, -3.04768335e-8f, -4.62984389e-8f, 6.10759177e-9f, -3.83470251e-8f, 1.73669026e-8f, 1.55381823e-8f, -1.56072471e-8f,
    ];

    // Constant spans live in the program image, which does not move.
    static float* PowerTable => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Powers));
    static float* CorrectionTable => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Corrections));

    /// <summary>t[j] and its correction for the sixteenths in the low bits of <paramref name="rounded"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Power<V, D>(V rounded, out V correction) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        correction = V.Lookup(CorrectionTable, rounded);
        return V.Lookup(PowerTable, rounded);
    }

    /// <summary>The table for <see cref="WindowPower"/>, which a loop reads once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadWindowPowers<V>() where V : struct, ILane<V, float> => V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(WindowPowers)));

    /// <summary>What <see cref="WindowPower"/> lost by rounding, relatively, by the same index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadCorrections<V>() where V : struct, ILane<V, float> => V.Load(CorrectionTable);

    /// <summary><see cref="LoadWindowPowers"/> for a sigmoid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadSharePowers<V>() where V : struct, ILane<V, float> => V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(SharePowers)));

    /// <summary><see cref="LoadCorrections"/> for a sigmoid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadShareCorrections<V>() where V : struct, ILane<V, float> => V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ShareCorrections)));

    /// <summary>2^b for b in sixteenths from −64 to 64, given b + <see cref="WindowOne"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WindowPower<V, D>(V powers, V rounded) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> => V.RaiseBits(V.Lookup(powers, rounded), rounded);

    /// <summary>eˣ = 2^⌊b⌋ · power · (1 + q); x is finite, |x| below 10⁵.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, D>(V x, out V b, out V q) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V rounded = V.MultiplyAdd(x, V.All(Log2E), V.All(SixteenthMagic));
        b = rounded - V.All(SixteenthMagic);
        V power = Power<V, D>(rounded, out V correction);
        V r = V.MinusMultiply(b, V.All(Ln2Rest), V.MinusMultiply(b, V.All(Ln2), x));
        V p = V.MultiplyAdd(V.MultiplyAdd(r, V.All(Sixth), V.All(Half)), r, V.All(1));
        q = V.MultiplyAdd(p, r, correction);
        return power;
    }

    /// <summary>eˣ within 0.8 ulp; 0 below −103.98, +∞ above 88.73, subnormal results kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V power = Exp<V, D>(V.Max(V.All(-110), V.Min(V.All(100), x)), out V b, out V q);
        return V.Scale(V.MultiplyAdd(power, q, power), b);
    }

    /// <summary>1 / (1 + e⁻ˣ) = 1½ eˣ / (1½ + 1½ eˣ), within 2 ulp.</summary>
    /// <remarks>
    /// Three roundings meet: of what stands above, of what stands below, of their quotient. Each costs twice as many ulp where its number begins a binade and the result ends one, which
    /// for eˣ and 1 + eˣ is at the same x: just above every power of two of eˣ. Times 1½, which the table of powers holds already, no two fall together. Below the window 1 + eˣ is 1,
    /// and eˣ keeps its subnormal results.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        // Half a step past the window its formula still holds, and its limits are the same.
        V bounded = V.Max(V.All(-45), V.Min(V.All(45), x)), outside = bounded, one = V.All(1), origin = V.All(WindowOne);
        V power = WindowRows.Weight<V, D>(
            bounded, V.All(Log2E), origin, V.All(Ln2), V.All(Ln2Rest), one, V.All(Half), V.All(Sixth), one, LoadSharePowers<V>(), LoadShareCorrections<V>(), ref outside, out V q);
        V inside = V.Greater(V.MultiplyAdd(bounded, V.All(Log2E), origin), V.All(WindowBottom - 1f / 32));
        return V.Select(inside, Share(V.MultiplyAdd(power, q, power), V.All(ShareUnit)), ExpOfNegative<V, D>(x));
    }

    /// <summary>e / (unit + e).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Share<V>(V e, V unit) where V : struct, ILane<V, float> => e / (unit + e);

    /// <summary>1 / (1 + e⁻ˣ) given <paramref name="e"/> = e^−|x|, within 2.5 ulp: for slopes, which are rounded again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V QuickSigmoid<V, D>(V x, V e) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> =>
        V.SelectBySign(x, e, V.All(1)) / (V.All(1) + e);

    /// <summary>eˣ for x ≤ 0, within 0.8 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfNegative<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V power = Exp<V, D>(V.Max(V.All(-110), x), out V b, out V q);
        return V.Scale(V.MultiplyAdd(power, q, power), b);
    }

    /// <summary>log(1 + e) for e from 0 to 1: e times the minimax polynomial of degree 9 of log(1 + e) / e, 1.4 ulp with its roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1PUpTo1<V, D>(V e) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        V p = V.MultiplyAdd(V.All(-0.003413752419874072f), e, V.All(0.02063022367656231f));
        p = V.MultiplyAdd(p, e, V.All(-0.05845510959625244f));
        p = V.MultiplyAdd(p, e, V.All(0.10759523510932922f));
        p = V.MultiplyAdd(p, e, V.All(-0.15401148796081543f));
        p = V.MultiplyAdd(p, e, V.All(0.19710849225521088f));
        p = V.MultiplyAdd(p, e, V.All(-0.24961473047733307f));
        p = V.MultiplyAdd(p, e, V.All(0.3333077132701874f));
        p = V.MultiplyAdd(p, e, V.All(-0.49999940395355225f));
        return e * V.MultiplyAdd(p, e, V.All(1));
    }
}
