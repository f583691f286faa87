namespace Logits.Sampling;

/// <summary>Rules out the end of the text until <paramref name="Count"/> tokens have been generated.</summary>
/// <param name="Count">At least 0.</param>
/// <param name="Eos">The tokens that end the text, at least 1.</param>
public sealed record MinNewTokens(int Count, TokenList Eos) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<MinNewTokens>("min-new-tokens", "Rules out the end of the text before a number of generated tokens.",
        [
            Settings.Integer<MinNewTokens>("count", s => s.Count, "the least number of generated tokens", least: 0),
            Settings.Tokens<MinNewTokens>("eos", s => s.Eos, "the tokens that end the text"),
        ],
        s => new(s.Integer("count"), s.Tokens("eos")));

    /// <summary>The least number of generated tokens.</summary>
    public int Count { get; } = Throw.IfLess(Count, 0, "min-new-tokens");

    /// <summary>The tokens that end the text.</summary>
    public TokenList Eos { get; } = Throw.IfEmpty(Eos, "min-new-tokens");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Generated.Length < Count) Suppress.Ban(ref candidates, Eos);
    }
}
