namespace Logits.Formats;

/// <summary>One label a line: as it stands, or in JSON.</summary>
sealed class LineLabels(Stream stream, string name, ClassLabels classes, bool json) : LabelReader(name)
{
    readonly LineText _text = new(stream, name);

    private protected override int ReadLabels(Span<int> labels)
    {
        int done = 0;
        while (done < labels.Length && _text.NextLine(out var line))
        {
            string? refusal;
            if (json)
            {
                JsonLine.Read(_text, line, Span<float>.Empty, out var label);
                refusal = label.IsThere ? label.Parse(classes, out labels[done]) : "has no \"label\"";
            }
            else
                refusal = classes.Parse(line.Trim(" \t"u8), out labels[done]);
            if (refusal is not null)
                throw _text.Wrong(refusal);
            done++;
        }
        return done > 0 || _text.Row >= 0 || labels.IsEmpty ? done : throw DataFormatException.Whole(Name, "is empty; at least 1 label is needed");
    }

    private protected override void Dispose(bool disposing) => _text.Dispose();
}
