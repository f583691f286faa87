using System.Collections.Immutable;
using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>A token and its natural log-probability.</summary>
/// <param name="Token">The id.</param>
/// <param name="LogProbability">At most 0; −∞ for a token that is ruled out.</param>
public readonly record struct TokenLogProbability(int Token, double LogProbability);

/// <summary>What is reported about one step: the chosen token's log-probability and rank, and the likeliest alternatives.</summary>
/// <param name="Token">The chosen token.</param>
/// <param name="LogProbability">Its log-probability.</param>
/// <param name="Rank">1 + the number of tokens that are strictly likelier.</param>
/// <param name="Top">The likeliest tokens, likeliest first, ties by lower id; ruled-out tokens are never among them.</param>
/// <remarks>Raw or processed is a matter of which scores are handed in: the model's own, or those a chain left (see <see cref="SamplerChain"/>).</remarks>
public sealed record TokenLogProbabilities(int Token, double LogProbability, int Rank, ImmutableArray<TokenLogProbability> Top)
{
    /// <summary>Whether the chosen token is among the likeliest listed.</summary>
    public bool IsInTop => Top.Any(top => top.Token == Token);

    /// <summary>Reads the report off a row of scores.</summary>
    /// <param name="logits">One score a token; −∞ for ruled out.</param>
    /// <param name="token">The chosen token.</param>
    /// <param name="top">How many of the likeliest to list, at least 0.</param>
    /// <param name="temperature">T in softmax(z / T): 1 for the model's own log-probabilities.</param>
    /// <exception cref="ArgumentOutOfRangeException">The token is outside the vocabulary, top is negative, or the temperature is not above 0.</exception>
    /// <exception cref="DecodingException">A score is NaN or +∞, or every token is ruled out.</exception>
    public static TokenLogProbabilities Of(ReadOnlySpan<float> logits, int token, int top = 0, double temperature = 1)
    {
        if ((uint)token >= (uint)logits.Length)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"token is {token}; the vocabulary has tokens 0 to {logits.Length - 1}.");
        if (top < 0) throw new ArgumentOutOfRangeException(nameof(top), top, $"top is {top}; it is at least 0.");
        Throw.IfNotPositive(temperature);
        double total = Kernel<float>.LogSumExp(logits, temperature);
        if (!double.IsFinite(total))
            throw new DecodingException(double.IsNegativeInfinity(total) ? DecodingError.NoCandidates : DecodingError.NonFinite,
                double.IsNegativeInfinity(total) ? "every token is ruled out (all scores are −∞), so there are no log-probabilities." : "a score is NaN or +∞; log-probabilities need finite scores, or −∞ for a token that is ruled out.");

        int rank = 1;
        foreach (float score in logits)
            if (score > logits[token]) rank++;

        // The worst of the kept ones is on top of the heap: lower score, then higher id.
        var heap = new PriorityQueue<int, (float Score, int Token)>(Comparer<(float Score, int Token)>.Create((a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Token.CompareTo(a.Token)));
        for (int i = 0; i < logits.Length && top > 0; i++)
        {
            if (float.IsNegativeInfinity(logits[i])) continue;
            if (heap.Count < top) heap.Enqueue(i, (logits[i], i));
            else if (logits[i] > logits[heap.Peek()]) heap.EnqueueDequeue(i, (logits[i], i));
        }
        var best = new TokenLogProbability[heap.Count];
        for (int i = best.Length - 1; i >= 0; i--)
        {
            int id = heap.Dequeue();
            best[i] = new(id, i == 0 ? LogProbabilityOf(logits, id, temperature) : logits[id] / temperature - total);
        }
        return new(token, LogProbabilityOf(logits, token, temperature), rank, [.. best]);
    }

    /// <summary>−log(1 + Σ exp((zᵢ − z) / T)) over the other tokens: nothing is lost where the token is nearly certain.</summary>
    internal static double LogProbabilityOf(ReadOnlySpan<float> logits, int token, double temperature = 1)
    {
        if (float.IsNegativeInfinity(logits[token])) return double.NegativeInfinity;
        double score = logits[token] / temperature;
        double odds = StableMath.Exp(Kernel<float>.LogSumExp(logits[..token], temperature) - score) + StableMath.Exp(Kernel<float>.LogSumExp(logits[(token + 1)..], temperature) - score);
        return double.IsInfinity(odds) ? score - Kernel<float>.LogSumExp(logits, temperature) : -LogMath.Log1P(odds);
    }
}
