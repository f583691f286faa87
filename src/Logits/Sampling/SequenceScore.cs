using System.Collections.Immutable;

namespace Logits.Sampling;

/// <summary>How likely a model finds a sequence of tokens.</summary>
/// <param name="TokenLogProbabilities">ln p of each token given those before it.</param>
public sealed record SequenceScore(ImmutableArray<double> TokenLogProbabilities)
{
    /// <summary>Σ ln p: the log-probability of the sequence, in nats.</summary>
    public double Sum { get; } = TokenLogProbabilities.Sum();

    /// <summary>The mean log-probability of a token; NaN for an empty sequence.</summary>
    public double Mean => Sum / TokenLogProbabilities.Length;

    /// <summary>exp(−mean): as uncertain as a fair choice among so many tokens; NaN for an empty sequence.</summary>
    public double Perplexity => Math.Exp(-Mean);

    /// <summary>Scores a sequence.</summary>
    /// <param name="logits">One row a step: the scores before that step's token was known.</param>
    /// <param name="tokens">One token a step.</param>
    /// <exception cref="ArgumentException">The lengths disagree or a token is outside the vocabulary.</exception>
    public static SequenceScore Of(Logits<float> logits, ReadOnlySpan<int> tokens)
    {
        Throw.IfNotLabels(tokens, logits.Rows, logits.Classes);
        var each = ImmutableArray.CreateBuilder<double>(tokens.Length);
        for (int step = 0; step < tokens.Length; step++)
            each.Add(Sampling.TokenLogProbabilities.LogProbabilityOf(logits[step], tokens[step]));
        return new(each.MoveToImmutable());
    }
}
