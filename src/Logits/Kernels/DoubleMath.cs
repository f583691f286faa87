using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Logits.Kernels;

/// <summary>The elementary functions over lanes of doubles, within 1 ulp unless said; floats that go through here come out correctly rounded but for near ties.</summary>
/// <remarks>
/// Where a result feeds another function, its rounding error goes along as a second part (a low word), so that errors do not add up.
/// </remarks>
internal static class DoubleMath
{
    public const double Log2E = 1.4426950408889634;

    /// <summary>ln 2 in two parts; with fused multiply-add the first product is exact, the second carries the rest.</summary>
    public const double Ln2 = 0.6931471805599453, Ln2Rest = 2.3190468138462996e-17;

    /// <summary>ln 2 with 42 bits, so that k · Ln2Short is exact for every exponent k, and the rest.</summary>
    const double Ln2Short = 0.6931471805598903, Ln2ShortRest = 5.497923018708371e-14;

    /// <summary>1.5 · 2⁵²: adding it rounds to an integer.</summary>
    public const double RoundMagic = 6755399441055744;

    /// <summary>1.5 · 2⁴⁸: adding it rounds to sixteenths and leaves their count in the low bits.</summary>
    public const double SixteenthMagic = 422212465065984;

    /// <summary>The bits of 2^(j/16), less j sixteenths of a power: adding the count of all sixteenths to the exponent then gives 2^(n + j/16).</summary>
    static ReadOnlySpan<long> Powers =>
    [
        0x3FF0_0000_0000_0000, 0x3FEF_B558_6CF9_890F, 0x3FEF_72B8_3C7D_517B, 0x3FEF_387A_6E75_6238,
        0x3FEF_06FE_0A31_B715, 0x3FEE_DEA6_4C12_3422, 0x3FEE_BFDA_D536_2A27, 0x3FEE_AB07_DD48_5429,
        0x3FEE_A09E_667F_3BCD, 0x3FEE_A114_73EB_0187, 0x3FEE_ACE5_422A_A0DB, 0x3FEE_C491_82A3_F090,
        0x3FEE_E89F_995A_D3AD, 0x3FEF_199B_DD85_529C, 0x3FEF_5818_DCFB_A487, 0x3FEF_A4AF_A2A4_90DA,
    ];

