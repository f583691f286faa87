using System.Globalization;

namespace Logits.Regression;

/// <summary>A named column of a <see cref="DataTable"/>. Immutable.</summary>
public abstract class Column
{
    private protected Column(string name, int count) => (Name, Count) = (name, count);

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>The number of cells.</summary>
    public int Count { get; }

    /// <summary>Whether the cell is missing: empty or NA in a file, NaN or null in memory.</summary>
    public abstract bool IsMissing(int row);

    /// <summary>The cell as text; a missing cell is empty.</summary>
    public abstract string Text(int row);

    internal abstract Column Select(ReadOnlySpan<int> rows);

    /// <summary>Whether a cell equals a level, compared as text and, where both read as numbers, as numbers.</summary>
    internal static bool Same(string cell, string level) =>
        cell == level || (Number(cell, out double a) && Number(level, out double b) && a == b);

    internal static bool Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}

/// <summary>A column of numbers; NaN is a missing cell.</summary>
public sealed class NumericColumn : Column
{
    readonly double[] _values;

    /// <summary>A column over a copy of <paramref name="values"/>.</summary>
    public NumericColumn(string name, ReadOnlySpan<double> values) : this(name, values.ToArray()) { }

    internal NumericColumn(string name, double[] values) : base(name, values.Length) => _values = values;

    /// <summary>The numbers.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <inheritdoc/>
    public override bool IsMissing(int row) => double.IsNaN(_values[row]);

    /// <inheritdoc/>
    public override string Text(int row) => IsMissing(row) ? "" : _values[row].ToString("R", CultureInfo.InvariantCulture);

    internal override Column Select(ReadOnlySpan<int> rows)
    {
        var chosen = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            chosen[i] = _values[rows[i]];
        return new NumericColumn(Name, chosen);
    }
}

/// <summary>A column of categories: each cell is one of the levels, or missing.</summary>
public sealed class CategoricalColumn : Column
{
    readonly int[] _codes;

    /// <summary>A column of texts. Levels in the order given, or sorted when not given; a null text is missing.</summary>
    /// <exception cref="ArgumentException">A text is not among the levels given, or a level occurs twice.</exception>
    public CategoricalColumn(string name, IReadOnlyList<string?> values, IReadOnlyList<string>? levels = null) : base(name, values.Count)
    {
        // Ordinal order: the same levels on every machine, whatever its language.
        Levels = levels is null ? [.. values.OfType<string>().Distinct().Order(StringComparer.Ordinal)] : [.. levels];
        if (Levels.GroupBy(level => level, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"level {twice.Key} of {name} occurs twice; levels are distinct.", nameof(levels));
        var index = Levels.Select((level, code) => (level, code)).ToDictionary(pair => pair.level, pair => pair.code, StringComparer.Ordinal);
        _codes = new int[values.Count];
        for (int i = 0; i < _codes.Length; i++)
            _codes[i] = values[i] is not { } text ? -1 : index.TryGetValue(text, out int code) ? code
                : throw new ArgumentException($"{name}[{i}] is {text}; the levels of {name} are {string.Join(", ", Levels)}.", nameof(values));
    }

    CategoricalColumn(string name, int[] codes, IReadOnlyList<string> levels) : base(name, codes.Length) => (_codes, Levels) = (codes, levels);

    /// <summary>The levels; the first is the reference unless a formula says otherwise.</summary>
    public IReadOnlyList<string> Levels { get; }

    /// <summary>For each cell the index of its level; −1 is missing.</summary>
    public ReadOnlySpan<int> Codes => _codes;

    /// <inheritdoc/>
    public override bool IsMissing(int row) => _codes[row] < 0;

    /// <inheritdoc/>
    public override string Text(int row) => IsMissing(row) ? "" : Levels[_codes[row]];

    internal override Column Select(ReadOnlySpan<int> rows)
    {
        var chosen = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            chosen[i] = _codes[rows[i]];
        return new CategoricalColumn(Name, chosen, Levels);
    }
}
