namespace Logits.Formats;

/// <summary>Scores in lines of JSON.</summary>
sealed class JsonlScores : ScoreReader
{
    readonly LineText _text;
    readonly ClassLabels _classes;
    byte[]? _first;

    public JsonlScores(Stream stream, string name, ScoreFileOptions options) : base(name, ScoreFormat.Jsonl)
    {
        _text = new(stream, name);
        if (!_text.NextLine(out var line))
            throw DataFormatException.Whole(name, "is empty; at least 1 row of scores is needed");
        _first = line.ToArray();
        Classes = JsonLine.Read(_text, _first, Span<double>.Empty, out var label);
        if (Classes < 0)
            throw Missing();
        if (Classes == 0)
            throw _text.Wrong("\"logits\" is empty; a row has at least 1 score");
        if (Classes > MostClasses)
            throw _text.Wrong($"a row has {Classes} scores; at most {MostClasses} are read");
        ElementType = ElementType.Text;
        ClassNames = Names(name, options, Classes);
        HasLabels = label.IsThere;
        _classes = new(Classes, ClassNames);
    }

    private protected override int ReadRows<T>(Span<T> scores, Span<int> labels)
    {
        int done = 0;
        for (; scores.Length > 0; done++, scores = scores[Classes..])
        {
            ReadOnlySpan<byte> line = _first;
            if (_first is null && !_text.NextLine(out line))
                break;
            _first = null;
            int count = JsonLine.Read(_text, line, scores[..Classes], out var label);
            if (count < 0)
                throw Missing();
            if (count != Classes)
                throw _text.Wrong($"there {(count == 1 ? "is 1 score" : $"are {count} scores")}; the rows before have {Classes}");
            if (label.IsThere != HasLabels)
                throw _text.Wrong(HasLabels ? "has no \"label\"; the rows before have one" : "has a \"label\"; the rows before have none");
            if (!label.IsThere)
                continue;
            string? refusal = label.Parse(_classes, out int index);
            if (refusal is not null)
                throw _text.Wrong(refusal);
            if (labels.Length > 0)
                labels[done] = index;
        }
        return done;
    }

    DataFormatException Missing() => _text.Wrong("has no \"logits\"; a line is {\"logits\":[…],\"label\":0}");

    private protected override void Dispose(bool disposing) => _text.Dispose();
}
