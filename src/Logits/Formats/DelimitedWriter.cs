using System.Globalization;
using System.Numerics;
using System.Text;

namespace Logits.Formats;

/// <summary>Writes comma- or tab-separated text: a header where there are names or labels, shortest decimals, <c>inf</c>, <c>-inf</c>, <c>nan</c>.</summary>
sealed class DelimitedWriter : ScoreWriter
{
    readonly byte _separator;
    readonly byte[][] _names;
    readonly byte[][] _labels;      // By name, which a reader takes before a number; the answers to one question are 0 and 1.

    public DelimitedWriter(Stream stream, AtomicFile? file, string name, ScoreFormat format, int classes, ScoreWriterOptions options) : base(stream, file, name, format, classes, options)
    {
        _separator = (byte)(format == ScoreFormat.Tsv ? '\t' : ',');
        _names = [.. (options.ClassNames ?? Numbers(classes)).Select(Quoted)];
        _labels = classes == 1 ? [.. Numbers(2).Select(Quoted)] : _names;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string title in options.ClassNames ?? [])
            if (title.Trim() is "" || title.Trim() != title || DelimitedScores.IsLabel(title) || !seen.Add(title))
                throw new ArgumentException($"ClassNames holds \"{title}\"; a header needs names that differ, are not blank, have no blanks around them and are not label.", nameof(options));
    }

    private protected override void Start(bool labelled, ElementType type)
    {
        if (Options.ClassNames is null && !labelled)
            return;
        for (int k = 0; k < Classes; k++)
        {
            if (k > 0)
                Output.Write(_separator);
            Output.Write(_names[k]);
        }
        if (labelled)
        {
            Output.Write(_separator);
            Output.Write("label"u8);
        }
        Output.Write((byte)'\n');
    }

    private protected override void WriteRows<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels)
    {
        for (int row = 0; scores.Length > 0; row++, scores = scores[Classes..])
        {
            for (int k = 0; k < Classes; k++)
            {
                if (k > 0)
                    Output.Write(_separator);
                NumberText.Write(Output, scores[k]);
            }
            if (labels.Length > 0)
            {
                Output.Write(_separator);
                Output.Write(_labels[labels[row]]);
            }
            Output.Write((byte)'\n');
        }
    }

    private protected override void End(bool labelled)
    {
    }

    static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    byte[] Quoted(string text) => Encoding.UTF8.GetBytes(
        text.AsSpan().ContainsAny("\"\r\n") || text.Contains((char)_separator, StringComparison.Ordinal) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text);
}
