namespace Logits.Formats;

/// <summary>A <c>.npz</c> file: a zip archive of <c>.npy</c> files.</summary>
static class Npz
{
    /// <summary>Opens the scores, and the labels if there are any.</summary>
    public static ScoreReader Open(ByteSource file, ScoreFileOptions options)
    {
        var members = ZipArchiveIndex.Read(file);
        var scores = Find(members, options.LogitsName) ?? throw Missing(file, members, options.LogitsName);
        var labels = Find(members, options.LabelsName);
        return new ArrayScores(ScoreFormat.Npz, Stored(file, scores), labels is null ? null : Stored(file, labels), options, owner: file);
    }

    /// <summary>Opens the labels: the array of this name, else the only one.</summary>
    public static LabelReader OpenLabels(ByteSource file, string name, ClassLabels classes)
    {
        var members = ZipArchiveIndex.Read(file);
        var labels = Find(members, name) ?? (members.Count == 1 ? members[0] : throw Missing(file, members, name));
        return new ArrayLabels(Stored(file, labels), classes, owner: file);
    }

    /// <summary>The type of NumPy that a score is stored as.</summary>
    public static NumberType Stored(ElementType type) => type switch
    {
        ElementType.Float64 => new(NumberKind.Float, 8),
        ElementType.Float32 => new(NumberKind.Float, 4),
        ElementType.Float16 => new(NumberKind.Float, 2),
        _ => new(NumberKind.BFloat, 2),
    };

    static ZipMember? Find(List<ZipMember> members, string name) => members.Find(member => member.Name == name + ".npy") ?? members.Find(member => member.Name == name);

    static StoredArray Stored(ByteSource file, ZipMember member) => StoredArray.OfNpy(ZipArchiveIndex.Open(file, member));

    static DataFormatException Missing(ByteSource file, List<ZipMember> members, string name) =>
        file.Wrong(null, members.Count == 0 ? $"has no array {name}; it holds no arrays"
            : $"has no array {name}; it holds {DataFormatException.List(members.Select(member => member.Name.EndsWith(".npy", StringComparison.Ordinal) ? member.Name[..^4] : member.Name))}");
}
