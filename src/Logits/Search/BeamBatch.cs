namespace Logits.Search;

/// <summary>Gives the next-token scores of every live beam: a model of any kind, called once a step for the whole batch.</summary>
/// <param name="beams">The live beams, their tokens, and which beam of the last call each one continues.</param>
/// <param name="logits">To be filled: beams.Count rows of vocabulary scores.</param>
public delegate void NextLogits(BeamBatch beams, Span<float> logits);

/// <summary>Edits the log-probabilities of one beam before candidates are compared; they are not renormalised afterwards, as in transformers.</summary>
/// <param name="tokens">The beam's tokens, prompt included.</param>
/// <param name="logProbabilities">One log-probability a token; −∞ rules a token out.</param>
public delegate void BeamProcessor(ReadOnlySpan<int> tokens, Span<double> logProbabilities);

/// <summary>The live beams of one step. A view; it lives for a call.</summary>
public readonly ref struct BeamBatch
{
    readonly ReadOnlySpan<Hypothesis> _beams;
    readonly ReadOnlySpan<int> _prompt;

    internal BeamBatch(ReadOnlySpan<int> prompt, ReadOnlySpan<Hypothesis> beams, ReadOnlySpan<int> parents, int step)
    {
        _prompt = prompt;
        _beams = beams;
        Parents = parents;
        Step = step;
    }

    /// <summary>The number of live beams; in the first step one for each group.</summary>
    public int Count => _beams.Length;

    /// <summary>0 for the first new token, then 1, …</summary>
    public int Step { get; }

    /// <summary>For each beam the index it had in the last call, to reorder a model's cache by; empty in the first step.</summary>
    public ReadOnlySpan<int> Parents { get; }

    /// <summary>The last token of a beam: the only one a model with a reordered cache has not seen.</summary>
    public int LastToken(int beam) => _beams[beam].Length == 0 ? _prompt[^1] : _beams[beam].Token;

    /// <summary>The prompt and the new tokens of a beam, in new memory.</summary>
    public int[] Tokens(int beam) => [.. _prompt, .. _beams[beam].Tokens()];
}

/// <summary>A beam as a chain of tokens that share their beginnings.</summary>
internal sealed record Hypothesis(Hypothesis? Before, int Token, int Length, double LogProbability, double Gumbel, PhraseProgress Progress)
{
    public static Hypothesis Root { get; } = new(null, -1, 0, 0, 0, default);

    /// <summary>A 64-bit hash of the tokens (FNV-1a), to give every text its own noise.</summary>
    public ulong TextHash()
    {
        ulong hash = 1469598103934665603;
        for (Hypothesis? at = this; at is { Length: > 0 }; at = at.Before) hash = (hash ^ (uint)at.Token) * 1099511628211;
        return hash;
    }

    public int[] Tokens()
    {
        var tokens = new int[Length];
        for (Hypothesis? at = this; at is { Length: > 0 }; at = at.Before) tokens[at.Length - 1] = at.Token;
        return tokens;
    }
}
