using System.Numerics;

namespace Logits.Formats;

/// <summary>Rows of scores in a file, read from the first to the last in bounded memory.</summary>
/// <remarks>Opened by <see cref="ScoreFile.Open(string, ScoreFormat?, ScoreFileOptions?)"/>. For one thread at a time.</remarks>
public abstract class ScoreReader : IDisposable
{
    /// <summary>A row longer than this is a broken file, not a classifier; it bounds what a lying header can make a caller allocate.</summary>
    internal const int MostClasses = 1 << 24;

    private protected ScoreReader(string name, ScoreFormat format)
    {
        Name = name;
        Format = format;
    }

    /// <summary>The file, as errors call it.</summary>
    public string Name { get; }

    /// <summary>The format that is read.</summary>
    public ScoreFormat Format { get; }

    /// <summary>Scores in a row, at least 1.</summary>
    public int Classes { get; private protected init; }

    /// <summary>The number of rows, at least 1; null for text, where it is known only at the end.</summary>
    public long? Rows { get; private protected init; }

    /// <summary>How a score is stored.</summary>
    public ElementType ElementType { get; private protected init; }

    /// <summary>The names of the classes in order: those of the options, else those of a header, else null.</summary>
    public IReadOnlyList<string>? ClassNames { get; private protected init; }

    /// <summary>Whether every row has a label.</summary>
    public bool HasLabels { get; private protected init; }

    /// <summary>The number of rows read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Reads the next rows as floats.</summary>
    /// <param name="scores">Receives up to <c>scores.Length / Classes</c> rows of <see cref="Classes"/> scores; room for at least one row.</param>
    /// <param name="labels">Receives a label for each row, 0 to classes − 1 (0 or 1 where there is one class); empty where labels are not wanted. Untouched when the file has none.</param>
    /// <returns>Rows read: all that fit, fewer only at the end, and 0 when no row is left.</returns>
    /// <remarks>float16, bfloat16 and float32 arrive exactly; float64 and text are rounded once, to nearest.</remarks>
    /// <exception cref="DataFormatException">The file is malformed; the message names file, place and cause. The rows before are good.</exception>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public int Read(Span<float> scores, Span<int> labels = default) => ReadChecked(scores, labels);

    /// <summary>Reads the next rows as doubles.</summary>
    /// <inheritdoc cref="Read(Span{float}, Span{int})"/>
    /// <remarks>Every binary type arrives exactly; text is rounded once, to nearest.</remarks>
    public int Read(Span<double> scores, Span<int> labels = default) => ReadChecked(scores, labels);

    /// <summary>Looks at rows where they lie in the file, without copying: float32, little endian, C order, in a file that can be mapped.</summary>
    /// <param name="start">The first row, from 0; independent of <see cref="Position"/>.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="scores">count × <see cref="Classes"/> scores, good until the reader is disposed; empty when the answer is false.</param>
    /// <returns>False where the file must be read by <see cref="Read(Span{float}, Span{int})"/> instead.</returns>
    /// <remarks>A file that another program shortens while it is looked at ends this process; <c>Read</c> answers with an error instead.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the file.</exception>
    public virtual bool TryGetSpan(long start, int count, out ReadOnlySpan<float> scores)
    {
        scores = default;
        return false;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract void Dispose(bool disposing);

    /// <summary>Fills whole rows; <paramref name="labels"/> is empty or as long as the rows that fit.</summary>
    private protected abstract int ReadRows<T>(Span<T> scores, Span<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The names that count: those asked for, else the file's own.</summary>
    private protected static IReadOnlyList<string>? Names(string file, ScoreFileOptions options, int classes, IReadOnlyList<string>? own = null)
    {
        if (options.ClassNames is not { } names)
            return own;
        return names.Count == classes ? names
            : throw DataFormatException.Whole(file, $"a row has {classes} scores; {names.Count} class names are given, one for each is needed");
    }

    int ReadChecked<T>(Span<T> scores, Span<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = scores.Length / Classes;
        if (rows == 0)
            throw new ArgumentException($"scores holds {scores.Length} elements; one row of {Classes} classes is the least that can be read.", nameof(scores));
        if (labels.Length > 0 && labels.Length < rows)
            throw new ArgumentException($"labels holds {labels.Length} entries; scores has room for {rows} rows, one label each.", nameof(labels));
        rows = ReadRows(scores[..(rows * Classes)], labels.IsEmpty ? labels : labels[..rows]);
        Position += rows;
        return rows;
    }
}
