namespace Logits.Sampling;

/// <summary>Adds a number to the scores of single tokens.</summary>
/// <param name="Biases">Tokens with their biases; −∞ rules the token out.</param>
public sealed record LogitBias(TokenBiases Biases) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<LogitBias>("logit-bias", "Adds to the scores of single tokens.",
        [Settings.Biases<LogitBias>("biases", s => s.Biases, "token:bias, with | between")], s => new(s.Biases("biases")));

    /// <summary>The biases.</summary>
    public TokenBiases Biases { get; } = Single(Biases);

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        foreach (var bias in Biases.Span) candidates.Bias(bias.Sequence.Span[0], bias.Bias);
    }

    static TokenBiases Single(TokenBiases biases)
    {
        foreach (var bias in biases.Span)
            if (bias.Sequence.Count != 1)
                throw new ArgumentException($"logit-bias has the sequence {bias.Sequence}; it takes single tokens. Use sequence-bias for sequences.", nameof(biases));
        return biases;
    }
}
