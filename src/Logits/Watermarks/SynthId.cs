using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Watermarks;

/// <summary>The SynthID text watermark: a tournament of pseudo-random g-values reweighs the probabilities without changing them on average.</summary>
/// <param name="Key">The secret. Who knows it can detect and forge the mark.</param>
/// <param name="Depth">m, the layers of the tournament, 1 to 64.</param>
/// <param name="ContextLength">The length of the n-grams that are hashed, the next token included; at least 2.</param>
/// <remarks>
/// Each layer multiplies p by 1 + g − Σ p·g, with g ∈ {0, 1} from a hash of (key, context, token): the two-candidate tournament in closed form.
/// Source: Dathathri et al., Scalable watermarking for identifying large language model outputs, Nature 634 (2024). The accumulating hash is the 64-bit linear
/// congruential one of transformers; the g-values' last mixing step is ours, so texts are detected with this type.
/// </remarks>
public sealed record SynthId(ulong Key, int Depth = 30, int ContextLength = 5) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<SynthId>("synth-id", "Watermark: a keyed tournament reweighs the probabilities.",
        [
            Settings.Key<SynthId>("key", s => s.Key, "the secret"),
            Settings.Integer<SynthId>("depth", s => s.Depth, "layers of the tournament", least: 1, most: 64, byDefault: 30),
            Settings.Integer<SynthId>("context", s => s.ContextLength, "length of the n-grams that are hashed", least: 2, byDefault: 5),
        ],
        s => new(s.Key("key"), s.Integer("depth"), s.Integer("context")));

    /// <summary>m, the layers of the tournament.</summary>
    public int Depth { get; } = Depth is >= 1 and <= 64 ? Depth : throw new ArgumentOutOfRangeException(nameof(Depth), Depth, $"Depth is {Depth}; a tournament has 1 to 64 layers.");

    // The key of a layer, spread from the one secret.
    long LayerKey(int layer) => (long)Philox.At(Key, (ulong)layer).Low;

    /// <summary>The length of the n-grams that are hashed.</summary>
    public int ContextLength { get; } = Throw.IfLess(ContextLength, 2);

    /// <summary>hash ← (hash + dataᵢ) · 6364136223846793005 + 1 for each datum, in 64-bit wrap-around arithmetic.</summary>
    public static long Hash(long start, ReadOnlySpan<long> data)
    {
        long hash = start;
        foreach (long datum in data) hash = unchecked((hash + datum) * 6364136223846793005L + 1);
        return hash;
    }

    /// <summary>The g-values of a token after a history, one a layer: 0 or 1.</summary>
    /// <param name="history">The tokens so far; the last <see cref="ContextLength"/> − 1 count.</param>
    /// <param name="token">The next token.</param>
    /// <param name="values">m numbers, written.</param>
    public void Values(ReadOnlySpan<int> history, int token, Span<byte> values)
    {
        long context = ContextHash(history);
        for (int layer = 0; layer < Depth; layer++)
            values[layer] = Value(context, token, LayerKey(layer));
    }

    /// <summary>Reweighs a row of probabilities through every layer of the tournament.</summary>
    /// <param name="history">The tokens so far.</param>
    /// <param name="probabilities">Probabilities that sum to 1, edited in place; they sum to 1 afterwards too.</param>
    public void Mark(ReadOnlySpan<int> history, Span<double> probabilities)
    {
        if (history.Length >= ContextLength - 1) Reweigh(ContextHash(history), [], probabilities);
    }

    /// <summary>Reweighs the candidates' probabilities; the new scores are their logarithms.</summary>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (history.Length < ContextLength - 1) return;
        var p = candidates.Softmax();
        Reweigh(ContextHash(history.Tokens), candidates.List, p);
        candidates.RescoreByProbability(p);
    }

    /// <summary>Multiplies each probability by 1 + g − Σ p·g, layer after layer; without a list of candidates, place i is token i.</summary>
    void Reweigh(long context, ReadOnlySpan<Candidate> candidates, Span<double> probabilities)
    {
        for (int layer = 0; layer < Depth; layer++)
        {
            long key = LayerKey(layer);
            double mass = 0;
            for (int i = 0; i < probabilities.Length; i++)
                if (probabilities[i] > 0 && Value(context, candidates.IsEmpty ? i : candidates[i].Token, key) == 1) mass += probabilities[i];
            for (int i = 0; i < probabilities.Length; i++)
                if (probabilities[i] > 0) probabilities[i] *= 1 + Value(context, candidates.IsEmpty ? i : candidates[i].Token, key) - mass;
        }
    }

    /// <summary>The same with given g-values: p ← p · (1 + g − Σ p·g), layer after layer.</summary>
    /// <param name="values">One row a token, m g-values each.</param>
    /// <param name="depth">m.</param>
    /// <param name="probabilities">Edited in place.</param>
    /// <exception cref="ArgumentException">There are not m g-values for each token.</exception>
    public static void Update(ReadOnlySpan<byte> values, int depth, Span<double> probabilities)
    {
        if (values.Length != probabilities.Length * depth)
            throw new ArgumentException($"values holds {values.Length} g-values; {probabilities.Length} tokens × {depth} layers need {probabilities.Length * depth}.", nameof(values));
        for (int layer = 0; layer < depth; layer++)
        {
            double mass = 0;
            for (int token = 0; token < probabilities.Length; token++) mass += probabilities[token] * values[token * depth + layer];
            for (int token = 0; token < probabilities.Length; token++) probabilities[token] *= 1 + values[token * depth + layer] - mass;
        }
    }

    /// <summary>The mean g-value of a marked text over a uniform vocabulary of k tokens: ½ + ¼(1 − 1/k).</summary>
    public static double ExpectedMean(int vocabulary) => 0.5 + 0.25 * (1 - 1.0 / Throw.IfLess(vocabulary, 1));

    /// <summary>Counts the g-values of a text; in a text without the mark each is a fair coin. Repeated n-grams count once.</summary>
    public WatermarkTest Detect(ReadOnlySpan<int> tokens)
    {
        var counted = new HashSet<(long, int)>();
        long hits = 0;
        for (int i = ContextLength - 1; i < tokens.Length; i++)
        {
            long context = ContextHash(tokens[..i]);
            if (!counted.Add((context, tokens[i]))) continue;
            for (int layer = 0; layer < Depth; layer++) hits += Value(context, tokens[i], LayerKey(layer));
        }
        return new(hits, (long)counted.Count * Depth, 0.5);
    }

    long ContextHash(ReadOnlySpan<int> history)
    {
        long hash = 1;
        foreach (int token in history[^(ContextLength - 1)..]) hash = Hash(hash, [token]);
        return hash;
    }

    static byte Value(long context, int token, long layerKey)
    {
        // The low bits of a linear congruential hash are weak; a finaliser spreads its high bits before one is taken.
        ulong x = (ulong)Hash(context, [token, layerKey]);
        x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD;
        x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53;
        return (byte)(x >> 63);
    }
}
