namespace Logits.Formats;

/// <summary>Labels in a file of their own: class indices, or class names where the names are known.</summary>
public static class LabelFile
{
    /// <summary>Opens a file of labels, one a row.</summary>
    /// <param name="path">
    /// <c>.npy</c> (any integer type, or text), <c>.npz</c> and <c>.safetensors</c> (the array <c>labels</c>, or the only array);
    /// <c>.csv</c>, <c>.tsv</c> (a column <c>label</c>, or the only column), <c>.jsonl</c> (a number, a name, or an object with <c>label</c>, a line);
    /// every other ending is text with one label a line.
    /// </param>
    /// <param name="classes">The number of classes: labels are 0 to classes − 1, or 0 and 1 where there is one.</param>
    /// <param name="classNames">The names of the classes in order, if they are known.</param>
    /// <exception cref="DataFormatException">The file cannot be opened or its head is malformed.</exception>
    public static LabelReader Open(string path, int classes, IReadOnlyList<string>? classNames = null)
    {
        Throw.IfLess(classes, 1);
        var known = new ClassLabels(classes, classNames);
        var file = ByteSource.OpenFile(path);
        try
        {
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".npy" => new ArrayLabels(StoredArray.OfNpy(ByteSource.Of(file, path)), known),
                ".npz" => Npz.OpenLabels(ByteSource.Of(file, path), "labels", known),
                ".safetensors" => Safetensors.OpenLabels(ByteSource.Of(file, path), "labels", known),
                ".csv" => new DelimitedLabels(file, path, ',', known),
                ".tsv" => new DelimitedLabels(file, path, '\t', known),
                ".jsonl" or ".ndjson" => new LineLabels(file, path, known, json: true),
                _ => new LineLabels(file, path, known, json: false),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all labels of a file; see <see cref="Open"/>.</summary>
    /// <exception cref="DataFormatException">The file is malformed or a label names no class; the message names file, row and label.</exception>
    public static int[] Read(string path, int classes, IReadOnlyList<string>? classNames = null)
    {
        using var reader = Open(path, classes, classNames);
        var labels = new List<int>();
        int[] block = new int[1 << 14];
        while (reader.Read(block) is var count and > 0)
            labels.AddRange(block.AsSpan(0, count));
        return [.. labels];
    }
}
