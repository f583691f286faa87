namespace Logits.Sampling;

/// <summary>Rules tokens out.</summary>
/// <param name="Tokens">The token ids.</param>
public sealed record Suppress(TokenList Tokens) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Suppress>("suppress", "Rules tokens out.",
        [Settings.Tokens<Suppress>("tokens", s => s.Tokens, "the token ids")], s => new(s.Tokens("tokens")));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => Ban(ref candidates, Tokens);

    internal static void Ban(ref Candidates candidates, TokenList tokens)
    {
        foreach (int token in tokens.Span) candidates.Ban(token);
    }
}
