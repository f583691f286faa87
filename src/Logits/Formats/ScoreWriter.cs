using System.Numerics;

namespace Logits.Formats;

/// <summary>Writes rows of scores, and a label for each if there are labels, as they come.</summary>
/// <remarks>
/// Made by <see cref="ScoreFile.Create(string, int, ScoreWriterOptions?, ScoreFormat?)"/>. <see cref="Complete"/> finishes the file and puts it in its place;
/// without it nothing appears. Scores pass through in blocks; labels of npz and safetensors wait in memory, four bytes a row. For one thread at a time.
/// </remarks>
public abstract class ScoreWriter : IDisposable
{
    readonly AtomicFile? _file;
    bool _begun, _labelled, _completed;

    private protected ScoreWriter(Stream stream, AtomicFile? file, string name, ScoreFormat format, int classes, ScoreWriterOptions options)
    {
        Throw.IfLess(classes, 1);
        if (options.ClassNames is { } names && names.Count != classes)
            throw new ArgumentException($"ClassNames holds {names.Count} names; there are {classes} classes, one name each.", nameof(options));
        _file = file;
        Output = new(stream);
        Name = name;
        Format = format;
        Classes = classes;
        Options = options;
    }

    /// <summary>The file, as errors call it.</summary>
    public string Name { get; }

    /// <summary>The format that is written.</summary>
    public ScoreFormat Format { get; }

    /// <summary>Scores in a row.</summary>
    public int Classes { get; }

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    private protected ScoreWriterOptions Options { get; }

    private protected OutputBuffer Output { get; }

    /// <summary>Writes rows of floats.</summary>
    /// <param name="scores">Whole rows of <see cref="Classes"/> scores.</param>
    /// <param name="labels">A label for each row, or none in the whole file.</param>
    /// <exception cref="ArgumentException">The scores are not whole rows, labels do not fit them or come only sometimes, a label is out of range, or a finite score exceeds the type that is stored.</exception>
    public void Write(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels = default) => WriteChecked(scores, labels);

    /// <summary>Writes rows of doubles.</summary>
    /// <inheritdoc cref="Write(ReadOnlySpan{float}, ReadOnlySpan{int})"/>
    public void Write(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels = default) => WriteChecked(scores, labels);

    /// <summary>Finishes the file and puts it in its place.</summary>
    /// <exception cref="InvalidOperationException">Fewer rows were written than announced.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        if (Options.Rows is { } rows && rows != Rows)
            throw new InvalidOperationException($"{Name}: {Rows} rows are written; {rows} were announced.");
        if (!_begun)
            Begin<float>(labelled: false);
        End(_labelled);
        Output.Flush();
        _file?.Commit();
        _completed = true;
    }

    /// <summary>Throws away what was not completed.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing) => _file?.Dispose();

    /// <summary>Writes what stands before the rows.</summary>
    private protected abstract void Start(bool labelled, ElementType type);

    /// <summary>Writes rows.</summary>
    private protected abstract void WriteRows<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Writes what stands behind the rows, and corrects what stands before them.</summary>
    private protected abstract void End(bool labelled);

    void Begin<T>(bool labelled)
    {
        Start(labelled, Options.ElementType is { } type and not ElementType.Text ? type : typeof(T) == typeof(float) ? ElementType.Float32 : ElementType.Float64);
        _begun = true;
        _labelled = labelled;
    }

    void WriteChecked<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        int rows = Throw.IfNotWholeRows(scores.Length, Classes, nameof(scores));
        if (rows == 0)
            return;
        if (labels.Length > 0)
            Throw.IfNotLabels(labels, rows, Classes == 1 ? 2 : Classes);
        if (_begun && _labelled != labels.Length > 0)
            throw new ArgumentException($"labels {(labels.Length > 0 ? "are given" : "are missing")}; the rows before have {(_labelled ? "labels" : "none")}.", nameof(labels));
        if (Options.Rows is { } announced && Rows + rows > announced)
            throw new ArgumentException($"scores brings the rows to {Rows + rows}; {announced} were announced.", nameof(scores));
        if (!_begun)
            Begin<T>(labels.Length > 0);
        WriteRows(scores, labels);
        Rows += rows;
    }
}
