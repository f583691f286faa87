namespace Logits.Sampling;

/// <summary>Subtracts <paramref name="Amount"/> from a token's score for each time it occurred.</summary>
/// <param name="Amount">Any finite number; below 0 rewards repetition. OpenAI allows −2 to 2.</param>
/// <param name="LastN">Looks at this many of the newest tokens; −1 for all.</param>
/// <param name="OutputOnly">Looks at generated tokens alone (OpenAI, vLLM); without, at the prompt too (llama.cpp).</param>
public sealed record FrequencyPenalty(double Amount, int LastN = -1, bool OutputOnly = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<FrequencyPenalty>("frequency-penalty", "Subtracts from a score for each occurrence.",
        [
            Settings.Number<FrequencyPenalty>("amount", s => s.Amount, "subtracted for each occurrence"),
            Settings.Integer<FrequencyPenalty>("last-n", s => s.LastN, "how many tokens back; -1 for all", least: -1, byDefault: -1),
            Settings.Flag<FrequencyPenalty>("output-only", s => s.OutputOnly, "looks at generated tokens alone"),
        ],
        s => new(s.Number("amount"), s.Integer("last-n"), s.Flag("output-only")));

    /// <summary>What is subtracted.</summary>
    public double Amount { get; } = StableMath.AsWritten(Throw.IfNotFinite(Amount, "frequency-penalty"));

    /// <summary>The window.</summary>
    public int LastN { get; } = Throw.IfLess(LastN, -1, "last-n");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Amount == 0) return;
        var window = PresencePenalty.Window(history, LastN, OutputOnly);
        var counts = candidates.Occurrences(window);
        foreach (int token in window)
        {
            if (counts[token] != 0) candidates.Add(token, -Amount * counts[token]);
            counts[token] = 0;
        }
    }
}
