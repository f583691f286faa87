using System.Globalization;

namespace Logits.Regression;

/// <summary>A node of a parsed formula.</summary>
abstract record FormulaNode
{
    public sealed record Number(double Value) : FormulaNode;
    public sealed record Text(string Value) : FormulaNode;
    public sealed record Variable(string Name) : FormulaNode;
    public sealed record Everything : FormulaNode;
    public sealed record Negative(FormulaNode Of) : FormulaNode;
    public sealed record Operation(string Operator, FormulaNode Left, FormulaNode Right) : FormulaNode
    {
        public int LeftBinding => Operator switch { "+" or "-" => Sum, "*" or "/" => Product, ":" => Interaction, "==" => Comparison, _ => PowerBase };
    }

    public sealed record Call(string Function, IReadOnlyList<(string? Name, FormulaNode Value)> Arguments) : FormulaNode;

    /// <summary>The node as one would write it, without superfluous spaces and brackets: the name of a term.</summary>
    public string Spelling => Spell(0, isExact: false);

    /// <summary>The same so that reading it gives this node again: odd names stand between back quotes.</summary>
    public string Code => Spell(0, isExact: true);

    string Spell(int context, bool isExact)
    {
        string text = this switch
        {
            Number n => n.Value.ToString("R", CultureInfo.InvariantCulture),
            Text t => t.Value.Contains('"') ? $"'{t.Value}'" : $"\"{t.Value}\"",
            Variable v => isExact && !IsPlain(v.Name) ? $"`{v.Name}`" : v.Name,
            Everything => ".",
            Negative n => $"-{n.Of.Spell(Product, isExact)}",
            Operation { Operator: "^" or ":" } o => $"{o.Left.Spell(o.LeftBinding, isExact)}{o.Operator}{o.Right.Spell(o.LeftBinding + 1, isExact)}",
            Operation o => $"{o.Left.Spell(o.LeftBinding, isExact)} {o.Operator} {o.Right.Spell(o.LeftBinding + 1, isExact)}",
            Call c => $"{c.Function}({string.Join(", ", c.Arguments.Select(a => a.Name is null ? a.Value.Spell(0, isExact) : $"{a.Name} = {a.Value.Spell(0, isExact)}"))})",
            _ => "",
        };
        bool isSigned = this is Negative { Of: Number or Variable or Call } && context > Product;
        return Binding < context && !(isSigned && context != PowerBase) ? $"({text})" : text;
    }

    const int Sum = 1, Product = 2, Interaction = 3, Comparison = 4, PowerBase = 5, Atom = 6;

    /// <summary>How tightly the node holds together: brackets go around it where something tighter is asked for.</summary>
    int Binding => this switch
    {
        Negative => Sum,
        Operation o => o.Operator == "^" ? Comparison : o.LeftBinding,
        _ => Atom,
    };

    static bool IsPlain(string name) =>
        name.Length > 0 && name != "." && (char.IsLetter(name[0]) || name[0] is '_' or '.') && !(name[0] == '.' && name.Length > 1 && char.IsAsciiDigit(name[1]))
        && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.');

    /// <summary>The same with other nodes in place of some.</summary>
    public FormulaNode Replace(Func<FormulaNode, FormulaNode?> other) => other(this) ?? this switch
    {
        Negative n => new Negative(n.Of.Replace(other)),
        Operation o => new Operation(o.Operator, o.Left.Replace(other), o.Right.Replace(other)),
        Call c => new Call(c.Function, [.. c.Arguments.Select(a => (a.Name, a.Value.Replace(other)))]),
        _ => this,
    };

    /// <summary>The columns of the table that the node reads.</summary>
    public IEnumerable<string> Variables => this switch
    {
        Variable v => [v.Name],
        Negative n => n.Of.Variables,
        Operation o => o.Left.Variables.Concat(o.Right.Variables),
        Call c => c.Arguments.SelectMany(a => a.Value.Variables),
        _ => [],
    };

    /// <summary>Evaluates arithmetic over the columns of a table, cell by cell.</summary>
    public double[] Evaluate(DataTable table) => this switch
    {
        Number n => Filled(table.Rows, n.Value),
        Variable v => table[v.Name] is NumericColumn numeric ? numeric.Values.ToArray()
            : throw new ArgumentException($"column {v.Name} is categorical; arithmetic needs numbers."),
        Negative n => Each(n.Of.Evaluate(table), x => -x),
        Operation { Operator: "==" } o => Equal(o, table),
        Operation o => Combine(o, table),
        Call { Function: "I", Arguments.Count: 1 } c => c.Arguments[0].Value.Evaluate(table),
        Call { Arguments.Count: 1 } c => Each(c.Arguments[0].Value.Evaluate(table), Named(c.Function)),
        _ => throw new FormatException($"{Spelling} is not arithmetic."),
    };

    static double[] Filled(int rows, double value)
    {
        var all = new double[rows];
        all.AsSpan().Fill(value);
        return all;
    }

    static double[] Each(double[] x, Func<double, double> map)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] = map(x[i]);
        return x;
    }

    static double[] Equal(Operation o, DataTable table)
    {
        if (o.Left is not Variable v)
            throw new FormatException($"{o.Spelling}: the left side of == is a column.");
        string level = o.Right switch
        {
            Text t => t.Value,
            Number n => n.Spelling,
            Variable w => w.Name,
            _ => throw new FormatException($"{o.Spelling}: the right side of == is a level."),
        };
        var column = table[v.Name];
        if (column is CategoricalColumn categorical && !categorical.Levels.Any(l => Column.Same(l, level)))
            throw new ArgumentException($"{o.Spelling}: {level} is not a level of {v.Name}; the levels are {string.Join(", ", categorical.Levels)}.");
        var result = new double[table.Rows];
        for (int i = 0; i < result.Length; i++)
            result[i] = Column.Same(column.Text(i), level) ? 1 : 0;
        return result;
    }

    static double[] Combine(Operation o, DataTable table)
    {
        double[] a = o.Left.Evaluate(table), b = o.Right.Evaluate(table);
        for (int i = 0; i < a.Length; i++)
            a[i] = o.Operator switch
            {
                "+" => a[i] + b[i],
                "-" => a[i] - b[i],
                "*" => a[i] * b[i],
                "/" => a[i] / b[i],
                "^" => Math.Pow(a[i], b[i]),
                _ => throw new FormatException($"{o.Spelling}: {o.Operator} is not arithmetic."),
            };
        return a;
    }

    static Func<double, double> Named(string name) => name switch
    {
        "log" => Math.Log,
        "log2" => Math.Log2,
        "log10" => Math.Log10,
        "log1p" => LogMath.Log1P,
        "exp" => Math.Exp,
        "sqrt" => Math.Sqrt,
        "abs" => Math.Abs,
        "sin" => Math.Sin,
        "cos" => Math.Cos,
        _ => throw new FormatException($"{name} is not a function of formulas; there are log, log2, log10, log1p, exp, sqrt, abs, sin, cos, I, C, factor and offset."),
    };
}
