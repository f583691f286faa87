namespace Logits.Search;

/// <summary>Which required phrases a beam holds, and how far it has come with the one it is in.</summary>
internal readonly record struct PhraseProgress(ulong Done, int Active, int Matched)
{
    /// <summary>The progress after one more token.</summary>
    public PhraseProgress Advance(int[][] phrases, int token)
    {
        if (Matched > 0)
        {
            if (phrases[Active][Matched] == token) return Step(phrases, Active, Matched + 1);
            // The phrase broke off; the longest end of what is there, this token included, that begins the phrase goes on.
            int[] phrase = phrases[Active];
            for (int length = Matched; length > 0; length--)
                if (phrase[length - 1] == token && phrase.AsSpan(0, length - 1).SequenceEqual(phrase.AsSpan(Matched - length + 1, length - 1)))
                    return Step(phrases, Active, length);
        }
        for (int i = 0; i < phrases.Length; i++)
            if (!Has(i) && phrases[i][0] == token)
                return Step(phrases, i, 1);
        return this with { Active = 0, Matched = 0 };
    }

    PhraseProgress Step(int[][] phrases, int phrase, int matched) =>
        matched == phrases[phrase].Length ? new(Done | 1UL << phrase, 0, 0) : new(Done, phrase, matched);

    bool Has(int phrase) => (Done >> phrase & 1) != 0;

    /// <summary>Tokens of required phrases that are in place.</summary>
    public int Tokens(int[][] phrases)
    {
        int tokens = Matched;
        for (int i = 0; i < phrases.Length; i++)
            if (Has(i)) tokens += phrases[i].Length;
        return tokens;
    }

    public bool Complete(int[][] phrases) => Done == (phrases.Length == 64 ? ulong.MaxValue : (1UL << phrases.Length) - 1);

    /// <summary>The tokens that would bring a phrase forward.</summary>
    public IEnumerable<int> Useful(int[][] phrases)
    {
        if (Matched > 0)
        {
            yield return phrases[Active][Matched];
            yield break;
        }
        for (int i = 0; i < phrases.Length; i++)
            if (!Has(i)) yield return phrases[i][0];
    }
}
