namespace Logits.Sampling;

/// <summary>Subtracts <paramref name="Amount"/> from the score of every token that occurred, once.</summary>
/// <param name="Amount">Any finite number; below 0 rewards repetition. OpenAI allows −2 to 2.</param>
/// <param name="LastN">Looks at this many of the newest tokens; −1 for all.</param>
/// <param name="OutputOnly">Looks at generated tokens alone (OpenAI, vLLM); without, at the prompt too (llama.cpp).</param>
public sealed record PresencePenalty(double Amount, int LastN = -1, bool OutputOnly = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<PresencePenalty>("presence-penalty", "Subtracts from the scores of tokens that occurred.",
        [
            Settings.Number<PresencePenalty>("amount", s => s.Amount, "subtracted once"),
            Settings.Integer<PresencePenalty>("last-n", s => s.LastN, "how many tokens back; -1 for all", least: -1, byDefault: -1),
            Settings.Flag<PresencePenalty>("output-only", s => s.OutputOnly, "looks at generated tokens alone"),
        ],
        s => new(s.Number("amount"), s.Integer("last-n"), s.Flag("output-only")));

    /// <summary>What is subtracted.</summary>
    public double Amount { get; } = StableMath.AsWritten(Throw.IfNotFinite(Amount, "presence-penalty"));

    /// <summary>The window.</summary>
    public int LastN { get; } = Throw.IfLess(LastN, -1, "last-n");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Amount == 0) return;
        var window = Window(history, LastN, OutputOnly);
        var counts = candidates.Occurrences(window);
        foreach (int token in window)
        {
            if (counts[token] != 0) candidates.Add(token, -Amount);
            counts[token] = 0;
        }
    }

    internal static ReadOnlySpan<int> Window(in History history, int lastN, bool outputOnly)
    {
        var tokens = outputOnly ? history.Generated : history.Tokens;
        return lastN < 0 || lastN >= tokens.Length ? tokens : tokens[^lastN..];
    }
}
