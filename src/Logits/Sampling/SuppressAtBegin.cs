namespace Logits.Sampling;

/// <summary>Rules tokens out at one place: when the history has exactly <paramref name="BeginIndex"/> tokens.</summary>
/// <param name="Tokens">The token ids.</param>
/// <param name="BeginIndex">The length of the history, at least 0.</param>
public sealed record SuppressAtBegin(TokenList Tokens, int BeginIndex) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<SuppressAtBegin>("suppress-at-begin", "Rules tokens out at the first generated place.",
        [
            Settings.Tokens<SuppressAtBegin>("tokens", s => s.Tokens, "the token ids"),
            Settings.Integer<SuppressAtBegin>("begin-index", s => s.BeginIndex, "the length of the history", least: 0),
        ],
        s => new(s.Tokens("tokens"), s.Integer("begin-index")));

    /// <summary>The length of the history.</summary>
    public int BeginIndex { get; } = Throw.IfLess(BeginIndex, 0, "begin-index");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length == BeginIndex) Suppress.Ban(ref candidates, Tokens);
    }
}
