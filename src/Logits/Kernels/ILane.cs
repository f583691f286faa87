namespace Logits.Kernels;

/// <summary>
/// One virtual register: 16 floats or 8 doubles (1 double in <see cref="Lane1"/>), whatever the machine's own registers hold.
/// </summary>
/// <remarks>
/// A formula written over lanes gives the same bits on every machine, because every primitive here does: each is either one
/// rounding as IEEE 754 defines it, or exact. What holds that up:
/// the width in elements is fixed, so element i of a row always meets the same neighbours in a reduction;
/// multiply-add rounds once everywhere (where the processor lacks it, software does it, slowly and exactly);
/// <see cref="Max"/> and <see cref="Min"/> have one rule for NaN;
/// horizontal reductions follow one tree (upper half onto lower half, down to one).
/// The bits of a NaN are the one thing that may differ; that there is one does not.
/// <para>
/// How to write a loop over lanes: a generic method <c>F&lt;V&gt;(T* x, …) where V : struct, ILane&lt;V, T&gt;</c>, marked
/// <c>[MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]</c> (it then starts fully optimised, and the inliner's
/// budget is spent on its formulas), and a caller that picks the width with <see cref="Lanes"/>. Full registers first, then one
/// <see cref="LoadPart"/> padded with the neutral element, so that an element's bits never depend on where it stands.
/// </para>
/// <para>
/// What such a loop loses speed by: constants written where they are used are read from memory each time, so they are locals, handed down one by one (a structure of more than four is not
/// kept in registers); a call in the loop, however seldom, spills all of them, so the careful way for the few is a method of its own, called from outside; and formulas beyond the
/// inliner's budget stay calls without a word, which the compiler's listing shows (<c>DOTNET_JitDisasm</c>). In the widest registers four go side by side, one operation after the
/// other; narrower ones are too few for that.
/// </para>
/// </remarks>
internal unsafe interface ILane<V, T> where V : struct, ILane<V, T> where T : unmanaged
{
    /// <summary>Elements in the register.</summary>
    static abstract int Count { get; }

    static abstract V All(T value);

    /// <summary>Reads <see cref="Count"/> elements; no alignment is asked for.</summary>
    static abstract V Load(T* from);

    /// <summary>Reads the first <paramref name="count"/> elements, fewer than <see cref="Count"/>; the others are <paramref name="padding"/>.</summary>
    static abstract V LoadPart(T* from, int count, T padding);

    void Store(T* to);

    /// <summary>Writes the first <paramref name="count"/> elements.</summary>
    void StorePart(T* to, int count);

    static abstract V operator +(V a, V b);
    static abstract V operator -(V a, V b);
    static abstract V operator *(V a, V b);
    static abstract V operator /(V a, V b);

    /// <summary>a·b + c with one rounding.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>c − a·b with one rounding.</summary>
    static abstract V MinusMultiply(V a, V b, V c);

    /// <summary>a where a &gt; b, else b: so b where either is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>a where a &lt; b, else b: so b where either is NaN.</summary>
    static abstract V Min(V a, V b);

    static abstract V Abs(V x);

    /// <summary>The sign bit flipped, of zeros and NaN too.</summary>
    static abstract V Negate(V x);

    /// <summary>All bits set where a &gt; b, for <see cref="Select"/>.</summary>
    static abstract V Greater(V a, V b);

    /// <summary>All bits set where a = b; nowhere for NaN.</summary>
    static abstract V Equal(V a, V b);

    /// <summary><paramref name="yes"/> where the mask's bits are set, else <paramref name="no"/>.</summary>
    static abstract V Select(V mask, V yes, V no);

    /// <summary>x · 2^⌊n⌋ with one rounding, subnormal results and overflow included; for 1/2 ≤ |x| ≤ 4 and |n| ≤ 250 (float), 2000 (double).</summary>
    static abstract V Scale(V x, V n);

