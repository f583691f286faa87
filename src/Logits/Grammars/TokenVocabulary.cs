using System.Text;

namespace Logits.Grammars;

/// <summary>The texts of a vocabulary as a tree of bytes, so that tokens that begin alike are tried once. Immutable and shareable.</summary>
public sealed class TokenVocabulary
{
    readonly byte[][] _texts;
    readonly string?[] _names;
    readonly HashSet<int> _end;
    readonly Node _root = new();

    sealed class Node
    {
        public SortedList<byte, Node>? Children;
        public List<int>? Tokens;
    }

    /// <summary>A vocabulary from its tokens' texts.</summary>
    /// <param name="texts">Token id → text.</param>
    /// <param name="endTokens">Ids that end the text; allowed exactly where the text is complete.</param>
    public TokenVocabulary(IReadOnlyList<string> texts, params IEnumerable<int> endTokens) : this([.. texts.Select(Encoding.UTF8.GetBytes)], endTokens)
    {
        for (int token = 0; token < texts.Count; token++) _names[token] = texts[token];
    }

    /// <summary>A vocabulary from its tokens' bytes: token texts that are parts of characters are allowed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An end token is not in the vocabulary.</exception>
    public TokenVocabulary(IReadOnlyList<byte[]> texts, params IEnumerable<int> endTokens)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _texts = [.. texts];
        _names = new string?[_texts.Length];
        _end = [.. endTokens];
        foreach (int token in _end)
            if ((uint)token >= (uint)_texts.Length)
                throw new ArgumentOutOfRangeException(nameof(endTokens), token, $"end token {token} is outside the vocabulary, 0 to {_texts.Length - 1}.");
        for (int token = 0; token < _texts.Length; token++)
        {
            if (_end.Contains(token) || _texts[token].Length == 0) continue;   // a token without text would never move the grammar on
            Node node = _root;
            foreach (byte b in _texts[token])
            {
                node.Children ??= [];
                if (!node.Children.TryGetValue(b, out var child)) node.Children[b] = child = new();
                node = child;
            }
            (node.Tokens ??= []).Add(token);
        }
    }

    /// <summary>The number of tokens.</summary>
    public int Count => _texts.Length;

    /// <summary>Whether a token ends the text.</summary>
    public bool IsEnd(int token) => _end.Contains(token);

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> this[int token] => _texts[token];

    /// <summary>Marks the tokens that keep the text a beginning of the language; end tokens exactly where the text is complete.</summary>
    /// <param name="state">Where the text stands.</param>
    /// <param name="allowed">One flag a token; every one is written.</param>
    /// <returns>How many are allowed.</returns>
    /// <exception cref="ArgumentException">The flags are not as many as the tokens.</exception>
    public int Allow(GrammarState state, Span<bool> allowed)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (allowed.Length != Count)
            throw new ArgumentException($"allowed holds {allowed.Length} flags; the vocabulary has {Count} tokens.", nameof(allowed));
        allowed.Clear();
        Walk(_root, state, allowed);
        if (state.ExpectsTokens)
            for (int token = 0; token < Count; token++)
                allowed[token] |= !_end.Contains(token) && state.AdvanceToken(token, NameOf(token)) is not null;
        if (state.IsComplete)
            foreach (int token in _end) allowed[token] = true;
        return allowed.Count(true);
    }

    /// <summary>The state after a token, or null when the token is not allowed. An end token leaves a complete state as it is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    public GrammarState? Advance(GrammarState state, int token)
    {
        ArgumentNullException.ThrowIfNull(state);
        if ((uint)token >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"token {token} is outside the vocabulary, 0 to {Count - 1}.");
        if (_end.Contains(token)) return state.IsComplete ? state : null;
        GrammarState? named = state.ExpectsTokens ? state.AdvanceToken(token, NameOf(token)) : null;
        return named ?? (_texts[token].Length == 0 ? null : state.Advance(_texts[token]));
    }

    static void Walk(Node node, GrammarState state, Span<bool> allowed)
    {
        if (node.Tokens is { } tokens)
            foreach (int token in tokens) allowed[token] = true;
        if (node.Children is not { } children || !state.CanContinue) return;
        foreach (var (b, child) in children)
            if (state.Advance(b) is { } next) Walk(child, next, allowed);
    }

    string NameOf(int token) => _names[token] ??= Encoding.UTF8.GetString(_texts[token]);
}
