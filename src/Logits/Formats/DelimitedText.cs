using System.Numerics;

namespace Logits.Formats;

/// <summary>What stands behind a cell.</summary>
enum CellEnd { Separator, Line, Text }

/// <summary>Cells of comma- or tab-separated text, RFC 4180: quotes, doubled quotes, line ends within quotes; \n, \r\n and \r end a row.</summary>
sealed class DelimitedText(Stream stream, string name, char separator) : TextBuffer(stream, name, LongestCell)
{
    const int LongestCell = 1 << 20;

    readonly byte _separator = (byte)separator;

    /// <summary>The row that errors name; −1 is the header.</summary>
    public long Row { get; set; } = -1;

    /// <summary>The line the row began on, from 1.</summary>
    public long RowLine { get; set; } = 1;

    /// <summary>Stands on the first cell of the next row, past empty lines; false when there is none.</summary>
    public bool NextRow()
    {
        while (Ensure(1))
        {
            if (Bytes[At] is not ((byte)'\n' or (byte)'\r'))
            {
                RowLine = Line;
                return true;
            }
            TakeLineEnd();
        }
        return false;
    }

    /// <summary>Reads a cell that holds a plain number; where it does not, nothing is taken and <see cref="ReadCell"/> tells what stands there.</summary>
    public bool TryReadNumber<T>(out T value, out CellEnd end) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Only the end of the text may cut a number short, so the window holds all that Scan looks at, and what ends the cell.
        bool inside = Ensure(NumberText.FastBytes + 2);
        var ahead = inside ? Bytes.AsSpan(At, NumberText.FastBytes) : Ahead;
        int taken = NumberText.Scan(ahead, out value);
        end = CellEnd.Text;
        if (taken == 0 || taken == NumberText.FastBytes)
            return false;
        if (At + taken == End)
        {
            At += taken;
            return true;
        }
        byte next = Bytes[At + taken];
        if (next == _separator)
        {
            At += taken + 1;
            end = CellEnd.Separator;
            return true;
        }
        if (next is not ((byte)'\n' or (byte)'\r'))
            return false;
        At += taken;
        TakeLineEnd();
        end = CellEnd.Line;
        return true;
    }

    /// <summary>Reads a cell as text, without its quotes; the bytes are good until the next read.</summary>
    public CellEnd ReadCell(out ReadOnlySpan<byte> cell)
    {
        if (Ensure(1) && Bytes[At] == '"')
            return ReadQuoted(out cell);
        int length = 0;
        while (true)
        {
            int found = Ahead[length..].IndexOfAny(_separator, (byte)'\n', (byte)'\r');
            if (found >= 0)
            {
                length += found;
                break;
            }
            length = Ahead.Length;
            if (!Ensure(length + 1))
                break;
        }
        if (Ahead[..length].Contains((byte)'"'))
            throw Wrong("a quote stands within a cell that does not begin with one; put the cell in quotes and double those within it");
        return Finish(length, 0, length, out cell);
    }

    CellEnd ReadQuoted(out ReadOnlySpan<byte> cell)
    {
        int at = 1, doubled = 0;
        while (true)
        {
            int found = Ahead[at..].IndexOf((byte)'"');
            if (found < 0)
            {
                at = Ahead.Length;
                if (!Ensure(at + 1))
                    throw Wrong("a quote opens and never closes");
                continue;
            }
            at += found + 1;
            if (!Ensure(at + 1) || Bytes[At + at] != '"')
                break;
            doubled++;
            at++;
        }
        int length = at - 2;
        var content = Bytes.AsSpan(At + 1, length);
        Line += content.Count((byte)'\n');
        if (doubled > 0)
        {
            int to = 0;
            for (int from = 0; from < content.Length; from++)
            {
                content[to++] = content[from];
                if (content[from] == '"')
                    from++;
            }
            length = to;
        }
        if (Ensure(at + 1) && Bytes[At + at] is var next && next != _separator && next is not ((byte)'\n' or (byte)'\r'))
            throw Wrong("text follows the quote that closes a cell");
        return Finish(at, 1, length, out cell);
    }

    CellEnd Finish(int taken, int start, int length, out ReadOnlySpan<byte> cell)
    {
        // Taking the end of the line may move the window; with its two bytes there, it stays.
        Ensure(taken + 2);
        cell = Bytes.AsSpan(At + start, length);
        At += taken;
        if (At == End)
            return CellEnd.Text;
        if (Bytes[At] == _separator)
        {
            At++;
            return CellEnd.Separator;
        }
        TakeLineEnd();
        return CellEnd.Line;
    }

    /// <summary>The error at the present row.</summary>
    public DataFormatException Wrong(string cause) =>
        Row < 0 ? new(Name, $"line {RowLine}", cause) : DataFormatException.AtRow(Name, Row, RowLine, cause);

    /// <inheritdoc/>
    protected override DataFormatException TooLong(int most) => Wrong($"a cell is longer than {most} bytes");
}