    /// <summary>
    /// Splits positive normal x into m · 2^k with m in [¾, 1½): the sign of log m is then that of the nearest power, and m is exact.
    /// </summary>
    static abstract V Mantissa(V x, out V exponent);

    /// <summary>The index of the first element whose mask bits are set; <see cref="Count"/> when none is.</summary>
    static abstract int FirstSet(V mask);

    /// <summary>The sum of all elements along the fixed tree.</summary>
    static abstract T Sum(V x);

    /// <summary><see cref="Sum(V)"/> of four registers at once, by the same tree.</summary>
    static virtual void Sum(V a, V b, V c, V d, T* to)
    {
        to[0] = V.Sum(a);
        to[1] = V.Sum(b);
        to[2] = V.Sum(c);
        to[3] = V.Sum(d);
    }

    /// <summary>The largest element; any NaN may be lost, callers look for it in a sum.</summary>
    static abstract T Largest(V x);
}

/// <summary>A register of 16 floats and the two registers of 8 doubles it widens to.</summary>
internal unsafe interface IFloatLane<V, D> : ILane<V, float> where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
{
    /// <summary>Entry (bits of x) mod 16 of a table of 16.</summary>
    static abstract V Lookup(float* table, V x);

    /// <summary><inheritdoc cref="Lookup(float*, V)"/> The table is the register's own.</summary>
    static abstract V Lookup(V table, V x);

    /// <summary><paramref name="x"/> with (bits of <paramref name="sixteenths"/>) · 2¹⁹ added to its bits: sixteenths of a power of two to its exponent and what a table makes good.</summary>
    static abstract V RaiseBits(V x, V sixteenths);

    /// <summary>The bits of <paramref name="bits"/>, and those in which a and b differ.</summary>
    static abstract V OrDifference(V bits, V a, V b);

    /// <summary>x with its sign flipped where <paramref name="flag"/> is 1; flag is 0 or 1.</summary>
    static abstract V FlipWhereOne(V x, V flag);

    /// <summary><paramref name="negative"/> where the sign bit of x is set, else <paramref name="other"/>.</summary>
    static abstract V SelectBySign(V x, V negative, V other);

    /// <summary>−|x|: the sign bit set.</summary>
    static abstract V MinusAbs(V x);

    /// <summary>Whether any of the bits in <paramref name="mask"/> is set in any element.</summary>
    static abstract bool AnyBit(V x, int mask);

    /// <summary>Columns from rows: to[16 c + r] = from[stride · r + c] for 16 rows r and <paramref name="width"/> columns c, at most 16.</summary>
    static virtual void Transpose(float* from, nint stride, int width, float* to)
    {
        for (int r = 0; r < 16; r++)
            for (int c = 0; c < width; c++) to[16 * c + r] = from[stride * r + c];
    }

    /// <summary>Elements 0 to 7 and 8 to 15 as doubles, exactly.</summary>
    static abstract void Widen(V x, out D low, out D high);

    /// <summary>16 doubles, each rounded to float once.</summary>
    static abstract V Narrow(D low, D high);
}

/// <summary>A register of doubles that also reads and writes floats, so that one loop in double serves both.</summary>
internal unsafe interface IDoubleLane<V> : ILane<V, double> where V : struct, IDoubleLane<V>
{
    static abstract V Load(float* from);

    /// <inheritdoc cref="ILane{V, T}.LoadPart"/>
    static abstract V LoadPart(float* from, int count, float padding);

    /// <summary>Rounds each element to float once.</summary>
    void Store(float* to);

    /// <inheritdoc cref="ILane{V, T}.StorePart"/>
    void StorePart(float* to, int count);

    /// <summary>Entry (bits of x) mod 16 of a table of 16.</summary>
    static abstract V Lookup(double* table, V x);

    /// <summary>The bits of x, 48 places to the left, added to the bits of y: as many sixteenths of a power as the low bits of x count, see <see cref="DoubleMath.Power"/>.</summary>
    static abstract V Lift(V y, V x);
}
