using System.Globalization;
using System.Text;

namespace Logits.Grammars;

/// <summary>Reads a regular expression by recursive descent: alternatives, sequences, repeated atoms.</summary>
internal ref struct RegexReader
{
    readonly string _pattern;
    readonly GrammarBuilder _builder = new();
    int _at;

    RegexReader(string pattern) => _pattern = pattern;

    public static Grammar Read(string pattern)
    {
        var reader = new RegexReader(pattern);
        int root = reader.Alternatives(depth: 0);
        if (reader._at < pattern.Length) throw Error(reader._at, "a ) without its (");
        return reader._builder.Build(root, "the pattern");
    }

    int Alternatives(int depth)
    {
        if (depth > 500) throw Error(_at, "groups are nested more than 500 deep");
        int rule = _builder.NewRule();
        do _builder.Add(rule, [.. Sequence(depth)]);
        while (Take('|'));
        return rule;
    }

    List<Grammar.Symbol> Sequence(int depth)
    {
        var sequence = new List<Grammar.Symbol>();
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            int at = _at;
            if (Take('^'))
            {
                if (sequence.Count > 0) throw Error(at, "^ stands at the start only; the pattern matches the whole text");
                continue;
            }
            if (Take('$'))
            {
                if (_at < _pattern.Length && _pattern[_at] is not ('|' or ')')) throw Error(at, "$ stands at the end only; the pattern matches the whole text");
                continue;
            }
            Grammar.Symbol atom = Atom(depth);
            while (Counts(out int least, out int? most)) atom = _builder.Repeat(atom, least, most);
            sequence.Add(atom);
        }
        return sequence;
    }

    Grammar.Symbol Atom(int depth)
    {
        int at = _at;
        switch (_pattern[_at])
        {
            case '(':
                _at++;
                if (Take('?'))
                {
                    if (Take('<') || (Take('P') && Take('<')))
                    {
                        // (?<name>…) and (?P<name>…) group; (?<=…) and (?<!…) look behind.
                        int close = _at;
                        while (close < _pattern.Length && (char.IsLetterOrDigit(_pattern[close]) || _pattern[close] == '_')) close++;
                        if (close == _at || close == _pattern.Length || _pattern[close] != '>') throw Error(at, "a group's name is letters, digits and _ between < and >; look-around is not part of a regular language, so write what the text is, not what surrounds it");
                        _at = close + 1;
                    }
                    else if (!Take(':'))
                        throw Error(at, "only (…), (?:…) and (?<name>…) group; look-around, inline options and conditions are not supported");
                }
                int rule = Alternatives(depth + 1);
                if (!Take(')')) throw Error(at, "a group without its closing )");
                return GrammarBuilder.Rule(rule);

            case '[':
                return _builder.Characters(Class());

            case '.':
                _at++;
                return _builder.Characters(CodePoints.Normal([('\n', '\n')], negated: true));

            case '*' or '+' or '?':
                throw Error(at, $"{_pattern[_at]} repeats nothing; put a character before it or write \\{_pattern[_at]}");

            case '\\':
                return _builder.Characters(Escape(inClass: false));

            default:
                if (!Rune.TryGetRuneAt(_pattern, _at, out var rune)) throw Error(at, "half of a surrogate pair");
                _at += rune.Utf16SequenceLength;
                return _builder.Characters([(rune.Value, rune.Value)]);
        }
    }

    List<(int Low, int High)> Class()
    {
        int open = _at++;
        bool negated = Take('^');
        var ranges = new List<(int Low, int High)>();
        for (bool first = true; ; first = false)
        {
            if (_at >= _pattern.Length) throw Error(open, "a character class without its closing ]");
            if (_pattern[_at] == ']' && !first) break;
            int at = _at;
            var left = ClassAtom();
            if (left is [var (low, same)] && low == same && _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                var right = ClassAtom();
                if (right is not [var (high, alike)] || high != alike) throw Error(at, "a range runs between two characters");
                if (high < low) throw Error(at, $"the range {new Rune(low)}-{new Rune(high)} runs backwards");
                ranges.Add((low, high));
            }
            else ranges.AddRange(left);
        }
        _at++;
        return CodePoints.Normal(ranges, negated);
    }

    List<(int Low, int High)> ClassAtom()
    {
        if (_pattern[_at] == '\\') return Escape(inClass: true);
        if (!Rune.TryGetRuneAt(_pattern, _at, out var rune)) throw Error(_at, "half of a surrogate pair");
        _at += rune.Utf16SequenceLength;
        return [(rune.Value, rune.Value)];
    }

    List<(int Low, int High)> Escape(bool inClass)
    {
        int at = _at++;
        if (_at >= _pattern.Length) throw Error(at, "a backslash at the end");
        char escape = _pattern[_at++];
        (int, int)[] digits = [('0', '9')], word = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')], space = [('\t', '\r'), (' ', ' ')];
        switch (escape)
        {
            case 'd' or 'D': return CodePoints.Normal(digits, escape == 'D');
            case 'w' or 'W': return CodePoints.Normal(word, escape == 'W');
            case 's' or 'S': return CodePoints.Normal(space, escape == 'S');
            case 'n': return One('\n');
            case 't': return One('\t');
            case 'r': return One('\r');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case '0': return One('\0');
            case 'b' when inClass: return One('\b');
            case 'x': return One(Hex(2, at));
            case 'u': return One(Hex(4, at));
            case 'p' or 'P':
                int close = _at < _pattern.Length && _pattern[_at] == '{' ? _pattern.IndexOf('}', _at) : -1;
                if (close < 0) throw Error(at, $"write \\{escape}{{L}} with a general category in braces");
                string name = _pattern[(_at + 1)..close];
                _at = close + 1;
                var category = CodePoints.Category(name) ?? throw Error(at, $"{name} is not a general category; L, Lu, N, Nd, P, S, Z and their kin are");
                return escape == 'P' ? CodePoints.Normal(category, negated: true) : category;
            case 'b' or 'B' or 'A' or 'z' or 'Z' or 'G':
                throw Error(at, $"\\{escape} is an anchor; the pattern already matches the whole text");
            case >= '1' and <= '9' or 'k':
                throw Error(at, "a back reference is not part of a regular language");
            default:
                if (char.IsAsciiLetterOrDigit(escape)) throw Error(at, $"\\{escape} is not an escape here");
                return One(escape);
        }

        static List<(int, int)> One(int code) => [(code, code)];
    }

    int Hex(int digits, int at)
    {
        if (_at + digits > _pattern.Length || !uint.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || !Rune.IsValid(code))
            throw Error(at, $"expected {digits} hexadecimal digits of a character");
        _at += digits;
        return (int)code;
    }

    bool Counts(out int least, out int? most)
    {
        (least, most) = (0, null);
        if (_at >= _pattern.Length) return false;
        int at = _at;
        switch (_pattern[_at])
        {
            case '*': break;
            case '+': least = 1; break;
            case '?': most = 1; break;
            case '{':
                int close = _pattern.IndexOf('}', _at);
                string[] bounds = close < 0 ? [] : _pattern[(_at + 1)..close].Split(',');
                if (bounds.Length is 0 or > 2 || !int.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out least)
                    || bounds.Length == 2 && bounds[1].Length > 0 && !int.TryParse(bounds[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    throw Error(at, "a repetition is {m}, {m,} or {m,n}; write \\{ for the character");
                most = bounds.Length == 1 ? least : bounds[1].Length == 0 ? null : int.Parse(bounds[1], CultureInfo.InvariantCulture);
                if (most < least) throw Error(at, $"{{{least},{most}}} asks for at least {least} and at most {most}");
                _at = close;
                break;
            default: return false;
        }
        _at++;
        if (_at < _pattern.Length && _pattern[_at] is '?' or '+') _at++;   // lazy and possessive forms: the same language
        return true;
    }

    bool Take(char expected)
    {
        if (_at >= _pattern.Length || _pattern[_at] != expected) return false;
        _at++;
        return true;
    }

    static GrammarException Error(int at, string what) => new($"pattern position {at + 1}: {what}.");
}