    /// <summary>2ᵇ, rounded, for b a whole number of sixteenths from −1022 on, from <paramref name="rounded"/> = b + <see cref="SixteenthMagic"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe V Power<V>(V rounded) where V : struct, IDoubleLane<V> =>
        V.Lift(V.Lookup((double*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Powers)), rounded), rounded);   // constant spans live in the program image, which does not move

    /// <summary>eˣ − 1 for |x| ≤ ln 2 / 32, as x + x² P(x); P is the minimax polynomial of degree 4, 2⁻⁵⁶ off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpM1NearestTo0<V>(V r) where V : struct, IDoubleLane<V>
    {
        V square = r * r, low = V.MultiplyAdd(r, V.All(0.16666666664382443), V.All(0.5000000000000006)), high = V.MultiplyAdd(r, V.All(0.008333473010054424), V.All(0.04166666665954688));
        high = V.MultiplyAdd(square, V.All(0.0013889130859587025), high);
        return V.MultiplyAdd(square, V.MultiplyAdd(square, high, low), r);
    }

    /// <summary>eˣ − 1 for |x| ≤ ln 2 / 2, as x + x² P(x); P is the Chebyshev interpolant of degree 10, 2⁻⁶¹ off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpM1Near0<V>(V r) where V : struct, IDoubleLane<V>
    {
        V p = V.All(2.0914686968086876e-09);
        p = V.MultiplyAdd(p, r, V.All(2.5105217004720745e-08));
        p = V.MultiplyAdd(p, r, V.All(2.75572736431103e-07));
        p = V.MultiplyAdd(p, r, V.All(2.7557255400206422e-06));
        p = V.MultiplyAdd(p, r, V.All(2.4801587325547743e-05));
        p = V.MultiplyAdd(p, r, V.All(0.00019841269874820627));
        p = V.MultiplyAdd(p, r, V.All(0.0013888888888883748));
        p = V.MultiplyAdd(p, r, V.All(0.008333333333326136));
        p = V.MultiplyAdd(p, r, V.All(0.04166666666666667));
        p = V.MultiplyAdd(p, r, V.All(0.1666666666666667));
        p = V.MultiplyAdd(p, r, V.All(0.5));
        return V.MultiplyAdd(r * r, p, r);
    }

    /// <summary>eˣ = 2ⁿ (1 + q): n a whole number, |q| below 0.42. x is finite and |x| below 2⁴⁰.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x, out V n) where V : struct, IDoubleLane<V>
    {
        n = V.MultiplyAdd(x, V.All(Log2E), V.All(RoundMagic)) - V.All(RoundMagic);
        return ExpM1Near0(V.MinusMultiply(n, V.All(Ln2Rest), V.MinusMultiply(n, V.All(Ln2), x)));
    }

    /// <summary>eˣ; 0 below −745.14, +∞ above 709.79, subnormal results kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : struct, IDoubleLane<V>
    {
        V q = Exp(V.Max(V.All(-760), V.Min(V.All(720), x)), out V n);
        return V.Scale(V.All(1) + q, n);
    }

    /// <summary>eˣ for x ≤ 0 in two parts, high + <paramref name="low"/>, good to 2⁻⁵⁶.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpInTwo<V>(V x, out V low) where V : struct, IDoubleLane<V>
    {
        V q = Exp(V.Max(V.All(-760), x), out V n), one = V.All(1), high = one + q;
        // The low part is lost to underflow only where it is below the smallest number anyway.
        V power = V.Scale(one, n);
        low = ((one - high) + q) * power;
        return V.Scale(high, n);
    }

    /// <summary>eˣ − 1; −1 at −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpM1<V>(V x) where V : struct, IDoubleLane<V>
    {
        V bounded = V.Max(V.All(-50), V.Min(V.All(709), x));
        V q = Exp(bounded, out V n), power = V.Scale(V.All(1), n);
        V y = V.MultiplyAdd(power, q, power - V.All(1));
        return V.Select(V.Greater(x, V.All(709)), Exp(x), y);
    }

    /// <summary>log m for m in [¾, 1½) plus <paramref name="low"/>, plus k ln 2.</summary>
    /// <remarks>
    /// With f = m − 1 and s = f / (2 + f): log m = f − f²/2 + s (f²/2 + 2 s² Q(s²)), so that f, which is exact, stands alone
    /// in front and the rounding of all else is small beside it.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V LogOfParts<V>(V m, V k, V low) where V : struct, IDoubleLane<V>
    {
        V f = m - V.All(1), s = f / (V.All(2) + f), w = s * s, half = V.All(0.5) * f * f;
        V w2 = w * w;
        V p = V.MultiplyAdd(w2, V.MultiplyAdd(V.All(0.06804014590020938), w, V.All(0.0660491929143523)), V.MultiplyAdd(V.All(0.07694430589460562), w, V.All(0.0909086889609023)));
        V q = V.MultiplyAdd(w2, V.MultiplyAdd(V.All(0.11111111523119076), w, V.All(0.14285714283644313)), V.MultiplyAdd(V.All(0.20000000000003956), w, V.All(0.3333333333333333)));
        p = V.MultiplyAdd(w2 * w2, p, q);
        V rest = V.MultiplyAdd(s, V.MultiplyAdd(w + w, p, half), V.MultiplyAdd(k, V.All(Ln2ShortRest), low));
        return V.MultiplyAdd(k, V.All(Ln2Short), f - (half - rest));
    }

    /// <summary>log x; −∞ at 0, NaN below; subnormal x too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V>(V x) where V : struct, IDoubleLane<V>
    {
        V subnormal = V.Greater(V.All(2.2250738585072014e-308), x);
        V m = V.Mantissa(V.Select(subnormal, x * V.All(18014398509481984), x), out V k);
        k = V.Select(subnormal, k - V.All(54), k);
        return AtTheEnds(x, LogOfParts(m, k, V.All(0)));
    }

    /// <summary>log x for normal x above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogOfNormal<V>(V x) where V : struct, IDoubleLane<V> => LogOfParts(V.Mantissa(x, out V k), k, V.All(0));

    /// <summary>y for finite x above 0; the logarithm's limits elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V AtTheEnds<V>(V x, V y) where V : struct, IDoubleLane<V>
    {
        V zero = V.All(0);
        y = V.Select(V.Greater(x, V.All(double.MaxValue)), x, y);
        y = V.Select(V.Equal(x, zero), V.All(double.NegativeInfinity), y);
        // Below 0, and NaN itself, is what fails both comparisons.
        return V.Select(V.Greater(x, zero), y, V.Select(V.Equal(x, zero), y, V.All(double.NaN)));
    }

    /// <summary>log(1 + x + low); −∞ at −1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1P<V>(V x, V low) where V : struct, IDoubleLane<V>
    {
        V one = V.All(1), u = one + x;
        return AtTheEnds(u, Log1POfSum(u, x, low));
    }

    /// <summary>log(1 + x) for x from 10⁻⁶ on, within 2·10⁻¹⁰ of itself: where the result goes into a float, and others wait for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V RoughLog1P<V>(V x) where V : struct, IDoubleLane<V>
    {
        // log m = 2 artanh s of s = (m − 1) / (m + 1), s² up to 0.04: the Chebyshev interpolant, 8·10⁻¹¹ off.
        V one = V.All(1), m = V.Mantissa(one + x, out V k), s = (m - one) / (m + one), w = s * s, twice = s + s;
        V p = V.MultiplyAdd(V.All(0.11873872108951518), w, V.All(0.14266362408416203)), q = V.MultiplyAdd(V.All(0.20000155744770007), w, V.All(0.3333333313839712));
        return V.MultiplyAdd(twice * w, V.MultiplyAdd(w * w, p, q), V.MultiplyAdd(k, V.All(Ln2), twice));
    }

    /// <summary>log(1 + x + low) for x from 0 to 1, without the checks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1PUpTo1<V>(V x, V low) where V : struct, IDoubleLane<V> => Log1POfSum(V.All(1) + x, x, low);

    /// <summary>What u = 1 + x rounded away is found exactly and comes in through the derivative: log(u + c) = log u + c / u.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Log1POfSum<V>(V u, V x, V low) where V : struct, IDoubleLane<V>
    {
        V one = V.All(1), x2 = u - one;
        V c = ((one - (u - x2)) + (x - x2)) + low;
        V m = V.Mantissa(u, out V k);
        return LogOfParts(m, k, c / u);
    }

    /// <summary>1 / (1 + e⁻ˣ); the quotient is corrected by its remainder, so that only one rounding counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x) where V : struct, IDoubleLane<V>
    {
        V one = V.All(1), zero = V.All(0);
        V e = ExpInTwo(V.Negate(V.Abs(x)), out V low);
        V positive = V.Greater(x, zero);
        V top = V.Select(positive, one, e), topLow = V.Select(positive, zero, low);
        V bottom = one + e, bottomLow = ((one - bottom) + e) + low;
        V inverse = one / bottom, y = top * inverse;
        V remainder = V.MinusMultiply(y, bottomLow, V.MinusMultiply(y, bottom, top) + topLow);
        return V.MultiplyAdd(remainder, inverse, y);
    }

    /// <summary>log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus<V>(V x) where V : struct, IDoubleLane<V>
    {
        V e = ExpInTwo(V.Negate(V.Abs(x)), out V low);
        return V.Max(V.All(0), x) + Log1PUpTo1(e, low);
    }

    /// <summary>log(p / (1 − p)); −∞ at 0, +∞ at 1, NaN outside.</summary>
    /// <remarks>Between ¼ and ¾ the logarithm is near 0 and its argument is taken relative to 1: log(1 + (2p − 1) / (1 − p)).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Logit<V>(V p) where V : struct, IDoubleLane<V>
    {
        V one = V.All(1), rest = one - p;
        V restLow = (one - rest) - p;
        V numerator = p - rest, near = (numerator - restLow) / rest;
        // (2p − 1) / (1 − p) in two parts.
        V nearLow = V.MinusMultiply(near, rest, numerator);
        nearLow = (nearLow - restLow - near * restLow) / rest;
        V middle = V.Greater(V.All(0.25), V.Abs(p - V.All(0.5)));
        V y = V.Select(middle, Log1P(V.Select(middle, near, V.All(0)), V.Select(middle, nearLow, V.All(0))), Log(p / rest));
        y = V.Select(V.Equal(p, one), V.All(double.PositiveInfinity), y);
        return V.Select(V.Greater(p, one), V.All(double.NaN), y);
    }

    /// <summary>log(1 − eˣ); −∞ at 0, NaN above.</summary>
    /// <remarks>Through expm1 near 0 and through log1p below −ln 2, where each keeps its digits.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1MExp<V>(V x) where V : struct, IDoubleLane<V>
    {
        V near = V.Greater(x, V.All(-Ln2));
        V far = V.Select(near, V.All(-1), x);
        V e = ExpInTwo(far, out V low);
        V y = V.Select(near, Log(V.Negate(ExpM1(x))), Log1P(V.Negate(e), V.Negate(low)));
        return V.Select(V.Equal(x, x), y, x);
    }
}
