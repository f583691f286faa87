namespace Logits.Sampling;

/// <summary>Ends the text as soon as one of its ends is likelier than <paramref name="MinProbability"/>: then all other tokens are ruled out.</summary>
/// <param name="Eos">The tokens that end the text, at least 1.</param>
/// <param name="MinProbability">Above 0, at most 1.</param>
public sealed record EosPrioritizer(TokenList Eos, double MinProbability) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<EosPrioritizer>("eos-prioritizer", "Ends the text when its end is likely enough.",
        [
            Settings.Tokens<EosPrioritizer>("eos", s => s.Eos, "the tokens that end the text"),
            Settings.Number<EosPrioritizer>("min-probability", s => s.MinProbability, "the probability to exceed", 0, 1),
        ],
        s => new(s.Tokens("eos"), s.Number("min-probability")));

    /// <summary>The probability to exceed.</summary>
    public double MinProbability { get; } = StableMath.AsWritten(Throw.IfNotShare(MinProbability, "min-probability"));

    /// <summary>The tokens that end the text.</summary>
    public TokenList Eos { get; } = Throw.IfEmpty(Eos, "eos-prioritizer");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        double offset = candidates.LogMass() + StableMath.Log(MinProbability) + StableMath.Tie, top = candidates.TopScore;
        bool likely = false;
        foreach (int token in Eos.Span) likely |= candidates[token] - top > offset;
        if (likely) candidates.KeepOnly(Eos.Span);
    }
}
