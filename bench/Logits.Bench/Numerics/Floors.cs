using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Bench.Numerics;

/// <summary>The least a function must do for an element, as the plainest loop that does it: no care for large scores, infinities, the last digit, or equal bits elsewhere.</summary>
/// <remarks>
/// Nothing of the library is used here. eˣ = 2^k · t[j] · p(r): j is x log₂e's fraction in eighths or sixteenths, t a table that fits one register, p a cubic in the remainder, which is taken in
/// two steps; k is added to the exponent's bits: 1.04 ulp where scores are moderate. Written once over <see cref="IWide{V}"/>, run in the widest registers the machine has.
/// </remarks>
static unsafe class Floors
{
    const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Σ eˣ: read, exponential, add. What a log-sum-exp cannot do without.</summary>
    public static float ExpSum(float[] x)
    {
        fixed (float* from = x) return Vector512.IsHardwareAccelerated ? ExpSum<Wide512>(from, x.Length) : ExpSum<Wide256>(from, x.Length);
    }

    /// <summary>y = eˣ: what a softmax, its logarithm, and a cross-entropy with its gradient cannot do without.</summary>
    public static void Exp(float[] x, float[] y)
    {
        fixed (float* from = x, to = y)
            if (Vector512.IsHardwareAccelerated) Exp<Wide512>(from, to, x.Length);
            else Exp<Wide256>(from, to, x.Length);
    }

    /// <summary>y = 1 / (1 + e⁻ˣ): one exponential and one division.</summary>
    public static void Sigmoid(float[] x, float[] y)
    {
        fixed (float* from = x, to = y)
            if (Vector512.IsHardwareAccelerated) Sigmoid<Wide512>(from, to, x.Length);
            else Sigmoid<Wide256>(from, to, x.Length);
    }

    /// <summary>The summed binary cross-entropy and its slopes (σ(z) − t) / n: one exponential, one division, log(1 + e) by a polynomial.</summary>
    public static float BinaryCrossEntropy(float[] z, float[] t, float[] gradient)
    {
        fixed (float* scores = z, targets = t, slopes = gradient)
            return Vector512.IsHardwareAccelerated ? BinaryCrossEntropy<Wide512>(scores, targets, slopes, z.Length) : BinaryCrossEntropy<Wide256>(scores, targets, slopes, z.Length);
    }

    /// <summary>A copy past the caches: what is written is not read first. Cheaper than a plain copy where neither array fits a cache.</summary>
    public static void CopyPastCaches(float[] x, float[] y)
    {
        fixed (float* from = x, to = y)
            if (Vector512.IsHardwareAccelerated) CopyPastCaches<Wide512>(from, to, x.Length);
            else CopyPastCaches<Wide256>(from, to, x.Length);
    }

    /// <summary>Stops the run when a floor is not the function it is named for: a loop that does less is no floor.</summary>
    public static void Verify()
    {
        const int Length = 1003;
        float[] x = Rows.Normal(Length), y = new float[Length], targets = [.. Enumerable.Range(0, Length).Select(i => i % 2f)];
        Near("exp-sum", x.Sum(v => Math.Exp(v)), ExpSum(x));
        Exp(x, y);
        for (int i = 0; i < Length; i++) Near("exp", Math.Exp(x[i]), y[i]);
        Sigmoid(x, y);
        for (int i = 0; i < Length; i++) Near("sigmoid", 1 / (1 + Math.Exp(-x[i])), y[i]);
        Near("binary cross-entropy", x.Select((z, i) => Math.Log(1 + Math.Exp(z)) - z * targets[i]).Sum(), BinaryCrossEntropy(x, targets, y));
        for (int i = 0; i < Length; i++) Near("its slope", 1 + (1 / (1 + Math.Exp(-x[i])) - targets[i]) / Length, 1 + y[i]);
        CopyPastCaches(x, y);
        if (!x.AsSpan().SequenceEqual(y)) throw new InvalidOperationException("the copy past the caches is no copy");

        static void Near(string what, double expected, double actual)
        {
            if (!(Math.Abs(actual / expected - 1) < 1e-6)) throw new InvalidOperationException($"the floor of {what} gives {actual:R}, not {expected:R}");
        }
    }

