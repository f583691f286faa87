using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Logits.Sampling;

/// <summary>Token ids that compare by content: <c>[3, 7, 9]</c>, written <c>3 7 9</c>.</summary>
[CollectionBuilder(typeof(TokenList), nameof(Of))]
public readonly struct TokenList : IEquatable<TokenList>, IEnumerable<int>
{
    readonly int[]? _ids;

    TokenList(int[] ids) => _ids = ids;

    /// <summary>A list of the given ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public static TokenList Of(ReadOnlySpan<int> ids)
    {
        Throw.IfNegativeToken(ids, "tokens");
        return new(ids.ToArray());
    }

    /// <summary>A list of the given ids.</summary>
    public static implicit operator TokenList(int[] ids) => Of(ids);

    /// <summary>The ids.</summary>
    public ReadOnlySpan<int> Span => _ids;

    /// <summary>The number of ids.</summary>
    public int Count => _ids?.Length ?? 0;

    /// <summary>Reads ids with spaces between them.</summary>
    public static bool TryParse(string text, out TokenList tokens)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[parts.Length];
        tokens = default;
        for (int i = 0; i < ids.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i])) return false;
        tokens = new(ids);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _ids ?? []);

    /// <inheritdoc/>
    public bool Equals(TokenList other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TokenList other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int id in Span) hash.Add(id);
        return hash.ToHashCode();
    }

    /// <summary>Whether two lists hold the same ids in the same order.</summary>
    public static bool operator ==(TokenList a, TokenList b) => a.Equals(b);

    /// <summary>Whether two lists differ.</summary>
    public static bool operator !=(TokenList a, TokenList b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_ids ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Sequences of token ids that compare by content: <c>[[1, 3], [2, 5, 6]]</c>, written <c>1 3|2 5 6</c>.</summary>
[CollectionBuilder(typeof(TokenSequences), nameof(Of))]
public readonly struct TokenSequences : IEquatable<TokenSequences>, IEnumerable<TokenList>
{
    readonly TokenList[]? _sequences;

    TokenSequences(TokenList[] sequences) => _sequences = sequences;

    /// <summary>The given sequences.</summary>
    /// <exception cref="ArgumentException">A sequence is empty.</exception>
    public static TokenSequences Of(ReadOnlySpan<TokenList> sequences)
    {
        for (int i = 0; i < sequences.Length; i++)
            if (sequences[i].Count == 0) throw new ArgumentException($"sequences[{i}] is empty; a sequence has at least 1 token.", nameof(sequences));
        return new(sequences.ToArray());
    }

    /// <summary>The sequences.</summary>
    public ReadOnlySpan<TokenList> Span => _sequences;

    /// <summary>The number of sequences.</summary>
    public int Count => _sequences?.Length ?? 0;

    /// <summary>Reads sequences with | between them.</summary>
    public static bool TryParse(string text, out TokenSequences sequences)
    {
        string[] parts = text.Split('|', StringSplitOptions.RemoveEmptyEntries);
        var lists = new TokenList[parts.Length];
        sequences = default;
        for (int i = 0; i < lists.Length; i++)
            if (!TokenList.TryParse(parts[i], out lists[i]) || lists[i].Count == 0) return false;
        sequences = new(lists);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('|', _sequences ?? []);

    /// <inheritdoc/>
    public bool Equals(TokenSequences other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TokenSequences other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether the sequences are the same.</summary>
    public static bool operator ==(TokenSequences a, TokenSequences b) => a.Equals(b);

    /// <summary>Whether the sequences differ.</summary>
    public static bool operator !=(TokenSequences a, TokenSequences b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<TokenList> GetEnumerator() => ((IEnumerable<TokenList>)(_sequences ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A number for each of some token sequences; it applies to the last token where the ones before it were just produced.</summary>
/// <param name="Sequence">At least one token id.</param>
/// <param name="Bias">The number to add to the logit of the last; −∞ rules it out.</param>
public readonly record struct TokenBias(TokenList Sequence, double Bias)
{
    /// <summary>A bias on one token.</summary>
    public TokenBias(int token, double bias) : this([token], bias) { }
}

/// <summary>Biases that compare by content, written <c>8:6|1 3:-2.5</c>.</summary>
[CollectionBuilder(typeof(TokenBiases), nameof(Of))]
public readonly struct TokenBiases : IEquatable<TokenBiases>, IEnumerable<TokenBias>
{
    readonly TokenBias[]? _biases;

    TokenBiases(TokenBias[] biases) => _biases = biases;

    /// <summary>The given biases.</summary>
    /// <exception cref="ArgumentException">A sequence is empty, or a bias is NaN or +∞.</exception>
    public static TokenBiases Of(ReadOnlySpan<TokenBias> biases)
    {
        for (int i = 0; i < biases.Length; i++)
        {
            if (biases[i].Sequence.Count == 0) throw new ArgumentException($"biases[{i}] has no token; a bias is for at least 1.", nameof(biases));
            if (!(biases[i].Bias < double.PositiveInfinity))
                throw new ArgumentOutOfRangeException(nameof(biases), biases[i].Bias, $"the bias of token {biases[i].Sequence} is {biases[i].Bias}; it is finite, or −∞ to rule the token out.");
        }
        return new(biases.ToArray());
    }

    /// <summary>The biases.</summary>
    public ReadOnlySpan<TokenBias> Span => _biases;

    /// <summary>The number of biases.</summary>
    public int Count => _biases?.Length ?? 0;

    /// <summary>Reads entries <c>ids:bias</c> with | between them.</summary>
    public static bool TryParse(string text, out TokenBiases biases)
    {
        string[] parts = text.Split('|', StringSplitOptions.RemoveEmptyEntries);
        var list = new TokenBias[parts.Length];
        biases = default;
        for (int i = 0; i < list.Length; i++)
        {
            int colon = parts[i].LastIndexOf(':');
            if (colon < 0 || !TokenList.TryParse(parts[i][..colon], out var sequence) || sequence.Count == 0) return false;
            string number = parts[i][(colon + 1)..];
            if (!double.TryParse(number == "-inf" ? "-Infinity" : number, NumberStyles.Float, CultureInfo.InvariantCulture, out double bias)) return false;
            list[i] = new(sequence, bias);
        }
        biases = Of(list);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('|', (_biases ?? []).Select(b => $"{b.Sequence}:{(double.IsNegativeInfinity(b.Bias) ? "-inf" : b.Bias.ToString(CultureInfo.InvariantCulture))}"));

    /// <inheritdoc/>
    public bool Equals(TokenBiases other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TokenBiases other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether the biases are the same.</summary>
    public static bool operator ==(TokenBiases a, TokenBiases b) => a.Equals(b);

    /// <summary>Whether the biases differ.</summary>
    public static bool operator !=(TokenBiases a, TokenBiases b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<TokenBias> GetEnumerator() => ((IEnumerable<TokenBias>)(_biases ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
