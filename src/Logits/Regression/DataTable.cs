namespace Logits.Regression;

/// <summary>Named columns of equal length held in memory: what a <see cref="Formula"/> reads. Immutable.</summary>
public sealed class DataTable
{
    readonly Dictionary<string, Column> _byName;

    /// <summary>A table of these columns.</summary>
    /// <exception cref="ArgumentException">Lengths differ or a name occurs twice.</exception>
    public DataTable(params IReadOnlyList<Column> columns)
    {
        Columns = [.. columns];
        Rows = columns.Count == 0 ? 0 : columns[0].Count;
        _byName = new(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            if (column.Count != Rows)
                throw new ArgumentException($"column {column.Name} has {column.Count} cells; column {columns[0].Name} has {Rows}.", nameof(columns));
            if (!_byName.TryAdd(column.Name, column))
                throw new ArgumentException($"column {column.Name} occurs twice; names in a table are distinct.", nameof(columns));
        }
    }

    /// <summary>The columns in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The column with this name.</summary>
    /// <exception cref="ArgumentException">No column has the name.</exception>
    public Column this[string name] => _byName.TryGetValue(name, out var column) ? column : throw new ArgumentException(
        $"there is no column {name}; the table has {string.Join(", ", Columns.Take(30).Select(c => c.Name))}{(Columns.Count > 30 ? ", …" : "")}.", nameof(name));

    /// <summary>Whether a column has this name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>The table with one more column, or with the column of that name replaced.</summary>
    public DataTable With(Column column) => new([.. Columns.Where(c => c.Name != column.Name), column]);

    /// <summary>The rows with these indices, in this order.</summary>
    public DataTable Select(ReadOnlySpan<int> rows)
    {
        var chosen = new List<Column>(Columns.Count);
        foreach (var column in Columns)
            chosen.Add(column.Select(rows));
        return new(chosen);
    }

    /// <summary>Reads comma-separated text: a header row, then one row a line; quotes as in RFC 4180.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">How errors call the source, for instance the file's name.</param>
    /// <param name="separator">The character between cells.</param>
    /// <remarks>
    /// A column is numeric when every cell that is there reads as a number, else categorical with its levels sorted ordinally.
    /// An empty cell, NA and NaN are missing, spaces around them aside.
    /// </remarks>
    /// <exception cref="FormatException">A row has another number of cells than the header, a name occurs twice, or a quote does not end; the message names row and source.</exception>
    public static DataTable ReadCsv(TextReader reader, string name = "csv", char separator = ',')
    {
        var cells = new List<string>();
        if (reader.Peek() == '\uFEFF')
            reader.Read();
        if (!ReadRecord(reader, cells, separator, name, 0))
            throw new FormatException($"{name}: the file is empty; the first row holds the names of the columns.");
        string[] header = [.. cells.Select(cell => cell.Trim())];
        if (header.GroupBy(title => title, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FormatException($"{name}: the header names column {(twice.Key.Length == 0 ? "\"\"" : twice.Key)} twice; names are distinct.");
        var columns = header.Select(_ => new List<string?>()).ToArray();
        for (int row = 1; ReadRecord(reader, cells, separator, name, row); row++)
        {
            if (cells.Count == 1 && cells[0].Length == 0 && header.Length > 1)
                continue;
            if (cells.Count != header.Length)
                throw new FormatException($"{name}: row {row}: there are {cells.Count} cells; the header names {header.Length} columns.");
            for (int j = 0; j < header.Length; j++)
                columns[j].Add(cells[j].AsSpan().Trim() is "" or "NA" or "NaN" or "nan" ? null : cells[j]);
        }
        return new([.. header.Select((title, j) => Typed(title, columns[j]))]);
    }

    /// <summary>Reads a file of comma-separated text; see <see cref="ReadCsv(TextReader, string, char)"/>.</summary>
    public static DataTable ReadCsv(string path)
    {
        using var reader = new StreamReader(path);
        return ReadCsv(reader, path, path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',');
    }

    static Column Typed(string name, List<string?> texts)
    {
        var values = new double[texts.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (texts[i] is not { } text)
                values[i] = double.NaN;
            else if (!Column.Number(text.AsSpan().Trim().ToString(), out values[i]))
                return new CategoricalColumn(name, texts);
        }
        return new NumericColumn(name, values);
    }

    /// <summary>One record of RFC 4180: cells in quotes may hold separators, line ends and doubled quotes. A quote inside a cell that does not start with one is a character.</summary>
    static bool ReadRecord(TextReader reader, List<string> cells, char separator, string name, int row)
    {
        cells.Clear();
        string? line = reader.ReadLine();
        if (line is null)
            return false;
        if (!line.Contains('"'))
        {
            cells.AddRange(line.Split(separator));
            return true;
        }
        var cell = new System.Text.StringBuilder();
        bool quoted = false, wasQuoted = false;
        while (true)
        {
            for (int i = 0; i < line.Length; i++)
            {
                char c = line[i];
                if (quoted)
                {
                    if (c != '"') cell.Append(c);
                    else if (i + 1 < line.Length && line[i + 1] == '"') { cell.Append('"'); i++; }
                    else quoted = false;
                }
                else if (c == '"' && !wasQuoted && IsBlank(cell)) { quoted = wasQuoted = true; cell.Clear(); }
                else if (c == separator) { cells.Add(cell.ToString()); cell.Clear(); wasQuoted = false; }
                else cell.Append(c);
            }
            if (!quoted)
                break;
            line = reader.ReadLine() ?? throw new FormatException($"{name}: {(row == 0 ? "the header" : $"row {row}")}: a quoted cell does not end.");
            cell.Append('\n');
        }
        cells.Add(cell.ToString());
        return true;
    }

    static bool IsBlank(System.Text.StringBuilder cell)
    {
        for (int i = 0; i < cell.Length; i++)
            if (!char.IsWhiteSpace(cell[i]))
                return false;
        return true;
    }
}
