namespace Logits.Sampling;

/// <summary>Penalises tokens that occurred, once each: z′ = z / r for positive scores, z · r for others.</summary>
/// <param name="Penalty">r, above 0; above 1 discourages repetition, below rewards it.</param>
/// <param name="LastN">Looks at this many of the newest tokens; −1 for all, the prompt included.</param>
/// <param name="IgnoreFirst">Leaves out this many of the oldest tokens (transformers' prompt_ignore_length).</param>
/// <param name="Normalize">Works on log-probabilities, which are all multiplied (transformers' normalize).</param>
/// <remarks>A score of exactly 0 does not change. Source: Keskar et al., CTRL (2019).</remarks>
public sealed record RepetitionPenalty(double Penalty, int LastN = -1, int IgnoreFirst = 0, bool Normalize = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<RepetitionPenalty>("repetition-penalty", "Divides or multiplies the scores of tokens that occurred.",
        [
            Settings.Number<RepetitionPenalty>("penalty", s => s.Penalty, "above 1 discourages", least: 0),
            Settings.Integer<RepetitionPenalty>("last-n", s => s.LastN, "how many tokens back; -1 for all", least: -1, byDefault: -1),
            Settings.Integer<RepetitionPenalty>("ignore-first", s => s.IgnoreFirst, "leaves out the oldest", least: 0, byDefault: 0),
            Settings.Flag<RepetitionPenalty>("normalize", s => s.Normalize, "works on log-probabilities"),
        ],
        s => new(s.Number("penalty"), s.Integer("last-n"), s.Integer("ignore-first"), s.Flag("normalize")));

    /// <summary>r.</summary>
    public double Penalty { get; } = StableMath.AsWritten(Throw.IfNotPositive(Penalty, "repetition-penalty"));

    /// <summary>The window.</summary>
    public int LastN { get; } = Throw.IfLess(LastN, -1, "last-n");

    /// <summary>The oldest tokens left out.</summary>
    public int IgnoreFirst { get; } = Throw.IfLess(IgnoreFirst, 0, "ignore-first");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Normalize) LogSoftmax.Normalize(ref candidates);
        if (Penalty == 1) return;
        var window = history.Last(LastN);
        if (IgnoreFirst > 0) window = window[Math.Min(window.Length, Math.Max(0, IgnoreFirst - (history.Length - window.Length)))..];
        var counts = candidates.Occurrences(window);
        foreach (int token in window)
        {
            if (counts[token] == 0) continue;
            counts[token] = 0;
            Penalize(ref candidates, token, Penalty, Normalize);
        }
    }

    internal static void Penalize(ref Candidates candidates, int token, double penalty, bool always = false)
    {
        double score = candidates[token];
        if (score != double.NegativeInfinity) candidates.Set(token, Math.Clamp(score <= 0 || always ? score * penalty : score / penalty, -double.MaxValue, double.MaxValue));
    }
}

public ref partial struct Candidates
{
    /// <summary>How often each token of <paramref name="window"/> occurs in it, by id; the caller sets what it read back to 0.</summary>
    internal readonly Span<int> Occurrences(scoped ReadOnlySpan<int> window)
    {
        var counts = Workspace.Room(ref _work.Counts, Vocabulary);
        foreach (int token in window)
            if ((uint)token >= (uint)Vocabulary)
            {
                counts.Clear();
                Throw.TokenOutside(token, Vocabulary, "the history");
            }
            else counts[token]++;
        return counts;
    }
}
