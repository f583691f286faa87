using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Logits.Sampling;

namespace Logits;

static partial class Throw
{
    /// <summary>A share that may be 0 or 1: nucleus masses, ratios to the top.</summary>
    public static double IfNotFraction(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it is at least 0 and at most 1.");

    /// <summary>A share above 0 and at most 1.</summary>
    public static double IfNotShare(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; a share is above 0 and at most 1.");

    /// <summary>Any finite number: biases, additive penalties.</summary>
    public static double IfNotFinite(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it is a finite number.");

    /// <summary>A temperature of decoding: 0 (the best token) and up, finite.</summary>
    public static double IfNotDecodingTemperature(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; a temperature is at least 0 (0 takes the best token) and finite.");

    /// <summary>End tokens without which a stage could not act.</summary>
    public static TokenList IfEmpty(TokenList eos, string stage) =>
        eos.Count > 0 ? eos : throw new ArgumentException($"{stage}: eos is empty; it names at least 1 token that ends the text. Leave the stage out when there is none.", nameof(eos));

    /// <summary>Token ids that are at least 0.</summary>
    public static void IfNegativeToken(ReadOnlySpan<int> tokens, string name)
    {
        for (int i = 0; i < tokens.Length; i++)
            if (tokens[i] < 0)
                throw new ArgumentOutOfRangeException(name, tokens[i], $"{name}[{i}] is {tokens[i]}; a token id is at least 0.");
    }

    /// <summary>A token id that this row of logits does not have.</summary>
    [DoesNotReturn]
    public static void TokenOutside(int token, int vocabulary, string where) =>
        throw new ArgumentOutOfRangeException(nameof(token), token, $"{where} names token {token}; the logits have {vocabulary} tokens, 0 to {vocabulary - 1}.");

    /// <summary>An empty row of logits.</summary>
    [DoesNotReturn]
    public static void EmptyVocabulary() =>
        throw new ArgumentException("logits is empty; a row has one score for each token of the vocabulary, at least 1.", "logits");

    /// <summary>A row of logits whose length is not that of the rows before.</summary>
    [DoesNotReturn]
    public static void OtherVocabulary(int length, int before) =>
        throw new ArgumentException($"logits holds {length} scores; the rows before held {before}. One decoder serves one vocabulary: start another with chain.Start.", "logits");

    /// <summary>A score that no distribution can hold.</summary>
    [DoesNotReturn]
    public static void NonFiniteScore(int token, double score) =>
        throw new DecodingException(DecodingError.NonFinite, $"logits[{token}] is {score}; scores are finite, or −∞ to rule a token out. Put remove-inf-nan first in the chain to repair them.");

    /// <summary>Nothing left to choose from.</summary>
    [DoesNotReturn]
    public static void NoCandidates(string where) =>
        throw new DecodingException(DecodingError.NoCandidates, $"{where} leaves no token: every one is ruled out (−∞). Allow at least one token, or loosen the stage that removed the last.");
}
