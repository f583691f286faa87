using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Logits.Formats;

/// <summary>Scores in comma- or tab-separated text.</summary>
sealed class DelimitedScores : ScoreReader
{
    readonly DelimitedText _text;
    readonly ClassLabels? _classes;
    readonly int _labelColumn = -1;
    readonly int _columns;
    readonly Queue<(byte[][] Cells, long Line)> _seen = [];     // Rows of scores that were looked at to see whether there is a header.
    CellEnd _ended;

    public DelimitedScores(Stream stream, string name, ScoreFormat format, ScoreFileOptions options) : base(name, format)
    {
        _text = new(stream, name, format == ScoreFormat.Tsv ? '\t' : ',');
        if (!_text.NextRow())
            throw DataFormatException.Whole(name, "is empty; at least 1 row of scores is needed");
        byte[][] first = WholeRow();
        long firstLine = _text.RowLine;
        _columns = first.Length;
        IReadOnlyList<string>? names = null;
        byte[][]? second = options.Header is null && CountsUp(first) && _text.NextRow() ? WholeRow() : null;
        if (options.Header ?? (LooksLikeHeader(first) || second is not null && second.Any(HasFraction)))
        {
            string[] titles = [.. first.Select(Title)];
            _labelColumn = LabelColumn(titles);
            names = [.. titles.Where((_, i) => i != _labelColumn)];
            CheckNames(titles);
            if (second is null && !_text.NextRow())
                throw DataFormatException.Whole(name, "has a header and no rows; at least 1 is needed");
        }
        else
            _seen.Enqueue((first, firstLine));
        if (second is not null)
            _seen.Enqueue((second, _text.RowLine));
        _text.Row = 0;
        Classes = _columns - (_labelColumn >= 0 ? 1 : 0);
        if (Classes == 0)
            throw DataFormatException.Whole(name, "has no classes: label is its only column; a row has at least 1 score");
        ElementType = ElementType.Text;
        ClassNames = Names(name, options, Classes, names);
        HasLabels = _labelColumn >= 0;
        if (HasLabels)
            _classes = new(Classes, ClassNames);
    }

    private protected override int ReadRows<T>(Span<T> scores, Span<int> labels)
    {
        int done = 0;
        for (; scores.Length > 0; done++, scores = scores[Classes..])
        {
            int label = 0;
            if (_seen.TryDequeue(out var seen))
                TakeSeen(seen.Cells, seen.Line, scores[..Classes]);
            else if (_text.NextRow())
                label = ReadRow(scores[..Classes]);
            else
                break;
            if (HasLabels && labels.Length > 0)
                labels[done] = label;
            _text.Row++;
        }
        return done;
    }

    int ReadRow<T>(Span<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int label = 0, k = 0;
        for (int column = 0; column < _columns; column++)
        {
            if (column == _labelColumn)
            {
                _ended = _text.ReadCell(out var cell);
                if (_classes!.Parse(cell.Trim(" \t"u8), out label) is { } refusal)
                    throw _text.Wrong(refusal);
            }
            else if (!_text.TryReadNumber(out scores[k++], out _ended))
            {
                _ended = _text.ReadCell(out var cell);
                if (!NumberText.TryParse(cell, out scores[k - 1]))
                    throw NotANumber(column, k - 1, cell);
            }
            if (_ended != CellEnd.Separator && column < _columns - 1)
                throw Ragged(column + 1);
        }
        if (_ended == CellEnd.Separator)
            throw Ragged(_columns + Rest());
        return label;
    }

    /// <summary>A row without labels that was read as text.</summary>
    void TakeSeen<T>(byte[][] cells, long line, Span<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _text.RowLine = line;
        if (cells.Length != _columns)
            throw Ragged(cells.Length);
        for (int k = 0; k < scores.Length; k++)
            if (!NumberText.TryParse(cells[k], out scores[k]))
                throw NotANumber(k, k, cells[k]);
    }

    /// <summary>Cells that follow the last one that is expected.</summary>
    int Rest()
    {
        int more = 1;
        for (; _text.ReadCell(out _) == CellEnd.Separator; more++)
            ;
        return more;
    }

    DataFormatException Ragged(int cells) => _text.Wrong($"there {(cells == 1 ? "is 1 cell" : $"are {cells} cells")}; the rows before have {_columns}");

    DataFormatException NotANumber(int column, int k, ReadOnlySpan<byte> cell)
    {
        string title = ClassNames is null ? $"column {column + 1}" : $"column {column + 1} ({DataFormatException.Quote(ClassNames[k])})";
        if (cell.Trim(" \t"u8).IsEmpty)
            return _text.Wrong($"{title} is empty; a score is a number, inf, -inf or nan");
        string hint = ClassNames is null ? "; a column of labels needs a header that calls it label" : "";
        return _text.Wrong($"{title} is {DataFormatException.Quote(cell)}, which is no number{hint}");
    }

    byte[][] WholeRow()
    {
        const int mostBytes = 1 << 28;
        var cells = new List<byte[]>();
        long bytes = 0;
        do
        {
            _ended = _text.ReadCell(out var cell);
            cells.Add(cell.ToArray());
            bytes += cell.Length + 1;
            if (cells.Count > MostClasses || bytes > mostBytes)
                throw _text.Wrong($"a row has more than {cells.Count - 1} cells in {bytes} bytes; at most {MostClasses} cells in {mostBytes} bytes are read");
        }
        while (_ended == CellEnd.Separator);
        return [.. cells];
    }

    /// <summary>A header calls a column label, or is text for the larger part: one wrong cell in a row of numbers is an error, not a name.</summary>
    static bool LooksLikeHeader(byte[][] cells) =>
        cells.Any(cell => IsLabel(Encoding.UTF8.GetString(cell).Trim())) || 2 * cells.Count(cell => !NumberText.TryParse<double>(cell, out _)) > cells.Length;

    /// <summary>Tables without names are often written with their columns' numbers, which no row of scores looks like.</summary>
    static bool CountsUp(byte[][] cells)
    {
        if (cells.Length < 2 || !int.TryParse(cells[0], out int first) || first is not (0 or 1))
            return false;
        for (int i = 0; i < cells.Length; i++)
            if (!int.TryParse(cells[i], out int number) || number != first + i)
                return false;
        return true;
    }

    static bool HasFraction(byte[] cell) => cell.AsSpan().ContainsAny((byte)'.', (byte)'e', (byte)'E');

    /// <summary>Whether a column of this title holds the labels.</summary>
    public static bool IsLabel(string title) => title.Equals("label", StringComparison.OrdinalIgnoreCase) || title.Equals("labels", StringComparison.OrdinalIgnoreCase);

    string Title(byte[] cell) => Utf8.IsValid(cell) ? Encoding.UTF8.GetString(cell).Trim() : throw _text.Wrong($"the header cell {DataFormatException.Quote(cell)} is not UTF-8");

    int LabelColumn(string[] titles)
    {
        int found = Array.FindIndex(titles, IsLabel);
        if (found >= 0 && Array.FindLastIndex(titles, IsLabel) != found)
            throw _text.Wrong("the header names the column label twice");
        return found;
    }

    void CheckNames(string[] titles)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < titles.Length; i++)
        {
            if (titles[i].Length == 0)
                throw _text.Wrong($"column {i + 1} has no name in the header; an index that pandas put there is left out by to_csv(index=False)");
            if (!seen.Add(titles[i]))
                throw _text.Wrong($"the header names the class {DataFormatException.Quote(titles[i])} twice");
        }
    }

    private protected override void Dispose(bool disposing) => _text.Dispose();
}
