namespace Logits.Formats;

/// <summary>Labels in a file, one a row, read from the first to the last in bounded memory.</summary>
/// <remarks>Opened by <see cref="LabelFile.Open"/>. For one thread at a time.</remarks>
public abstract class LabelReader : IDisposable
{
    private protected LabelReader(string name) => Name = name;

    /// <summary>The file, as errors call it.</summary>
    public string Name { get; }

    /// <summary>The number of labels; null for text, where it is known only at the end.</summary>
    public long? Rows { get; private protected init; }

    /// <summary>The number of labels read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Reads the next labels, each within the classes.</summary>
    /// <returns>Labels read: all that fit, fewer only at the end, and 0 when none is left.</returns>
    /// <exception cref="DataFormatException">A label is malformed or names no class; the message names file, row and label.</exception>
    public int Read(Span<int> labels)
    {
        int rows = ReadLabels(labels);
        Position += rows;
        return rows;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract int ReadLabels(Span<int> labels);

    private protected abstract void Dispose(bool disposing);
}
