namespace Logits.Sampling;

/// <summary>Rewards tokens of the encoder's input: z′ = z · r for positive scores, z / r for others.</summary>
/// <param name="Penalty">r, above 0; above 1 favours the input's tokens.</param>
/// <param name="EncoderIds">The input.</param>
/// <remarks>As transformers' EncoderRepetitionPenaltyLogitsProcessor: a repetition penalty of 1 / r over the input.</remarks>
public sealed record EncoderRepetitionPenalty(double Penalty, TokenList EncoderIds) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<EncoderRepetitionPenalty>("encoder-repetition-penalty", "Favours tokens of the encoder's input.",
        [
            Settings.Number<EncoderRepetitionPenalty>("penalty", s => s.Penalty, "above 1 favours", least: 0),
            Settings.Tokens<EncoderRepetitionPenalty>("encoder-ids", s => s.EncoderIds, "the input"),
        ],
        s => new(s.Number("penalty"), s.Tokens("encoder-ids")));

    /// <summary>r.</summary>
    public double Penalty { get; } = StableMath.AsWritten(Throw.IfNotPositive(Penalty, "encoder-repetition-penalty"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        var counts = candidates.Occurrences(EncoderIds.Span);
        foreach (int token in EncoderIds.Span)
        {
            if (counts[token] != 0) RepetitionPenalty.Penalize(ref candidates, token, 1 / Penalty);
            counts[token] = 0;
        }
    }
}
