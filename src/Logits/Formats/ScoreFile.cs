namespace Logits.Formats;

/// <summary>Files with rows of scores: <c>.npy</c>, <c>.npz</c>, <c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c>, <c>.safetensors</c>.</summary>
public static class ScoreFile
{
    /// <summary>Opens a file of scores for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format; null goes by the ending.</param>
    /// <param name="options">What the file does not say about itself.</param>
    /// <remarks>The head is read and checked here, against the length of the file where it has one; the rows are read by the reader, in bounded memory.</remarks>
    /// <exception cref="DataFormatException">The file is missing, a directory, unreadable, or its head is malformed.</exception>
    public static ScoreReader Open(string path, ScoreFormat? format = null, ScoreFileOptions? options = null)
    {
        var stream = ByteSource.OpenFile(path);
        try
        {
            return Open(stream, format ?? FormatOf(path), path, options);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a stream of scores for reading, such as standard input.</summary>
    /// <param name="stream">The bytes from where it stands to its end; closed with the reader.</param>
    /// <param name="format">Its format. npz and safetensors keep what they need at both ends, so they need a stream that can seek; the others are read as they come.</param>
    /// <param name="name">What errors call the stream.</param>
    /// <param name="options">What the bytes do not say about themselves.</param>
    /// <exception cref="DataFormatException">The head is malformed, or the format cannot be read from a stream.</exception>
    public static ScoreReader Open(Stream stream, ScoreFormat format, string name = "stdin", ScoreFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= ScoreFileOptions.Default;
        return format switch
        {
            ScoreFormat.Npy => new ArrayScores(format, StoredArray.OfNpy(ByteSource.Of(stream, name)), null, options),
            ScoreFormat.Npz => Npz.Open(ByteSource.Of(stream, name), options),
            ScoreFormat.Csv or ScoreFormat.Tsv => new DelimitedScores(stream, name, format, options),
            ScoreFormat.Jsonl => new JsonlScores(stream, name, options),
            ScoreFormat.Safetensors => Safetensors.Open(ByteSource.Of(stream, name), options),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, $"format is {format}; it is Npy, Npz, Csv, Tsv, Jsonl or Safetensors."),
        };
    }

    /// <summary>Begins a file of scores. It appears under its name when the writer is completed, and not before.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="classes">Scores in a row.</param>
    /// <param name="options">Type of the elements, names of the classes.</param>
    /// <param name="format">The format; null goes by the ending.</param>
    /// <exception cref="DataFormatException">The ending stands for no format.</exception>
    /// <exception cref="IOException">The place cannot be written to; the message says why.</exception>
    public static ScoreWriter Create(string path, int classes, ScoreWriterOptions? options = null, ScoreFormat? format = null)
    {
        var kind = format ?? FormatOf(path);
        var file = new AtomicFile(path);
        try
        {
            return Create(file.Stream, file, path, kind, classes, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins rows of scores in a stream, which stays open.</summary>
    /// <param name="stream">Where to write. csv, tsv and jsonl take any; npy needs one that can seek or the number of rows in the options; npz and safetensors need one that can seek.</param>
    /// <param name="format">The format.</param>
    /// <param name="classes">Scores in a row.</param>
    /// <param name="options">Type of the elements, names of the classes.</param>
    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="ArgumentException">The stream cannot carry the format.</exception>
    public static ScoreWriter Create(Stream stream, ScoreFormat format, int classes, ScoreWriterOptions? options = null, string name = "stdout")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Create(stream, null, name, format, classes, options);
    }

    /// <summary>The format that the ending of a path stands for.</summary>
    /// <exception cref="DataFormatException">The ending is none of them.</exception>
    public static ScoreFormat FormatOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".npy" => ScoreFormat.Npy,
            ".npz" => ScoreFormat.Npz,
            ".csv" => ScoreFormat.Csv,
            ".tsv" => ScoreFormat.Tsv,
            ".jsonl" or ".ndjson" => ScoreFormat.Jsonl,
            ".safetensors" => ScoreFormat.Safetensors,
            var ending => throw DataFormatException.Whole(path, $"{(ending.Length == 0 ? "has no ending" : $"the ending {ending} is unknown")}; use .npy, .npz, .csv, .tsv, .jsonl or .safetensors, or name the format"),
        };
    }

    static ScoreWriter Create(Stream stream, AtomicFile? file, string name, ScoreFormat format, int classes, ScoreWriterOptions? options)
    {
        options ??= ScoreWriterOptions.Default;
        if (options.ElementType == ElementType.BFloat16 && format is ScoreFormat.Npy or ScoreFormat.Npz)
            throw new ArgumentException("ElementType is BFloat16, which NumPy's files do not have; take Float32, or safetensors.", nameof(options));
        return format switch
        {
            ScoreFormat.Npy => new NpyWriter(stream, file, name, classes, options),
            ScoreFormat.Npz => new NpzWriter(stream, file, name, classes, options),
            ScoreFormat.Csv or ScoreFormat.Tsv => new DelimitedWriter(stream, file, name, format, classes, options),
            ScoreFormat.Jsonl => new JsonlWriter(stream, file, name, classes, options),
            ScoreFormat.Safetensors => new SafetensorsWriter(stream, file, name, classes, options),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, $"format is {format}; it is Npy, Npz, Csv, Tsv, Jsonl or Safetensors."),
        };
    }
}
