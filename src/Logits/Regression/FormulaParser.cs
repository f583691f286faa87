using System.Globalization;

namespace Logits.Regression;

/// <summary>Reads the text of a formula into nodes, by recursive descent; a lower function binds tighter.</summary>
ref struct FormulaParser(string text)
{
    readonly string _text = text;
    int _at;

    public static (FormulaNode? Left, FormulaNode Right) Parse(string text)
    {
        var parser = new FormulaParser(text);
        FormulaNode? left = parser.Peek() == '~' ? null : parser.Sum();
        parser.Expect('~');
        var right = parser.Sum();
        if (parser.Peek() != '\0')
            throw parser.Error($"unexpected '{parser.Peek()}'");
        return (left, right);
    }

    FormulaNode Sum()
    {
        FormulaNode left = Peek() == '-' ? Sign() : Product();
        while (Peek() is '+' or '-')
        {
            char sign = Take();
            left = new FormulaNode.Operation(sign.ToString(), left, Product());
        }
        return left;
    }

    FormulaNode.Negative Sign()
    {
        Take();
        return new FormulaNode.Negative(Product());
    }

    FormulaNode Product()
    {
        var left = Interaction();
        while (Peek() is '*' or '/')
            left = new FormulaNode.Operation(Take().ToString(), left, Interaction());
        return left;
    }

    FormulaNode Interaction()
    {
        var left = Power();
        while (Peek() == ':')
        {
            Take();
            left = new FormulaNode.Operation(":", left, Power());
        }
        return left;
    }

    FormulaNode Power()
    {
        var left = Atom();
        if (Peek() == '^')
        {
            Take();
            left = new FormulaNode.Operation("^", left, Atom());
        }
        if (Peek() == '=' && _at + 1 < _text.Length && _text[_at + 1] == '=')
        {
            _at += 2;
            left = new FormulaNode.Operation("==", left, Atom());
        }
        return left;
    }

    FormulaNode Atom()
    {
        char c = Peek();
        if (c == '(')
        {
            Take();
            var inner = Sum();
            Expect(')');
            return inner;
        }
        if (c == '-')
        {
            Take();
            return new FormulaNode.Negative(Power());
        }
        if (c is '"' or '\'')
        {
            Take();
            int end = _text.IndexOf(c, _at);
            if (end < 0)
                throw Error("the quoted text does not end");
            string level = _text[_at..end];
            _at = end + 1;
            return new FormulaNode.Text(level);
        }
        if (c == '`')
        {
            Take();
            int end = _text.IndexOf('`', _at);
            if (end < 0)
                throw Error("the quoted name does not end");
            string name = _text[_at..end];
            _at = end + 1;
            return new FormulaNode.Variable(name);
        }
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
            return Number();
        if (char.IsLetter(c) || c is '_' or '.')
            return Named();
        throw Error(c == '\0' ? "the formula ends too early" : $"unexpected '{c}'");
    }

    FormulaNode.Number Number()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or 'e' or 'E'
            || (_text[_at] is '-' or '+' && _text[_at - 1] is 'e' or 'E')))
            _at++;
        return double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? new FormulaNode.Number(value)
            : throw Error($"{_text[start.._at]} is not a number");
    }

    FormulaNode Named()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.'))
            _at++;
        string name = _text[start.._at];
        if (name == ".")
            return new FormulaNode.Everything();
        if (Peek() != '(')
            return new FormulaNode.Variable(name);
        Take();
        var arguments = new List<(string?, FormulaNode)>();
        while (Peek() != ')')
        {
            var value = Sum();
            if (Peek() == '=' && value is FormulaNode.Variable key)
            {
                Take();
                arguments.Add((key.Name, Sum()));
            }
            else arguments.Add((null, value));
            if (Peek() != ',')
                break;
            Take();
        }
        Expect(')');
        return new FormulaNode.Call(name, arguments);
    }

    char Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    char Take()
    {
        char c = Peek();
        _at++;
        return c;
    }

    void Expect(char c)
    {
        if (Peek() != c)
            throw Error($"'{c}' is missing");
        _at++;
    }

    readonly FormatException Error(string what) => new($"formula \"{_text}\", at {_at + 1}: {what}. A formula looks like y ~ x1 * x2 + log(dose) + C(group, ref=\"b\") + offset(e).");
}
