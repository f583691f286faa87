using Logits.Formats;

namespace Logits.Cli.Inputs;

/// <summary>Scores in a file, a block of rows in memory at a time. A file is opened anew for every read; stdin can be read once.</summary>
sealed class FileInput : ScoreInput
{
    readonly Func<ScoreReader>? reopen;
    readonly int[]? labels;
    readonly int stored;
    ScoreReader? first;

    FileInput(ScoreReader first, Func<ScoreReader>? reopen, int[]? labels)
    {
        (this.first, this.reopen, this.labels) = (first, reopen, labels);
        stored = first.Classes;
        Scores = first.Rows * Classes;
        HasLabels = labels is not null || first.HasLabels;
        IsSingle = first.ElementType is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32;
    }

    /// <summary>A single column is the score of "yes": two classes, no and yes.</summary>
    public override int Classes => stored == 1 ? 2 : stored;

    /// <inheritdoc/>
    public override bool IsSingle { get; }

    /// <inheritdoc/>
    public override bool HasLabels { get; }

    /// <inheritdoc/>
    public override long? Scores { get; }

    /// <inheritdoc/>
    public override bool CanReadAgain => reopen is not null;

    /// <summary>Opens a file, or stdin where the path is <c>-</c>.</summary>
    /// <exception cref="RequestException">The combination of options cannot be read.</exception>
    /// <exception cref="DataFormatException">A file cannot be read.</exception>
    public static ScoreInput Open(Terminal terminal, string path, string? labelsPath, ScoreKind kind, string? formatName, string? namesPath)
    {
        var options = new ScoreFileOptions { ClassNames = namesPath is null ? null : Names(namesPath) };
        ScoreFormat? format = formatName is null ? null : Enum.Parse<ScoreFormat>(formatName, ignoreCase: true);
        if (path == "-" && format is null)
            throw new RequestException("stdin: its format is not known; say --format csv, tsv, jsonl or npy");
        if (path == "-" && labelsPath == "-")
            throw new RequestException("stdin: cannot hold scores and labels at once; name a file for one of them");

        Func<ScoreReader>? reopen = path == "-" ? null : () => ScoreFile.Open(path, format, options);
        var first = reopen is null ? ScoreFile.Open(terminal.Input, format!.Value, "stdin", options) : reopen();
        try
        {
            return new FileInput(first, reopen, labelsPath is null ? null : LabelFile.Read(labelsPath, first.Classes, first.ClassNames))
            {
                Name = first.Name,
                Kind = kind,
                ClassNames = first.Classes == 1 ? ["no", "yes"] : first.ClassNames,
            };
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        first?.Dispose();
        first = null;
    }

    /// <inheritdoc/>
    protected override IEnumerable<ScoreBlock> ReadBlocks()
    {
        using var reader = first ?? reopen?.Invoke() ?? throw new InvalidOperationException($"{Name} can be read once.");
        first = null;
        int rows = Math.Max(1, BlockValues / Classes);
        var values = new double[rows * stored];
        var own = labels is null && HasLabels ? new int[rows] : [];
        long row = 0;
        for (int count; (count = reader.Read(values, own)) > 0; row += count)
        {
            if (labels is not null && row + count > labels.Length)
                throw Mismatch(row + count, more: true);
            var block = stored == 1 ? WithNo(values.AsSpan(0, count)) : values.AsMemory(0, count * stored);
            yield return new(row, block, Classes, labels is not null ? labels.AsMemory((int)row, count) : HasLabels ? own.AsMemory(0, count) : default);
        }
        if (labels is not null && row != labels.Length)
            throw Mismatch(row, more: false);
    }

    /// <summary>A score of "yes" beside the score of "no" that makes softmax its sigmoid.</summary>
    Memory<double> WithNo(ReadOnlySpan<double> yes)
    {
        var both = new double[2 * yes.Length];
        for (int i = 0; i < yes.Length; i++)
        {
            both[2 * i + 1] = yes[i];
            both[2 * i] = Kind switch
            {
                ScoreKind.Probabilities => 1 - yes[i],
                ScoreKind.LogProbabilities => LogMath.Log1P(-Math.Exp(yes[i])),
                _ => 0,
            };
        }
        return both;
    }

    RequestException Mismatch(long rows, bool more) =>
        new($"{Name}: has {(more ? "more than " : "")}{(more ? labels!.Length : rows)} rows; there are {labels!.Length} labels, one for each row is needed");

    static string[] Names(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"{path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read: " + App.Words(e))}", e);
        }
    }
}
