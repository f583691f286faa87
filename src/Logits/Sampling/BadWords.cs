namespace Logits.Sampling;

/// <summary>Rules out the last token of each sequence whose other tokens the history ends with.</summary>
/// <param name="Words">Sequences of token ids.</param>
/// <param name="Eos">End-of-text tokens: a sequence that is one of them alone is not ruled out.</param>
/// <param name="LongHistory">Only where the history is at least as long as the whole sequence (transformers).</param>
public sealed record BadWords(TokenSequences Words, TokenList Eos = default, bool LongHistory = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<BadWords>("bad-words", "Rules out the last token of forbidden sequences.",
        [
            Settings.Sequences<BadWords>("words", s => s.Words, "the forbidden sequences"),
            Settings.Tokens<BadWords>("eos", s => s.Eos, "end-of-text tokens, never forbidden alone", ""),
            Settings.Flag<BadWords>("long-history", s => s.LongHistory, "only where the history is as long as the sequence"),
        ],
        s => new(s.Sequences("words"), s.Tokens("eos"), s.Flag("long-history")));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        foreach (var word in Words.Span)
        {
            var ids = word.Span;
            if (ids.Length == 1 && Eos.Span.Contains(ids[0])) continue;
            if (SequenceBias.Continues(history, ids, LongHistory)) candidates.Ban(ids[^1]);
        }
    }
}
