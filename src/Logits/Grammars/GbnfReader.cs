using System.Globalization;
using System.Text;

namespace Logits.Grammars;

/// <summary>Reads GBNF: <c>name ::= alternatives</c>, one rule after the other.</summary>
internal ref struct GbnfReader
{
    readonly string _text;
    readonly GrammarBuilder _builder = new();
    readonly Dictionary<string, (int Rule, int Used)> _names = [];
    readonly HashSet<string> _defined = [];
    int _at;

    GbnfReader(string text) => _text = text;

    public static Grammar Read(string text, string root)
    {
        var reader = new GbnfReader(text);
        reader.Space();
        while (reader._at < text.Length) reader.ReadRule();

        foreach (var (name, (_, used)) in reader._names)
            if (!reader._defined.Contains(name))
                throw reader.Error(used, $"rule {name} is not defined; the rules are {string.Join(", ", reader._defined)}");
        if (!reader._names.TryGetValue(root, out var found))
            throw new GrammarException(reader._defined.Count == 0
                ? "the grammar has no rules; write at least  root ::= …"
                : $"rule {root} is not defined; the rules are {string.Join(", ", reader._defined)}.");
        return reader._builder.Build(found.Rule, root);
    }

    void ReadRule()
    {
        int at = _at;
        string name = Name();
        if (name.Length == 0) throw Error(at, $"expected a rule name (letters, digits, - and _), found {Here()}");
        Space();
        if (!Take("::=")) throw Error(_at, $"expected ::= after {name}, found {Here()}");
        if (!_defined.Add(name)) throw Error(at, $"rule {name} is defined twice; write its alternatives in one rule with |");
        Space();
        Alternatives(RuleOf(name, at), depth: 0);
    }

    void Alternatives(int rule, int depth)
    {
        if (depth > 500) throw Error(_at, "groups are nested more than 500 deep");
        do
        {
            Space();
            _builder.Add(rule, [.. Sequence(depth)]);
        }
        while (Take("|"));
    }

    List<Grammar.Symbol> Sequence(int depth)
    {
        var sequence = new List<Grammar.Symbol>();
        while (true)
        {
            // Lines do not matter: a rule ends where the next one, name and ::=, begins.
            Space();
            if (_at >= _text.Length || _text[_at] is '|' or ')') break;
            if (depth == 0 && StartsRule()) break;

            List<Grammar.Symbol> item = Item(depth);
            while (_at < _text.Length && _text[_at] is '*' or '+' or '?' or '{')
            {
                var (least, most) = Counts();
                Grammar.Symbol one = item.Count == 1 ? item[0] : Group(item);
                item = [_builder.Repeat(one, least, most)];
            }
            sequence.AddRange(item);
        }
        return _at < _text.Length && _text[_at] == ')' && depth == 0 ? throw Error(_at, "a ) without its (") : sequence;
    }

    Grammar.Symbol Group(List<Grammar.Symbol> items)
    {
        int rule = _builder.NewRule();
        _builder.Add(rule, [.. items]);
        return GrammarBuilder.Rule(rule);
    }

    List<Grammar.Symbol> Item(int depth)
    {
        int at = _at;
        switch (_text[_at])
        {
            case '"':
                _at++;
                var literal = new StringBuilder();
                while (true)
                {
                    if (_at >= _text.Length || _text[_at] == '\n') throw Error(at, "a literal without its closing \"");
                    if (_text[_at] == '"') break;
                    literal.Append(new Rune(Character()));
                }
                _at++;
                return [.. GrammarBuilder.Literal(literal.ToString())];

            case '[':
                _at++;
                bool negated = Take("^");
                var ranges = new List<(int Low, int High)>();
                while (true)
                {
                    if (_at >= _text.Length) throw Error(at, "a character class without its closing ]");
                    if (_text[_at] == ']') break;
                    int low = Character(), high = low;
                    if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
                    {
                        _at++;
                        high = Character();
                        if (high < low) throw Error(at, $"the range {new Rune(low)}-{new Rune(high)} runs backwards");
                    }
                    ranges.Add((low, high));
                }
                _at++;
                return [_builder.Characters(CodePoints.Normal(ranges, negated))];

            case '.':
                _at++;
                return [_builder.Characters([(0, CodePoints.Last)])];

            case '(':
                _at++;
                int group = _builder.NewRule();
                Alternatives(group, depth + 1);
                Space();
                if (!Take(")")) throw Error(at, "a group without its closing )");
                return [GrammarBuilder.Rule(group)];

            case '!' or '<':
                bool not = Take("!");
                if (!Take("<")) throw Error(at, "! negates a token: !<text> or !<[id]>");
                int close = _text.IndexOf('>', _at);
                if (close < 0 || _text.IndexOf('\n', _at, close - _at) >= 0) throw Error(at, "a token without its closing >");
                string inside = _text[_at..close];
                _at = close + 1;
                if (inside is not ['[', .. var digits, ']']) return [_builder.Token(new(-1, "<" + inside + ">", not))];
                if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    throw Error(at, $"<[{digits}]> is not a token id; write <[123]>");
                return [_builder.Token(new(id, null, not))];

            default:
                string name = Name();
                if (name.Length == 0) throw Error(at, $"expected a literal, a class, a rule name or a group, found {Here()}");
                return [GrammarBuilder.Rule(RuleOf(name, at))];
        }
    }

    (int Least, int? Most) Counts()
    {
        int at = _at;
        switch (_text[_at++])
        {
            case '*': return (0, null);
            case '+': return (1, null);
            case '?': return (0, 1);
        }
        Space();
        int least = Number(at);
        Space();
        int? most = least;
        if (Take(","))
        {
            Space();
            most = _at < _text.Length && _text[_at] == '}' ? null : Number(at);
            Space();
        }
        if (!Take("}")) throw Error(at, "a repetition is {m}, {m,} or {m,n}");
        if (most < least) throw Error(at, $"{{{least},{most}}} asks for at least {least} and at most {most}");
        return (least, most);
    }

    int Number(int at)
    {
        int start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : throw Error(at, "a repetition is {m}, {m,} or {m,n} with whole numbers");
    }

    /// <summary>One character of a literal or a class, escapes resolved.</summary>
    int Character()
    {
        int at = _at;
        if (_text[_at] != '\\')
        {
            if (!Rune.TryGetRuneAt(_text, _at, out var rune)) throw Error(at, "half of a surrogate pair");
            _at += rune.Utf16SequenceLength;
            return rune.Value;
        }
        if (++_at >= _text.Length) throw Error(at, "a backslash at the end");
        char escape = _text[_at++];
        switch (escape)
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'x': return Hex(2, at);
            case 'u': return Hex(4, at);
            case 'U': return Hex(8, at);
            case '\\' or '"' or '[' or ']' or '-' or '^': return escape;
            default: throw Error(at, $"\\{escape} is not an escape here; there are \\n \\r \\t \\xHH \\uHHHH \\UHHHHHHHH \\\\ \\\" \\[ \\] \\- \\^");
        }
    }

    int Hex(int digits, int at)
    {
        if (_at + digits > _text.Length || !uint.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || !Rune.IsValid(code))
            throw Error(at, $"expected {digits} hexadecimal digits of a character");
        _at += digits;
        return (int)code;
    }

    int RuleOf(string name, int at)
    {
        if (!_names.TryGetValue(name, out var found)) _names[name] = found = (_builder.NewRule(), at);
        return found.Rule;
    }

    string Name()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '_')) _at++;
        return _text[start.._at];
    }

    /// <summary>Whether a new rule, name and ::=, begins here.</summary>
    readonly bool StartsRule()
    {
        int at = _at;
        while (at < _text.Length && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] is '-' or '_')) at++;
        if (at == _at) return false;
        while (at < _text.Length && _text[at] is ' ' or '\t') at++;
        return _text.AsSpan(at).StartsWith("::=");
    }

    void Space()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '#') while (_at < _text.Length && _text[_at] is not ('\n' or '\r')) _at++;
            else if (c is ' ' or '\t' or '\n' or '\r') _at++;
            else return;
        }
    }

    bool Take(string expected)
    {
        if (!_text.AsSpan(_at).StartsWith(expected, StringComparison.Ordinal)) return false;
        _at += expected.Length;
        return true;
    }

    readonly string Here() => _at >= _text.Length ? "the end" : $"'{(Rune.TryGetRuneAt(_text, _at, out var rune) ? rune.ToString() : "?")}'";

    readonly GrammarException Error(int at, string what)
    {
        ReadOnlySpan<char> before = _text.AsSpan(0, at);
        return new($"grammar line {before.Count('\n') + 1}, column {at - before.LastIndexOf('\n')}: {what}.");
    }
}
