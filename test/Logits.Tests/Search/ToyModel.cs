using Logits.Randomness;
using Logits.Search;

namespace Logits.Tests.Search;

/// <summary>A model whose scores are a fixed function of the whole text; its cache of the texts is kept in step by the parents that the search reports.</summary>
sealed class ToyModel(int vocabulary, ulong seed, double spread = 2)
{
    public const int Bos = 0;
    int[][] _cache = [];

    public int Vocabulary => vocabulary;

    public float[] Scores(ReadOnlySpan<int> text)
    {
        ulong hash = seed;
        foreach (int token in text) hash = Philox.At(hash, (uint)token).Low;
        var scores = new float[vocabulary];
        for (int token = 0; token < vocabulary; token++) scores[token] = (float)(spread * (2 * Philox.Uniform(hash, (uint)token) - 1));
        return scores;
    }

    public double[] Probabilities(ReadOnlySpan<int> text) => [.. Scores(text).AsLogits(vocabulary).Softmax().Values.ToArray().Select(p => (double)p)];

    /// <summary>Answers a step, and checks that reordering a cache by <see cref="BeamBatch.Parents"/> gives each beam's own text.</summary>
    public void Next(BeamBatch beams, Span<float> logits)
    {
        var texts = new int[beams.Count][];
        for (int i = 0; i < beams.Count; i++)
        {
            texts[i] = beams.Tokens(i);
            if (beams.Step > 0) Assert.Equal(texts[i], (int[])[.. _cache[beams.Parents[i]], beams.LastToken(i)]);
            Scores(texts[i]).CopyTo(logits[(i * vocabulary)..]);
        }
        _cache = texts;
    }

    /// <summary>Every text of up to <paramref name="length"/> new tokens that ends in an end token or at the length, with its log-probability.</summary>
    public IEnumerable<(int[] Tokens, double LogProbability)> All(int[] prompt, int length, int end)
    {
        var open = new List<(int[] Tokens, double LogProbability)> { ([], 0) };
        for (int step = 0; step < length; step++)
        {
            var next = new List<(int[], double)>();
            foreach (var (tokens, logProbability) in open)
            {
                double[] p = Probabilities([.. prompt, .. tokens]);
                for (int token = 0; token < vocabulary; token++)
                {
                    (int[] Tokens, double LogProbability) longer = ([.. tokens, token], logProbability + Math.Log(p[token]));
                    if (token == end || step == length - 1) yield return longer;
                    else next.Add(longer);
                }
            }
            open = next;
        }
    }
}

static class ChiSquare
{
    /// <summary>Fails when counts are unlikely (p below 1e-6) to come from the expected shares.</summary>
    public static void Agrees(IReadOnlyList<double> shares, IReadOnlyList<int> counts)
    {
        double n = counts.Sum(), statistic = 0;
        int cells = 0;
        for (int i = 0; i < shares.Count; i++)
        {
            if (shares[i] * n < 5) { Assert.True(counts[i] < 60, $"cell {i}: {counts[i]} of {n} where {shares[i]:G3} is expected"); continue; }
            statistic += (counts[i] - shares[i] * n) * (counts[i] - shares[i] * n) / (shares[i] * n);
            cells++;
        }
        double p = Logits.Distributions.ChiSquared.UpperTail(statistic, Math.Max(1, cells - 1));
        Assert.True(p > 1e-6, $"χ² = {statistic:F1} with {cells - 1} degrees of freedom, p = {p:G3}; expected [{string.Join(' ', shares.Select(s => (s * n).ToString("F0")))}], got [{string.Join(' ', counts)}]");
    }
}
