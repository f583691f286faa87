using System.Text;

namespace Logits.Formats;

/// <summary>Labels in comma- or tab-separated text: the column <c>label</c>, or the only column.</summary>
sealed class DelimitedLabels : LabelReader
{
    readonly DelimitedText _text;
    readonly ClassLabels _classes;
    readonly int _column, _columns = 1;
    int? _first;

    public DelimitedLabels(Stream stream, string name, char separator, ClassLabels classes) : base(name)
    {
        _text = new(stream, name, separator);
        _classes = classes;
        if (!_text.NextRow())
            throw DataFormatException.Whole(name, "is empty; at least 1 label is needed");
        int found = -1;
        byte[] only = [];
        CellEnd end;
        for (int column = 0; ; column++)
        {
            end = _text.ReadCell(out var cell);
            string title = Encoding.UTF8.GetString(cell).Trim();
            if (DelimitedScores.IsLabel(title))
                found = found < 0 ? column : throw _text.Wrong("the header names the column label twice");
            if (column == 0)
                only = cell.ToArray();
            _columns = column + 1;
            if (end != CellEnd.Separator)
                break;
        }
        if (found < 0 && _columns > 1)
            throw _text.Wrong($"there are {_columns} columns, and none is called label");
        _column = Math.Max(found, 0);
        _text.Row = 0;
        if (found < 0)
            _first = Parse(only);
        else if (!_text.NextRow())
            throw DataFormatException.Whole(name, "has a header and no labels; at least 1 is needed");
    }

    private protected override int ReadLabels(Span<int> labels)
    {
        int done = 0;
        for (; done < labels.Length; done++)
        {
            if (_first is { } first)
                labels[done] = first;
            else if (_text.NextRow())
                labels[done] = ReadRow();
            else
                break;
            _first = null;
            _text.Row++;
        }
        return done;
    }

    int ReadRow()
    {
        int label = 0, column = 0;
        CellEnd end;
        do
        {
            end = _text.ReadCell(out var cell);
            if (column == _column)
                label = Parse(cell);
            column++;
        }
        while (end == CellEnd.Separator);
        return column == _columns ? label : throw _text.Wrong($"there {(column == 1 ? "is 1 cell" : $"are {column} cells")}; the rows before have {_columns}");
    }

    int Parse(ReadOnlySpan<byte> cell) => _classes.Parse(cell.Trim(" \t"u8), out int label) is { } refusal ? throw _text.Wrong(refusal) : label;

    private protected override void Dispose(bool disposing) => _text.Dispose();
}
