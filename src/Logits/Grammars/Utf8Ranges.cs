namespace Logits.Grammars;

/// <summary>Code point ranges as sequences of byte ranges.</summary>
internal static class Utf8Ranges
{
    /// <summary>
    /// The byte-range sequences whose union is the UTF-8 of every code point from <paramref name="low"/> to <paramref name="high"/>, surrogates left out.
    /// A range is cut where the encoded length changes and where a continuation byte would have to depend on the byte before it.
    /// </summary>
    public static IEnumerable<(byte Low, byte High)[]> Of(int low, int high)
    {
        if (low > high) yield break;
        if (low <= 0xDFFF && high >= 0xD800)
        {
            foreach (var sequence in Of(low, Math.Min(high, 0xD7FF))) yield return sequence;
            foreach (var sequence in Of(Math.Max(low, 0xE000), high)) yield return sequence;
            yield break;
        }
        foreach (int last in (int[])[0x7F, 0x7FF, 0xFFFF])
        {
            if (low > last || high <= last) continue;
            foreach (var sequence in Of(low, last)) yield return sequence;
            foreach (var sequence in Of(last + 1, high)) yield return sequence;
            yield break;
        }
        for (int bits = 6; bits <= 18 && high > 0x7F; bits += 6)
        {
            int mask = (1 << bits) - 1;
            if ((low & ~mask) == (high & ~mask)) continue;
            if ((low & mask) != 0)
            {
                foreach (var sequence in Of(low, low | mask)) yield return sequence;
                foreach (var sequence in Of((low | mask) + 1, high)) yield return sequence;
                yield break;
            }
            if ((high & mask) != mask)
            {
                foreach (var sequence in Of(low, (high & ~mask) - 1)) yield return sequence;
                foreach (var sequence in Of(high & ~mask, high)) yield return sequence;
                yield break;
            }
        }
        yield return Encode(low, high);
    }

    static (byte, byte)[] Encode(int low, int high)
    {
        Span<byte> from = stackalloc byte[4], to = stackalloc byte[4];
        int length = new System.Text.Rune(low).EncodeToUtf8(from);
        new System.Text.Rune(high).EncodeToUtf8(to);
        var sequence = new (byte, byte)[length];
        for (int i = 0; i < length; i++) sequence[i] = (from[i], to[i]);
        return sequence;
    }
}
