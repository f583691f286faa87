using System.Text;

namespace Logits.Grammars;

/// <summary>Collects rules, then drops what derives no text and lays the rest out flat.</summary>
internal sealed class GrammarBuilder
{
    /// <summary>What repetitions and classes may grow to before a grammar is refused; a plain bound on memory.</summary>
    const int MostSymbols = 4_000_000;

    readonly List<List<Grammar.Symbol[]>> _rules = [];
    readonly List<TokenName> _tokens = [];
    readonly Dictionary<(int, int), int> _repeats = [];
    int _symbols;

    public int NewRule()
    {
        _rules.Add([]);
        return _rules.Count - 1;
    }

    public void Add(int rule, params ReadOnlySpan<Grammar.Symbol> alternative)
    {
        if ((_symbols += alternative.Length + 1) > MostSymbols)
            throw new GrammarException($"the grammar grows past {MostSymbols} symbols; use smaller repetition counts.");
        _rules[rule].Add(alternative.ToArray());
    }

    public static Grammar.Symbol Rule(int rule) => new(Grammar.SymbolKind.Rule, rule);

    public Grammar.Symbol Token(TokenName name)
    {
        _tokens.Add(name);
        return new(Grammar.SymbolKind.Token, _tokens.Count - 1);
    }

    /// <summary>The UTF-8 bytes of a literal, one symbol each.</summary>
    public static IEnumerable<Grammar.Symbol> Literal(string text) =>
        Encoding.UTF8.GetBytes(text).Select(b => new Grammar.Symbol(Grammar.SymbolKind.Bytes, b, b));

    /// <summary>A rule that matches one character of a set of code point ranges.</summary>
    public Grammar.Symbol Characters(IEnumerable<(int Low, int High)> ranges)
    {
        int rule = NewRule();
        foreach (var (low, high) in ranges)
            foreach (var sequence in Utf8Ranges.Of(low, high))
                Add(rule, [.. sequence.Select(range => new Grammar.Symbol(Grammar.SymbolKind.Bytes, range.Low, range.High))]);
        return Rule(rule);
    }

    /// <summary>
    /// <paramref name="item"/> repeated at least <paramref name="least"/> and at most <paramref name="most"/> times (null: any number).
    /// The unbounded tail is left-recursive, which costs Earley's algorithm a constant per step.
    /// </summary>
    public Grammar.Symbol Repeat(Grammar.Symbol item, int least, int? most)
    {
        int fixedPart = NewRule();
        if (most is { } bound)
        {
            // up(n) ::= ε | up(n−1) item, shared between repetitions of the same item
            Add(fixedPart, [.. Enumerable.Repeat(item, least), .. bound > least ? [Rule(UpTo(bound - least))] : (Grammar.Symbol[])[]]);
            return Rule(fixedPart);
        }
        int any = NewRule();
        Add(any);
        Add(any, Rule(any), item);
        Add(fixedPart, [Rule(any), .. Enumerable.Repeat(item, least)]);
        return Rule(fixedPart);

        int UpTo(int count)
        {
            int itemRule = item.Kind == Grammar.SymbolKind.Rule ? item.A : Wrap(item);
            int inner = -1;
            for (int n = 1; n <= count; n++)
            {
                if (!_repeats.TryGetValue((itemRule, n), out int rule))
                {
                    _repeats[(itemRule, n)] = rule = NewRule();
                    Add(rule);
                    if (n == 1) Add(rule, Rule(itemRule));
                    else Add(rule, Rule(inner), Rule(itemRule));
                }
                inner = rule;
            }
            return inner;
        }
    }

    int Wrap(Grammar.Symbol item)
    {
        int rule = NewRule();
        Add(rule, item);
        return rule;
    }

    public Grammar Build(int root, string rootName)
    {
        bool[] productive = Rules(terminals: true);
        if (!productive[root])
            throw new GrammarException($"{rootName} derives no finite text: every alternative leads back into itself. Give one alternative an end.");

        bool[] nullable = Rules(terminals: false);
        var flat = new List<Grammar.Symbol>();
        var alternatives = new int[_rules.Count][];
        for (int rule = 0; rule < _rules.Count; rule++)
        {
            var starts = new List<int>();
            foreach (var alternative in _rules[rule])
            {
                if (!alternative.All(symbol => symbol.Kind != Grammar.SymbolKind.Rule || productive[symbol.A])) continue;
                starts.Add(flat.Count);
                flat.AddRange(alternative);
                flat.Add(new(Grammar.SymbolKind.End, rule));
            }
            alternatives[rule] = [.. starts];
        }
        return new([.. flat], alternatives, nullable, [.. _tokens], root);
    }

    /// <summary>
    /// The rules with an alternative made of such rules alone, and of terminals if those count: with terminals the rules that derive a finite
    /// text, without them the rules that derive the empty one. The least fixed point, by sweeps.
    /// </summary>
    bool[] Rules(bool terminals)
    {
        var holds = new bool[_rules.Count];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int rule = 0; rule < holds.Length; rule++)
            {
                if (holds[rule] || !_rules[rule].Exists(alternative => alternative.All(symbol => symbol.Kind == Grammar.SymbolKind.Rule ? holds[symbol.A] : terminals))) continue;
                holds[rule] = changed = true;
            }
        }
        return holds;
    }
}
