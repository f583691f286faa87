namespace Logits.Sampling;

/// <summary>Forces <paramref name="Token"/> as the second token, after the one a decoder starts with: it gets the score 0, the rest is ruled out.</summary>
/// <param name="Token">The token id.</param>
public sealed record ForcedBos(int Token) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<ForcedBos>("forced-bos", "Forces the token after the start token.",
        [Settings.Integer<ForcedBos>("token", s => s.Token, "the token id", least: 0)], s => new(s.Integer("token")));

    /// <summary>The token id.</summary>
    public int Token { get; } = Throw.IfLess(Token, 0, "forced-bos");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length == 1) candidates.Force([Token]);
    }
}
