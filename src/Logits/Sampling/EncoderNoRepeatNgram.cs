namespace Logits.Sampling;

/// <summary>Rules out every token that would complete an n-gram of the encoder's input.</summary>
/// <param name="N">n, at least 1.</param>
/// <param name="EncoderIds">The input.</param>
public sealed record EncoderNoRepeatNgram(int N, TokenList EncoderIds) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<EncoderNoRepeatNgram>("encoder-no-repeat-ngram", "Rules out tokens that would repeat an n-gram of the encoder's input.",
        [
            Settings.Integer<EncoderNoRepeatNgram>("n", s => s.N, "the length that must not repeat", least: 1),
            Settings.Tokens<EncoderNoRepeatNgram>("encoder-ids", s => s.EncoderIds, "the input"),
        ],
        s => new(s.Integer("n"), s.Tokens("encoder-ids")));

    /// <summary>n.</summary>
    public int N { get; } = Throw.IfLess(N, 1, "encoder-no-repeat-ngram");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => NoRepeatNgram.BanCompletions(ref candidates, EncoderIds.Span, history.Tokens, N);
}
