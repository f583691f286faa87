using System.Runtime.InteropServices;

namespace Logits.Regression;

/// <summary>A term of a model: the columns of the design matrix that enter and leave it together.</summary>
/// <param name="Name">The term as the formula writes it, such as <c>x1:x2</c>.</param>
/// <param name="First">Its first column.</param>
/// <param name="Count">How many columns it has.</param>
/// <param name="Factors">The variables it multiplies; a term whose factors are all in another term is marginal to it.</param>
public sealed record DesignTerm(string Name, int First, int Count, IReadOnlyList<string> Factors)
{
    internal bool IsMarginalTo(DesignTerm other) => other.Factors.Count > Factors.Count && Factors.All(other.Factors.Contains);
}

/// <summary>The predictors of a model: n rows × p named columns, in memory row after row. Immutable to its readers.</summary>
public sealed class DesignMatrix
{
    internal readonly double[] Data;

    internal DesignMatrix(double[] data, int rows, IReadOnlyList<string> names, IReadOnlyList<DesignTerm>? terms, int intercept)
    {
        Data = data;
        Rows = rows;
        Names = names;
        Intercept = intercept;
        Terms = terms ?? [.. names.Select((name, j) => new DesignTerm(name, j, 1, [name])).Where(term => term.First != intercept)];
        if (data.Length != (long)rows * names.Count)
            throw new ArgumentException($"values holds {data.Length} elements; {rows} rows × {names.Count} columns need {(long)rows * names.Count}.", nameof(data));
    }

    /// <summary>A design matrix of <paramref name="values"/> (copied), row after row, with a column of ones in front unless <paramref name="intercept"/> is false.</summary>
    /// <param name="values">n × p predictors.</param>
    /// <param name="columns">p.</param>
    /// <param name="names">p names; x1, x2, … when null.</param>
    /// <param name="intercept">Whether the model has a constant term, named <c>(Intercept)</c>.</param>
    /// <exception cref="ArgumentException">The values are not whole rows, or are not finite (the message names row and column), or a name occurs twice.</exception>
    public static DesignMatrix From(ReadOnlySpan<double> values, int columns, IReadOnlyList<string>? names = null, bool intercept = true)
    {
        int rows = Throw.IfNotWholeRows(values.Length, columns, nameof(values), "columns");
        names ??= [.. Enumerable.Range(1, columns).Select(j => $"x{j}")];
        if (names.Count != columns)
            throw new ArgumentException($"names holds {names.Count} entries; the matrix has {columns} columns.", nameof(names));
        if (names.Concat(intercept ? [InterceptName] : []).GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"name {twice.Key} occurs twice; names of columns are distinct{(twice.Key == InterceptName ? ", and the constant has this one" : "")}.", nameof(names));
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                Throw.CellNotFinite(names[i % columns], i / columns, values[i]);
        if (!intercept)
            return new(values.ToArray(), rows, names, null, -1);
        int width = columns + 1;
        var data = new double[(long)rows * width];
        for (int i = 0; i < rows; i++)
        {
            data[i * width] = 1;
            values.Slice(i * columns, columns).CopyTo(data.AsSpan(i * width + 1));
        }
        return new(data, rows, [InterceptName, .. names], null, 0);
    }

    /// <summary>A design matrix of a rectangular array; see <see cref="From(ReadOnlySpan{double}, int, IReadOnlyList{string}?, bool)"/>.</summary>
    public static DesignMatrix From(double[,] values, IReadOnlyList<string>? names = null, bool intercept = true) =>
        From(values.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length), values.GetLength(1), names, intercept);

    internal const string InterceptName = "(Intercept)";

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of columns p, the constant one included.</summary>
    public int Columns => Names.Count;

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The terms, without the constant.</summary>
    public IReadOnlyList<DesignTerm> Terms { get; }

    /// <summary>The index of the column of ones, or −1 when the model has none.</summary>
    public int Intercept { get; }

    /// <summary>All entries, row after row.</summary>
    public ReadOnlySpan<double> Values => Data;

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> this[int row] => Data.AsSpan(row * Columns, Columns);

    /// <summary>The same columns with the constant one taken out, for models that bring their own intercepts or thresholds.</summary>
    internal DesignMatrix WithoutIntercept()
    {
        if (Intercept < 0)
            return this;
        int p = Columns, q = p - 1;
        var data = new double[(long)Rows * q];
        for (int i = 0; i < Rows; i++)
            for (int j = 0, k = 0; j < p; j++)
                if (j != Intercept)
                    data[i * q + k++] = Data[i * p + j];
        int Moved(int j) => j > Intercept ? j - 1 : j;
        return new(data, Rows, [.. Names.Where((_, j) => j != Intercept)], [.. Terms.Select(t => t with { First = Moved(t.First) })], -1);
    }

    /// <summary>The same columns with a column of ones in front, when there is none.</summary>
    internal DesignMatrix WithIntercept()
    {
        if (Intercept >= 0)
            return this;
        int p = Columns, q = p + 1;
        var data = new double[(long)Rows * q];
        for (int i = 0; i < Rows; i++)
        {
            data[i * q] = 1;
            Data.AsSpan(i * p, p).CopyTo(data.AsSpan(i * q + 1));
        }
        return new(data, Rows, [InterceptName, .. Names], [.. Terms.Select(t => t with { First = t.First + 1 })], 0);
    }

    /// <summary>These rows and columns only.</summary>
    internal DesignMatrix Select(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        var data = new double[(long)rows.Length * columns.Length];
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < columns.Length; j++)
                data[i * columns.Length + j] = Data[rows[i] * Columns + columns[j]];
        var names = new string[columns.Length];
        for (int j = 0; j < names.Length; j++)
            names[j] = Names[columns[j]];
        return new(data, rows.Length, names, null, columns.IndexOf(Intercept));
    }
}
