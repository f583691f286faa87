namespace Logits.Formats;

/// <summary>Writes one array as NumPy's <c>np.save</c> does, byte for byte.</summary>
sealed class NpyWriter : StoredWriter
{
    readonly long _start;

    public NpyWriter(Stream stream, AtomicFile? file, string name, int classes, ScoreWriterOptions options) : base(stream, file, name, ScoreFormat.Npy, classes, options)
    {
        if (!stream.CanSeek && options.Rows is null)
            throw new ArgumentException("stream cannot seek, and the head of a .npy file says how many rows follow; set Rows, or take jsonl or csv.", nameof(stream));
        _start = stream.CanSeek ? stream.Position : 0;
    }

    protected override void StartArray(bool labelled)
    {
        if (labelled)
            throw new ArgumentException("labels are given; a .npy file is one array and has no place for them: take npz, safetensors, csv or jsonl.", "labels");
        Output.Write(Header(Options.Rows ?? 0));
    }

    private protected override void End(bool labelled)
    {
        // The head leaves room for 21 digits, so that of the final count has the same length.
        if (Options.Rows is null)
            Output.Overwrite(_start, Header(Rows));
    }

    byte[] Header(long rows) => NpyHeader.Write(Npz.Stored(Type), rows, Classes);
}
