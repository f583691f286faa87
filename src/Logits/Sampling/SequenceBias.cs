namespace Logits.Sampling;

/// <summary>Adds a bias to the last token of each sequence whose other tokens the history ends with; biases add up.</summary>
/// <param name="Biases">Sequences with their biases; −∞ rules the token out.</param>
/// <param name="LongHistory">Sequences of two tokens and more only where the history is at least as long as the whole sequence (as transformers, which has this stage, does); false lifts that.</param>
public sealed record SequenceBias(TokenBiases Biases, bool LongHistory = true) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<SequenceBias>("sequence-bias", "Adds to the last token of sequences.",
        [
            Settings.Biases<SequenceBias>("biases", s => s.Biases, "the sequences and their biases"),
            Settings.Flag<SequenceBias>("any-history", s => !s.LongHistory, "also where the history is shorter than the sequence"),
        ],
        s => new(s.Biases("biases"), !s.Flag("any-history")));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        foreach (var bias in Biases.Span)
            if (Continues(history, bias.Sequence.Span, LongHistory)) candidates.Bias(bias.Sequence.Span[^1], bias.Bias);
    }

    /// <summary>Whether the history ends with all but the last of <paramref name="sequence"/>.</summary>
    internal static bool Continues(in History history, ReadOnlySpan<int> sequence, bool longHistory) =>
        sequence.Length == 1 || (history.Length >= sequence.Length - (longHistory ? 0 : 1) && history.Tokens.EndsWith(sequence[..^1]));
}

public ref partial struct Candidates
{
    /// <summary>Adds a bias; −∞ rules the token out.</summary>
    internal void Bias(int token, double bias)
    {
        if (bias == double.NegativeInfinity) Ban(token);
        else Add(token, bias);
    }
}
