using System.Text;
using Logits.Regression;

namespace Logits.Formats;

/// <summary>Rows of a comma-separated file with a header, RFC 4180 (tab-separated where the name ends in <c>.tsv</c>); every column that is read is a number.</summary>
/// <remarks>Memory is one window of 64 KiB, however large the file. A row with an empty, NA or NaN cell in a column that is read is left out and counted.</remarks>
public sealed class CsvRowSource : IRowSource, IDisposable
{
    const int Skipped = -1;

    readonly string _path;
    readonly string[] _header;
    readonly int[] _place;      // for every column of the file: where its number goes in a row of predictors, response and weight
    readonly double[] _row;
    readonly bool _weighted;
    DelimitedText _text;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="response">The column of 0 and 1, or of shares between.</param>
    /// <param name="predictors">The columns of numbers; all others when null.</param>
    /// <param name="weights">The column of weights, or null.</param>
    /// <exception cref="ArgumentException">The header has no such column, or a column is asked for twice.</exception>
    /// <exception cref="DataFormatException">The file cannot be read or names a column twice.</exception>
    public CsvRowSource(string path, string response, IReadOnlyList<string>? predictors = null, string? weights = null)
    {
        _path = path;
        _text = Open();
        try
        {
            _header = ReadHeader();
            _place = new int[_header.Length];
            _place.AsSpan().Fill(Skipped);
            Names = predictors ?? [.. _header.Where(name => name != response && name != weights)];
            _row = new double[Names.Count + 2];
            _weighted = weights is not null;
            for (int j = 0; j < Names.Count; j++)
                Place(Names[j], j);
            Place(response, Names.Count);
            if (weights is not null)
                Place(weights, Names.Count + 1);
        }
        catch
        {
            _text.Dispose();
            throw;
        }
    }

    void Place(string name, int place)
    {
        int at = Array.IndexOf(_header, name);
        if (at < 0)
            throw new ArgumentException($"{_path}: there is no column {name}; the file has {string.Join(", ", _header.Take(30))}{(_header.Length > 30 ? ", …" : "")}.");
        if (_place[at] != Skipped)
            throw new ArgumentException($"{_path}: column {name} is asked for twice; a column is one predictor, the response or the weights.");
        _place[at] = place;
    }

    DelimitedText Open() => new(ByteSource.OpenFile(_path), _path, _path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',');

    string[] ReadHeader()
    {
        if (!_text.NextRow())
            throw DataFormatException.Whole(_path, "is empty; the first row holds the names of the columns");
        var names = new List<string>();
        CellEnd end;
        do
        {
            end = _text.ReadCell(out var cell);
            names.Add(Encoding.UTF8.GetString(cell).Trim());
        }
        while (end == CellEnd.Separator);
        if (names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw _text.Wrong($"column {DataFormatException.Quote(twice.Key)} occurs twice; names of columns are distinct");
        return [.. names];
    }

    /// <inheritdoc/>
    public int Columns => Names.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Rows left out in the latest pass because a cell is missing.</summary>
    public long RowsDropped { get; private set; }

    /// <inheritdoc/>
    public void Rewind()
    {
        _text.Dispose();
        _text = Open();
        ReadHeader();
        RowsDropped = 0;
    }

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">A cell is no finite number, a response is not 0 to 1, a weight is below 0, or a row has another number of cells than the header.</exception>
    public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
    {
        int count = 0, p = Names.Count;
        while (count < responses.Length && _text.NextRow())
        {
            _text.Row++;
            if (!ReadRow())
            {
                RowsDropped++;
                continue;
            }
            double response = _row[p], weight = _weighted ? _row[p + 1] : 1;
            if (response is < 0 or > 1)
                throw _text.Wrong($"the response is {response}; it is 0 to 1");
            if (weight < 0)
                throw _text.Wrong($"the weight is {weight}; it is at least 0");
            _row.AsSpan(0, p).CopyTo(predictors[(count * p)..]);
            (responses[count], weights[count]) = (response, weight);
            count++;
        }
        return count;
    }

    /// <summary>Reads the row that the text stands on; false where a cell that is needed is missing.</summary>
    bool ReadRow()
    {
        bool complete = true;
        for (int column = 0; ; column++)
        {
            CellEnd end;
            if (_place[column] == Skipped)
                end = _text.ReadCell(out _);
            else
            {
                if (!_text.TryReadNumber(out double value, out end))
                {
                    end = _text.ReadCell(out var cell);
                    if (cell.Trim(" \t"u8) is [] || cell.Trim(" \t"u8) is var text && (text.SequenceEqual("NA"u8) || text.SequenceEqual("NaN"u8) || text.SequenceEqual("nan"u8)))
                        complete = false;
                    else if (!NumberText.TryParse(cell, out value) || !double.IsFinite(value))
                        throw _text.Wrong($"{DataFormatException.Quote(cell)} in column {_header[column]} is not a finite number");
                }
                _row[_place[column]] = value;
            }
            bool last = column == _header.Length - 1;
            if (end != CellEnd.Separator)
                return last ? complete : throw _text.Wrong($"there are {column + 1} cells; the header names {_header.Length} columns");
            if (last)
                throw _text.Wrong($"there are more cells than the {_header.Length} columns that the header names");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _text.Dispose();
}
