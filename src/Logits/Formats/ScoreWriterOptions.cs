namespace Logits.Formats;

/// <summary>How rows of scores are written.</summary>
public sealed record ScoreWriterOptions
{
    internal static ScoreWriterOptions Default { get; } = new();

    /// <summary>
    /// How a score is stored. null stores what the first <c>Write</c> gives: floats as float32, doubles as float64, so that nothing is lost.
    /// Text is always the shortest decimal that reads back as the same float or double. npy and npz have no bfloat16.
    /// </summary>
    public ElementType? ElementType { get; init; }

    /// <summary>The names of the classes: the header of csv and tsv, where they also stand for the labels. The other formats have no place for them.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The number of rows to come, if it is known: with it npy needs no stream that can seek. Writing another number is an error.</summary>
    public long? Rows { get; init; }
}
