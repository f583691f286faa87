namespace Logits.Sampling;

/// <summary>Rules out every token that would complete an n-gram the history already has.</summary>
/// <param name="N">n, at least 1; 1 rules out every token seen.</param>
/// <remarks>Source: Paulus, Xiong, Socher, A Deep Reinforced Model for Abstractive Summarization (2018).</remarks>
public sealed record NoRepeatNgram(int N) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<NoRepeatNgram>("no-repeat-ngram", "Rules out tokens that would repeat an n-gram.",
        [Settings.Integer<NoRepeatNgram>("n", s => s.N, "the length that must not repeat", least: 1)], s => new(s.Integer("n")));

    /// <summary>n.</summary>
    public int N { get; } = Throw.IfLess(N, 1, "no-repeat-ngram");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => BanCompletions(ref candidates, history.Tokens, history.Tokens, N);

    internal static void BanCompletions(ref Candidates candidates, ReadOnlySpan<int> text, ReadOnlySpan<int> history, int n)
    {
        if (history.Length < n - 1) return;
        var start = history[(history.Length - (n - 1))..];
        for (int i = 0; i + n <= text.Length; i++)
            if (text.Slice(i, n - 1).SequenceEqual(start)) candidates.Ban(text[i + n - 1]);
    }
}
