namespace Logits.Grammars;

/// <summary>How far a text has come through a <see cref="Grammar"/>. Immutable: advancing gives a new state, so trying a token costs nothing to undo.</summary>
public sealed class GrammarState
{
    readonly Grammar _grammar;
    readonly List<Item> _items = [];
    readonly HashSet<Item> _seen = [];
    Dictionary<int, List<Item>>? _waiting;

    /// <summary>A place inside an alternative, and the state in which its rule was begun.</summary>
    readonly record struct Item(int Position, GrammarState Origin)
    {
        public bool Equals(Item other) => Position == other.Position && ReferenceEquals(Origin, other.Origin);
        public override int GetHashCode() => Position * 397 ^ System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Origin);
    }

    GrammarState(Grammar grammar) => _grammar = grammar;

    internal static GrammarState Before(Grammar grammar)
    {
        var state = new GrammarState(grammar);
        foreach (int alternative in grammar.Alternatives[grammar.Root]) state.Add(new(alternative, state));
        state.Close(start: state);
        return state;
    }

    GrammarState _start = null!;

    /// <summary>Whether the text so far is in the language.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether any text may follow.</summary>
    public bool CanContinue { get; private set; }

    /// <summary>Whether tokens named by the grammar, rather than text, may follow.</summary>
    internal bool ExpectsTokens { get; private set; }

    /// <summary>The state after <paramref name="text"/>, or null when no text of the language begins that way.</summary>
    /// <param name="text">UTF-8 bytes; a character may be cut anywhere.</param>
    public GrammarState? Advance(ReadOnlySpan<byte> text)
    {
        GrammarState? state = this;
        foreach (byte b in text)
        {
            state = state.Advance(b);
            if (state is null) return null;
        }
        return state;
    }

    /// <summary>The state after one byte, or null.</summary>
    public GrammarState? Advance(byte next)
    {
        GrammarState? after = null;
        foreach (var item in _items)
        {
            var symbol = _grammar.Symbols[item.Position];
            if (symbol.Kind == Grammar.SymbolKind.Bytes && next >= symbol.A && next <= symbol.B)
                (after ??= new(_grammar)).Add(item with { Position = item.Position + 1 });
        }
        after?.Close(_start);
        return after;
    }

    /// <summary>The state after a token that the grammar names, or null.</summary>
    internal GrammarState? AdvanceToken(int token, string text)
    {
        GrammarState? after = null;
        foreach (var item in _items)
        {
            var symbol = _grammar.Symbols[item.Position];
            if (symbol.Kind != Grammar.SymbolKind.Token) continue;
            var name = _grammar.Tokens[symbol.A];
            bool named = name.Text is null ? name.Id == token : name.Text == text;
            if (named != name.Negated)
                (after ??= new(_grammar)).Add(item with { Position = item.Position + 1 });
        }
        after?.Close(_start);
        return after;
    }

    void Add(Item item)
    {
        if (_seen.Add(item)) _items.Add(item);
    }

    /// <summary>Predicts and completes until nothing new follows.</summary>
    void Close(GrammarState start)
    {
        _start = start;
        for (int i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            var symbol = _grammar.Symbols[item.Position];
            switch (symbol.Kind)
            {
                case Grammar.SymbolKind.Rule:
                    foreach (int alternative in _grammar.Alternatives[symbol.A]) Add(new(alternative, this));
                    if (_grammar.Nullable[symbol.A]) Add(item with { Position = item.Position + 1 });
                    break;

                case Grammar.SymbolKind.End:
                    if (symbol.A == _grammar.Root && ReferenceEquals(item.Origin, start)) IsComplete = true;
                    // An empty rule completed in the state it began in was already stepped over when it was predicted.
                    if (!ReferenceEquals(item.Origin, this))
                        foreach (var waiting in item.Origin.Waiting(symbol.A)) Add(waiting with { Position = waiting.Position + 1 });
                    break;

                case Grammar.SymbolKind.Token:
                    CanContinue = ExpectsTokens = true;
                    break;

                default:
                    CanContinue = true;
                    break;
            }
        }
        _seen.Clear();
        _seen.TrimExcess();
    }

    /// <summary>The items of this closed state that wait for a rule.</summary>
    List<Item> Waiting(int rule)
    {
        if (_waiting is null)
        {
            var waiting = new Dictionary<int, List<Item>>();
            foreach (var item in _items)
            {
                var symbol = _grammar.Symbols[item.Position];
                if (symbol.Kind != Grammar.SymbolKind.Rule) continue;
                if (!waiting.TryGetValue(symbol.A, out var list)) waiting[symbol.A] = list = [];
                list.Add(item);
            }
            _waiting = waiting;
        }
        return _waiting.TryGetValue(rule, out var found) ? found : [];
    }
}
