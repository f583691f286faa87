namespace Logits.Formats;

/// <summary>What a file of scores does not say about itself.</summary>
public sealed record ScoreFileOptions
{
    internal static ScoreFileOptions Default { get; } = new();

    /// <summary>The names of the classes in order; null takes those of the file, if it has any. The number must fit the file.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Whether the first line of csv or tsv is a header. null looks: it is one when a cell reads <c>label</c>, when most cells are no numbers,
    /// or when the cells count 0, 1, 2, … (or 1, 2, 3, …) and a number below has a fraction. Other numbers are scores.
    /// </summary>
    public bool? Header { get; init; }

    /// <summary>What an array of one dimension in npy, npz and safetensors is: one row (the default) or one column.</summary>
    public VectorShape Vector { get; init; }

    /// <summary>The array of scores in npz and safetensors.</summary>
    public string LogitsName { get; init; } = "logits";

    /// <summary>The array of labels in npz and safetensors.</summary>
    public string LabelsName { get; init; } = "labels";
}
