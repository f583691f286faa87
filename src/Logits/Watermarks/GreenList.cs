using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Watermarks;

/// <summary>A green-list watermark: before each token a pseudo-random share of the vocabulary, known to who holds the key, is made likelier.</summary>
/// <param name="Key">The secret. Who knows it can detect and forge the mark.</param>
/// <param name="Share">γ, the share of the vocabulary that is green, between 0 and 1.</param>
/// <param name="Bias">δ, added to the scores of green tokens; above 0.</param>
/// <param name="Context">How many tokens before the next one choose the list, at least 1.</param>
/// <remarks>
/// A token is green when a hash of (key, context, token) falls below γ, so that a list need not be stored or sorted and the share holds in expectation for every context.
/// Source: Kirchenbauer et al., A Watermark for Large Language Models (2023), arXiv 2301.10226.
/// </remarks>
public sealed record GreenList(ulong Key, double Share = 0.25, double Bias = 2, int Context = 1) : ISampler
{
    /// <summary>γ, the share of green tokens.</summary>
    public double Share { get; } = Throw.IfNotLevel(Share);

    /// <summary>δ, what is added to green tokens' scores.</summary>
    public double Bias { get; } = Throw.IfNotPositive(Bias);

    /// <summary>How many tokens choose the list.</summary>
    public int Context { get; } = Throw.IfLess(Context, 1);

    internal static readonly SamplerInfo Info = new SamplerInfo<GreenList>("green-list", "Watermark: makes a keyed share of the vocabulary likelier.",
        [
            Settings.Key<GreenList>("key", s => s.Key, "the secret"),
            Settings.Number<GreenList>("share", s => s.Share, "of the vocabulary that is green", 0, 1, byDefault: 0.25),
            Settings.Number<GreenList>("bias", s => s.Bias, "added to the scores of green tokens", least: 0, byDefault: 2),
            Settings.Integer<GreenList>("context", s => s.Context, "tokens that choose the list", least: 1, byDefault: 1),
        ],
        s => new(s.Key("key"), s.Number("share"), s.Number("bias"), s.Integer("context")));

    /// <summary>Adds the bias to the candidates that are green.</summary>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length < Context) return;
        candidates.Rescore((List: this, Context: ContextHash(history.Tokens)), static (state, candidate) =>
            state.List.IsGreen(state.Context, candidate.Token) ? candidate.Score + state.List.Bias : candidate.Score);
    }

    /// <summary>Whether a token is green after a history; false while the history is shorter than the context.</summary>
    public bool IsGreen(ReadOnlySpan<int> history, int token)
    {
        if (history.Length < Context) return false;
        return IsGreen(ContextHash(history), token);
    }

    /// <summary>Adds the bias to the green tokens of a row of scores; does nothing while the history is shorter than the context.</summary>
    /// <param name="history">The tokens so far.</param>
    /// <param name="logits">One score a token, edited in place.</param>
    public void Mark(ReadOnlySpan<int> history, Span<float> logits)
    {
        if (history.Length < Context) return;
        ulong context = ContextHash(history);
        for (int token = 0; token < logits.Length; token++)
            if (IsGreen(context, token)) logits[token] += (float)Bias;
    }

    /// <summary>Adds the bias to a list of tokens that is given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is outside the vocabulary; nothing is changed.</exception>
    public static void Mark(ReadOnlySpan<int> green, double bias, Span<float> logits)
    {
        foreach (int token in green)
            if ((uint)token >= (uint)logits.Length)
                throw new ArgumentOutOfRangeException(nameof(green), token, $"green holds {token}; the vocabulary has tokens 0 to {logits.Length - 1}.");
        foreach (int token in green) logits[token] += (float)bias;
    }

    /// <summary>Counts the green tokens of a text. Repeated (context, token) pairs count once: they are not independent evidence.</summary>
    public WatermarkTest Detect(ReadOnlySpan<int> tokens)
    {
        var counted = new HashSet<(ulong, int)>();
        long hits = 0;
        for (int i = Context; i < tokens.Length; i++)
        {
            ulong context = ContextHash(tokens[..i]);
            if (counted.Add((context, tokens[i])) && IsGreen(context, tokens[i])) hits++;
        }
        return new(hits, counted.Count, Share);
    }

    ulong ContextHash(ReadOnlySpan<int> history)
    {
        ulong hash = Key;
        foreach (int token in history[^Context..]) hash = Philox.At(hash, (uint)token).Low;
        return hash;
    }

    bool IsGreen(ulong context, int token) => Philox.At(context, (uint)token).Low < (ulong)(Share * 18446744073709551616.0);
}
