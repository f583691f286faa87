namespace Logits.Sampling;

/// <summary>Exclude top choices: with some probability, rules out all tokens of at least <paramref name="Threshold"/> except the least likely of them.</summary>
/// <param name="Probability">How often it acts, 0 to 1.</param>
/// <param name="Threshold">The probability of a top choice, above 0, at most 1.</param>
/// <param name="MinKeep">Does nothing when fewer than this many would be left (llama.cpp).</param>
/// <param name="Spare">Does nothing when one of these would go, such as the end of the text or a line (text-generation-webui).</param>
/// <remarks>Source: p-e-w, Exclude Top Choices (2024).</remarks>
public sealed record Xtc(double Probability, double Threshold, int MinKeep = 1, TokenList Spare = default) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Xtc>("xtc", "Now and then rules out all top choices but the last.",
        [
            Settings.Number<Xtc>("probability", s => s.Probability, "how often it acts", 0, 1),
            Settings.Number<Xtc>("threshold", s => s.Threshold, "the probability of a top choice", 0, 1, 0.1),
            Settings.Integer<Xtc>("min-keep", s => s.MinKeep, "does nothing when fewer would be left", least: 1, byDefault: 1),
            Settings.Tokens<Xtc>("spare", s => s.Spare, "does nothing when one of these would go", ""),
        ],
        s => new(s.Number("probability"), s.Number("threshold"), s.Integer("min-keep"), s.Tokens("spare")));

    /// <summary>How often it acts.</summary>
    public double Probability { get; } = StableMath.AsWritten(Throw.IfNotFraction(Probability, "xtc"));

    /// <summary>The probability of a top choice.</summary>
    public double Threshold { get; } = StableMath.AsWritten(Throw.IfNotShare(Threshold, "threshold"));

    /// <summary>The least number left.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Probability > 0) Apply(ref candidates, candidates.Uniform());
    }

    /// <summary>The stage under a given uniform draw: it acts when <paramref name="uniform"/> ≤ <see cref="Probability"/>.</summary>
    public void Apply(ref Candidates candidates, double uniform)
    {
        if (uniform > Probability) return;
        // Top choices are at most 1 / threshold many, so a list of the likeliest is enough to find them.
        double offset = candidates.LogMass() + StableMath.Log(Threshold) - StableMath.Tie, top = candidates.TopScore;
        candidates.Rank();
        var list = candidates.List;
        int choices = 0;
        while (choices < list.Length && list[choices].Score - top >= offset) choices++;
        if (choices < 2 || list.Length - (choices - 1) < MinKeep) return;
        for (int i = 0; i < choices - 1; i++)
            if (Spare.Span.Contains(list[i].Token)) return;
        candidates.SkipFirst(choices - 1);
    }
}