    const float Log2E = 1.44269504f, Ln2 = 0.693147181f, Ln2Rest = -1.90465421e-9f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Exp<V>(V x, V powers, V log2E, V magic, V ln2, V ln2Rest, V sixth, V half, V one) where V : struct, IWide<V>
    {
        V rounded = V.MultiplyAdd(x, log2E, magic), b = rounded - magic;
        V r = V.MinusMultiply(b, ln2Rest, V.MinusMultiply(b, ln2, x));
        V p = V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, one), power = V.Power(powers, rounded);
        return V.MultiplyAdd(power * r, p, power);
    }

    [MethodImpl(Loop)]
    static float ExpSum<V>(float* x, nint n) where V : struct, IWide<V>
    {
        V powers = V.Powers, log2E = V.All(Log2E), magic = V.All(V.Magic), ln2 = V.All(Ln2), ln2Rest = V.All(Ln2Rest), sixth = V.All(1f / 6), half = V.All(0.5f), one = V.All(1), a = V.All(0), b = a;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            a += Exp(V.Load(x + i), powers, log2E, magic, ln2, ln2Rest, sixth, half, one);
            b += Exp(V.Load(x + i + V.Count), powers, log2E, magic, ln2, ln2Rest, sixth, half, one);
        }
        int past = 0;
        for (; i < n; i += V.Count)
        {
            int left = (int)Math.Min(V.Count, n - i);
            a += Exp(V.LoadPart(x + i, left), powers, log2E, magic, ln2, ln2Rest, sixth, half, one);
            past = V.Count - left;
        }
        return V.Sum(a + b) - past;    // a zero past the end adds 1
    }

    [MethodImpl(Loop)]
    static void Exp<V>(float* x, float* y, nint n) where V : struct, IWide<V>
    {
        V powers = V.Powers, log2E = V.All(Log2E), magic = V.All(V.Magic), ln2 = V.All(Ln2), ln2Rest = V.All(Ln2Rest), sixth = V.All(1f / 6), half = V.All(0.5f), one = V.All(1);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) Exp(V.Load(x + i), powers, log2E, magic, ln2, ln2Rest, sixth, half, one).Store(y + i);
        if (i < n) Exp(V.LoadPart(x + i, (int)(n - i)), powers, log2E, magic, ln2, ln2Rest, sixth, half, one).StorePart(y + i, (int)(n - i));
    }

    [MethodImpl(Loop)]
    static void Sigmoid<V>(float* x, float* y, nint n) where V : struct, IWide<V>
    {
        // e⁻ˣ: the signs have gone into the constants.
        V powers = V.Powers, log2E = V.All(-Log2E), magic = V.All(V.Magic), ln2 = V.All(-Ln2), ln2Rest = V.All(-Ln2Rest), sixth = V.All(-1f / 6), half = V.All(0.5f), minus = V.All(-1), one = V.All(1);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) (one / (one + Exp(V.Load(x + i), powers, log2E, magic, ln2, ln2Rest, sixth, half, minus))).Store(y + i);
        if (i < n) (one / (one + Exp(V.LoadPart(x + i, (int)(n - i)), powers, log2E, magic, ln2, ln2Rest, sixth, half, minus))).StorePart(y + i, (int)(n - i));
    }

    [MethodImpl(Loop)]
    static float BinaryCrossEntropy<V>(float* z, float* t, float* gradient, nint n) where V : struct, IWide<V>
    {
        V powers = V.Powers, log2E = V.All(Log2E), magic = V.All(V.Magic), ln2 = V.All(Ln2), ln2Rest = V.All(Ln2Rest), sixth = V.All(1f / 6), half = V.All(0.5f), one = V.All(1), zero = V.All(0);
        // log(1 + e) / e on [0, 1], within 3e-8
        V c8 = V.All(0.00525345793f), c7 = V.All(-0.0295885075f), c6 = V.All(0.0783616677f), c5 = V.All(-0.136747703f), c4 = V.All(0.191114306f), c3 = V.All(-0.248443693f), c2 = V.All(0.333192706f), c1 = V.All(-0.499995023f);
        V scale = V.All(1f / n), sum = zero;
        int past = 0;
        for (nint i = 0; i < n; i += V.Count)
        {
            int left = (int)Math.Min(V.Count, n - i);
            V s = left == V.Count ? V.Load(z + i) : V.LoadPart(z + i, left), target = left == V.Count ? V.Load(t + i) : V.LoadPart(t + i, left);
            V e = Exp(V.Min(s, zero - s), powers, log2E, magic, ln2, ln2Rest, sixth, half, one), inverse = one / (one + e);
            V log = V.MultiplyAdd(e, c8, c7);
            log = V.MultiplyAdd(e, log, c6);
            log = V.MultiplyAdd(e, log, c5);
            log = V.MultiplyAdd(e, log, c4);
            log = V.MultiplyAdd(e, log, c3);
            log = V.MultiplyAdd(e, log, c2);
            log = V.MultiplyAdd(e, log, c1);
            log = V.MultiplyAdd(e, log, one);
            sum += V.MultiplyAdd(e, log, V.MinusMultiply(s, target, V.Max(s, zero)));
            V slope = (V.WherePositive(s, inverse, e * inverse) - target) * scale;
            if (left == V.Count) slope.Store(gradient + i);
            else slope.StorePart(gradient + i, left);
            past = V.Count - left;
        }
        return V.Sum(sum) - past * Ln2;    // a zero past the end costs log 2
    }

    [MethodImpl(Loop)]
    static void CopyPastCaches<V>(float* x, float* y, nint n) where V : struct, IWide<V>
    {
        nint i = 0;
        for (; i < n && ((nint)(y + i) & (V.Count * sizeof(float) - 1)) != 0; i++) y[i] = x[i];
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            V a = V.Load(x + i), b = V.Load(x + i + V.Count), c = V.Load(x + i + 2 * V.Count), d = V.Load(x + i + 3 * V.Count);
            a.StorePastCaches(y + i);
            b.StorePastCaches(y + i + V.Count);
            c.StorePastCaches(y + i + 2 * V.Count);
            d.StorePastCaches(y + i + 3 * V.Count);
        }
        for (; i < n; i++) y[i] = x[i];
    }

    /// <summary>A register of floats: just what the floors ask of one.</summary>
    interface IWide<V> where V : struct, IWide<V>
    {
        static abstract int Count { get; }

        /// <summary>2^(j/8) or 2^(j/16), with j's own bits taken out beforehand, see <see cref="Power"/>.</summary>
        static abstract V Powers { get; }

        /// <summary>Adding it rounds to the table's fractions and leaves their count in the low bits.</summary>
        static abstract float Magic { get; }

        /// <summary>2^(count of fractions / size of the table): the table's entry plus the count, moved up to where the exponent stands.</summary>
        static abstract V Power(V powers, V rounded);

        static abstract V All(float x);
        static abstract V Load(float* from);

        /// <summary>The first elements; the others are 0.</summary>
        static abstract V LoadPart(float* from, int count);
        void Store(float* to);
        void StorePart(float* to, int count);
        void StorePastCaches(float* to);
        static abstract V operator +(V a, V b);
        static abstract V operator -(V a, V b);
        static abstract V operator *(V a, V b);
        static abstract V operator /(V a, V b);
        static abstract V MultiplyAdd(V a, V b, V c);

        /// <summary>c − a·b.</summary>
        static abstract V MinusMultiply(V a, V b, V c);
        static abstract V Min(V a, V b);
        static abstract V Max(V a, V b);
        static abstract V WherePositive(V x, V yes, V no);
        static abstract float Sum(V x);
    }

    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    readonly struct Wide512(Vector512<float> value) : IWide<Wide512>
    {
        readonly Vector512<float> _value = value;

        static readonly Vector512<int> s_powers = Vector512.Create([.. Enumerable.Range(0, 16).Select(j => BitConverter.SingleToInt32Bits((float)Math.Pow(2, j / 16.0)) - (j << 19))]);

        public static int Count => 16;
        public static float Magic => 786432;    // 1.5 · 2¹⁹
        public static Wide512 Powers => new(s_powers.AsSingle());
        [MethodImpl(Inline)] public static Wide512 Power(Wide512 powers, Wide512 rounded) => new((Avx512F.PermuteVar16x32(powers._value.AsInt32(), rounded._value.AsInt32()) + Vector512.ShiftLeft(rounded._value.AsInt32(), 19)).AsSingle());
        [MethodImpl(Inline)] public static Wide512 All(float x) => new(Vector512.Create(x));
        [MethodImpl(Inline)] public static Wide512 Load(float* from) => new(Vector512.Load(from));
        [MethodImpl(Inline)] public static Wide512 LoadPart(float* from, int count) => new(Avx512F.MaskLoad(from, First(count), Vector512<float>.Zero));
        [MethodImpl(Inline)] public void Store(float* to) => _value.Store(to);
        [MethodImpl(Inline)] public void StorePart(float* to, int count) => Avx512F.MaskStore(to, First(count), _value);
        [MethodImpl(Inline)] public void StorePastCaches(float* to) => _value.StoreAlignedNonTemporal(to);
        [MethodImpl(Inline)] static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
        [MethodImpl(Inline)] public static Wide512 operator +(Wide512 a, Wide512 b) => new(a._value + b._value);
        [MethodImpl(Inline)] public static Wide512 operator -(Wide512 a, Wide512 b) => new(a._value - b._value);
        [MethodImpl(Inline)] public static Wide512 operator *(Wide512 a, Wide512 b) => new(a._value * b._value);
        [MethodImpl(Inline)] public static Wide512 operator /(Wide512 a, Wide512 b) => new(a._value / b._value);
        [MethodImpl(Inline)] public static Wide512 MultiplyAdd(Wide512 a, Wide512 b, Wide512 c) => new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));
        [MethodImpl(Inline)] public static Wide512 MinusMultiply(Wide512 a, Wide512 b, Wide512 c) => new(Avx512F.FusedMultiplyAddNegated(a._value, b._value, c._value));
        [MethodImpl(Inline)] public static Wide512 Min(Wide512 a, Wide512 b) => new(Avx512F.Min(a._value, b._value));
        [MethodImpl(Inline)] public static Wide512 Max(Wide512 a, Wide512 b) => new(Avx512F.Max(a._value, b._value));
        [MethodImpl(Inline)] public static Wide512 WherePositive(Wide512 x, Wide512 yes, Wide512 no) => new(Vector512.ConditionalSelect(Vector512.GreaterThan(x._value, Vector512<float>.Zero), yes._value, no._value));
        [MethodImpl(Inline)] public static float Sum(Wide512 x) => Vector512.Sum(x._value);
    }

    readonly struct Wide256(Vector256<float> value) : IWide<Wide256>
    {
        readonly Vector256<float> _value = value;

        static readonly Vector256<int> s_powers = Vector256.Create([.. Enumerable.Range(0, 8).Select(j => BitConverter.SingleToInt32Bits((float)Math.Pow(2, j / 8.0)) - (j << 20))]);

        public static int Count => 8;
        public static float Magic => 1572864;    // 1.5 · 2²⁰
        public static Wide256 Powers => new(s_powers.AsSingle());
        [MethodImpl(Inline)] public static Wide256 Power(Wide256 powers, Wide256 rounded) => new((Avx2.PermuteVar8x32(powers._value.AsInt32(), rounded._value.AsInt32()) + Vector256.ShiftLeft(rounded._value.AsInt32(), 20)).AsSingle());
        [MethodImpl(Inline)] public static Wide256 All(float x) => new(Vector256.Create(x));
        [MethodImpl(Inline)] public static Wide256 Load(float* from) => new(Vector256.Load(from));
        [MethodImpl(Inline)] public static Wide256 LoadPart(float* from, int count) => new(Avx.MaskLoad(from, First(count)));
        [MethodImpl(Inline)] public void Store(float* to) => _value.Store(to);
        [MethodImpl(Inline)] public void StorePart(float* to, int count) => Avx.MaskStore(to, First(count), _value);
        [MethodImpl(Inline)] public void StorePastCaches(float* to) => _value.StoreAlignedNonTemporal(to);
        [MethodImpl(Inline)] static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
        [MethodImpl(Inline)] public static Wide256 operator +(Wide256 a, Wide256 b) => new(a._value + b._value);
        [MethodImpl(Inline)] public static Wide256 operator -(Wide256 a, Wide256 b) => new(a._value - b._value);
        [MethodImpl(Inline)] public static Wide256 operator *(Wide256 a, Wide256 b) => new(a._value * b._value);
        [MethodImpl(Inline)] public static Wide256 operator /(Wide256 a, Wide256 b) => new(a._value / b._value);
        [MethodImpl(Inline)] public static Wide256 MultiplyAdd(Wide256 a, Wide256 b, Wide256 c) => new(Fma.MultiplyAdd(a._value, b._value, c._value));
        [MethodImpl(Inline)] public static Wide256 MinusMultiply(Wide256 a, Wide256 b, Wide256 c) => new(Fma.MultiplyAddNegated(a._value, b._value, c._value));
        [MethodImpl(Inline)] public static Wide256 Min(Wide256 a, Wide256 b) => new(Avx.Min(a._value, b._value));
        [MethodImpl(Inline)] public static Wide256 Max(Wide256 a, Wide256 b) => new(Avx.Max(a._value, b._value));
        [MethodImpl(Inline)] public static Wide256 WherePositive(Wide256 x, Wide256 yes, Wide256 no) => new(Vector256.ConditionalSelect(Vector256.GreaterThan(x._value, Vector256<float>.Zero), yes._value, no._value));
        [MethodImpl(Inline)] public static float Sum(Wide256 x) => Vector256.Sum(x._value);
    }
}
