namespace Logits.Sampling;

/// <summary>Rules out all but the given tokens.</summary>
/// <param name="Tokens">The token ids that may come; none leaves no candidate.</param>
public sealed record AllowedTokens(TokenList Tokens) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<AllowedTokens>("allowed-tokens", "Rules out all but some tokens.",
        [Settings.Tokens<AllowedTokens>("tokens", s => s.Tokens, "the token ids that may come")], s => new(s.Tokens("tokens")));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.KeepOnly(Tokens.Span);
}
