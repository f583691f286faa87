namespace Logits.Sampling;

/// <summary>Forces the end of the text as the last token of <paramref name="MaxLength"/>: it gets the score 0, the rest is ruled out.</summary>
/// <param name="MaxLength">The number of tokens, prompt and end included, at least 1.</param>
/// <param name="Eos">The tokens that end the text, at least 1.</param>
public sealed record ForcedEos(int MaxLength, TokenList Eos) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<ForcedEos>("forced-eos", "Forces the end of the text at a length.",
        [
            Settings.Integer<ForcedEos>("max-length", s => s.MaxLength, "the number of tokens, prompt included", least: 1),
            Settings.Tokens<ForcedEos>("eos", s => s.Eos, "the tokens that end the text"),
        ],
        s => new(s.Integer("max-length"), s.Tokens("eos")));

    /// <summary>The number of tokens.</summary>
    public int MaxLength { get; } = Throw.IfLess(MaxLength, 1, "forced-eos");

    /// <summary>The tokens that end the text.</summary>
    public TokenList Eos { get; } = Throw.IfEmpty(Eos, "forced-eos");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length == MaxLength - 1) candidates.Force(Eos.Span);
    }
}
