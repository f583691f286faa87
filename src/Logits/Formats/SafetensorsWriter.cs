namespace Logits.Formats;

/// <summary>Writes the tensors <c>labels</c> and <c>logits</c>.</summary>
/// <remarks>
/// The wider type stands first, as in the reference implementation, so that every tensor is aligned. How long head and labels are is known
/// last, so the scores are moved up once at the end.
/// </remarks>
sealed class SafetensorsWriter : StoredWriter
{
    readonly long _start;

    public SafetensorsWriter(Stream stream, AtomicFile? file, string name, int classes, ScoreWriterOptions options) : base(stream, file, name, ScoreFormat.Safetensors, classes, options)
    {
        if (!stream.CanSeek || !stream.CanRead)
            throw new ArgumentException("stream cannot seek and be read, and the head of a .safetensors file says what follows; write a file, or take jsonl or csv.", nameof(stream));
        _start = stream.Position;
    }

    protected override void StartArray(bool labelled)
    {
    }

    private protected override void End(bool labelled)
    {
        Output.Flush();
        (string, string, long[], long) scores = ("logits", Type switch { ElementType.Float64 => "F64", ElementType.Float32 => "F32", ElementType.Float16 => "F16", _ => "BF16" }, [Rows, Classes], ScoreBytes);
        byte[] head = labelled ? [.. Safetensors.WriteHeader(("labels", "I64", [Rows], 8 * Rows), scores), .. LabelBytes()] : Safetensors.WriteHeader(scores);
        MoveUp(head.Length);
        Output.Overwrite(_start, head);
    }

    /// <summary>Makes room before the scores, from the last block to the first.</summary>
    void MoveUp(int distance)
    {
        var stream = Output.Stream;
        byte[] block = new byte[1 << 20];
        for (long at = ScoreBytes; at > 0;)
        {
            int count = (int)Math.Min(block.Length, at);
            at -= count;
            stream.Position = _start + at;
            stream.ReadExactly(block, 0, count);
            stream.Position = _start + at + distance;
            stream.Write(block, 0, count);
        }
        stream.Position = _start + distance + ScoreBytes;
    }
}
