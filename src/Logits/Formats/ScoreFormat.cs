namespace Logits.Formats;

/// <summary>How rows of scores stand in a file.</summary>
public enum ScoreFormat
{
    /// <summary>NumPy's array file, one array of rows × classes.</summary>
    Npy,

    /// <summary>NumPy's archive, with the arrays <c>logits</c> and <c>labels</c>.</summary>
    Npz,

    /// <summary>Comma-separated text, RFC 4180; a header names the classes and a column <c>label</c>.</summary>
    Csv,

    /// <summary>The same with tabs.</summary>
    Tsv,

    /// <summary>One JSON object a line: <c>{"logits":[1.5,-2],"label":0}</c>.</summary>
    Jsonl,

    /// <summary>Tensors <c>logits</c> and <c>labels</c> behind a JSON header.</summary>
    Safetensors,
}
