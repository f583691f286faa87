using System.Text;

namespace Logits.Formats;

/// <summary>A file that cannot be read as what it claims to be. The message is one line: <c>FILE: row 12: label 10 is outside 0..9</c>.</summary>
/// <remarks>Everything that can be wrong with a file from outside ends here; a caller needs no other handler for bad input.</remarks>
public sealed class DataFormatException : FormatException
{
    /// <summary>Says what is wrong with a file.</summary>
    /// <param name="file">The file as the user wrote it.</param>
    /// <param name="place">Where in it, such as <c>row 12</c> or <c>offset 10</c>; null for the file as a whole.</param>
    /// <param name="cause">What is there, what is allowed, and the way out.</param>
    /// <param name="inner">The error below this one, if any.</param>
    public DataFormatException(string file, string? place, string cause, Exception? inner = null)
        : base(place is null ? $"{OneLine(file)}: {OneLine(cause)}" : $"{OneLine(file)}: {OneLine(place)}: {OneLine(cause)}", inner)
    {
        File = file;
        Place = place;
        Cause = OneLine(cause);
    }

    /// <summary>The file as the user wrote it.</summary>
    public string File { get; }

    /// <summary>Where in the file: <c>row 12</c> (rows of scores are counted from 0), <c>offset 10</c> (bytes from 0); null for the file as a whole.</summary>
    public string? Place { get; }

    /// <summary>What is wrong, without file and place.</summary>
    public string Cause { get; }

    internal static DataFormatException Whole(string file, string cause, Exception? inner = null) => new(file, null, cause, inner);

    internal static DataFormatException AtOffset(string file, long offset, string cause) => new(file, $"offset {offset}", cause);

    internal static DataFormatException AtRow(string file, long row, string cause) => new(file, $"row {row}", cause);

    /// <summary>A row of a text file: the line, counted from 1 as editors do, is named too.</summary>
    internal static DataFormatException AtRow(string file, long row, long line, string cause) => new(file, $"row {row}", $"{cause} (line {line})");

    /// <summary>Text from the file between quotes, short enough for a message.</summary>
    internal static string Quote(ReadOnlySpan<char> text) => text.Length > 40 ? $"\"{text[..40]}…\"" : $"\"{text}\"";

    /// <summary>Bytes from the file, read as UTF-8, between quotes and short enough for a message.</summary>
    internal static string Quote(ReadOnlySpan<byte> text) => Quote(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 200)]));

    /// <summary>A list short enough for a message.</summary>
    internal static string List(IEnumerable<string> names)
    {
        string[] first = [.. names.Take(11)];
        return string.Join(", ", first.Take(10)) + (first.Length > 10 ? ", …" : "");
    }

    /// <summary>A file may hold anything, a message is one line: control characters are shown by their number.</summary>
    static string OneLine(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.AsSpan().ContainsAny('\u007F', '\u2028', '\u2029'))
            return text;
        var line = new StringBuilder(text.Length + 16);
        foreach (char c in text)
            _ = c switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                < ' ' or '\u007F' or '\u2028' or '\u2029' => line.Append($"\\u{(int)c:x4}"),
                _ => line.Append(c),
            };
        return line.ToString();
    }
}
