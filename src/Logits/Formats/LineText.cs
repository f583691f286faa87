namespace Logits.Formats;

/// <summary>Lines of text.</summary>
sealed class LineText(Stream stream, string name) : TextBuffer(stream, name, LongestLine)
{
    const int LongestLine = 1 << 28;

    /// <summary>The row that errors name, from 0: lines that are not blank are counted.</summary>
    public long Row { get; private set; } = -1;

    /// <summary>The number of the line, from 1.</summary>
    public long RowLine { get; private set; }

    /// <summary>Gives the next line that is not blank, without its end; good until the next call. False when there is none.</summary>
    public bool NextLine(out ReadOnlySpan<byte> line)
    {
        while (Ensure(1))
        {
            RowLine = Line;
            int length = 0;
            while (true)
            {
                int found = Ahead[length..].IndexOfAny((byte)'\n', (byte)'\r');
                length = found < 0 ? Ahead.Length : length + found;
                // With what ends the line in the window, taking it moves nothing.
                if (found >= 0 ? Ensure(length + 2) || true : !Ensure(length + 1))
                    break;
            }
            line = Bytes.AsSpan(At, length);
            At += length;
            if (At < End)
                TakeLineEnd();
            if (line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
                continue;
            Row++;
            return true;
        }
        line = default;
        return false;
    }

    /// <summary>The error at the present row.</summary>
    public DataFormatException Wrong(string cause) => DataFormatException.AtRow(Name, Row, RowLine, cause);

    /// <inheritdoc/>
    protected override DataFormatException TooLong(int most) => DataFormatException.AtRow(Name, Row + 1, Line, $"a line is longer than {most} bytes");
}
