using System.Globalization;

namespace Logits.Formats;

/// <summary>Writes one JSON object a line; infinities and NaN are the strings <c>"inf"</c>, <c>"-inf"</c>, <c>"nan"</c>.</summary>
sealed class JsonlWriter(Stream stream, AtomicFile? file, string name, int classes, ScoreWriterOptions options)
    : ScoreWriter(stream, file, name, ScoreFormat.Jsonl, classes, options)
{
    private protected override void Start(bool labelled, ElementType type)
    {
    }

    private protected override void WriteRows<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels)
    {
        for (int row = 0; scores.Length > 0; row++, scores = scores[Classes..])
        {
            Output.Write("{\"logits\":["u8);
            for (int k = 0; k < Classes; k++)
            {
                if (k > 0)
                    Output.Write((byte)',');
                bool quoted = !T.IsFinite(scores[k]);
                if (quoted)
                    Output.Write((byte)'"');
                NumberText.Write(Output, scores[k]);
                if (quoted)
                    Output.Write((byte)'"');
            }
            Output.Write((byte)']');
            if (labels.Length > 0)
            {
                Output.Write(",\"label\":"u8);
                labels[row].TryFormat(Output.Room(16), out int used, provider: CultureInfo.InvariantCulture);
                Output.Use(used);
            }
            Output.Write("}\n"u8);
        }
    }

    private protected override void End(bool labelled)
    {
    }
}
