namespace Logits.Sampling;

/// <summary>Rules out the end of the text until the history, prompt included, has <paramref name="Length"/> tokens.</summary>
/// <param name="Length">At least 0.</param>
/// <param name="Eos">The tokens that end the text, at least 1.</param>
public sealed record MinLength(int Length, TokenList Eos) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<MinLength>("min-length", "Rules out the end of the text before a length, prompt included.",
        [
            Settings.Integer<MinLength>("length", s => s.Length, "the least number of tokens", least: 0),
            Settings.Tokens<MinLength>("eos", s => s.Eos, "the tokens that end the text"),
        ],
        s => new(s.Integer("length"), s.Tokens("eos")));

    /// <summary>The least number of tokens.</summary>
    public int Length { get; } = Throw.IfLess(Length, 0, "min-length");

    /// <summary>The tokens that end the text.</summary>
    public TokenList Eos { get; } = Throw.IfEmpty(Eos, "min-length");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length < Length) Suppress.Ban(ref candidates, Eos);
    }
}
