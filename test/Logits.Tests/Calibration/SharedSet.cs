using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Logits.Calibration;

namespace Logits.Tests.Calibration;

/// <summary>One of the real sets of held-out logits that may stand beside the checkout, with its golden numbers.</summary>
sealed class SharedSet
{
    static readonly Dictionary<string, SharedSet> Loaded = [];

    public required string Name { get; init; }
    public required float[] Validation { get; init; }
    public required int[] ValidationLabels { get; init; }
    public required float[] Test { get; init; }
    public required int[] TestLabels { get; init; }
    public required JsonElement Golden { get; init; }
    public int Classes { get; init; }

    public Logits<float> ValidationLogits => Validation.AsLogits(Classes);

    /// <summary>The names of the sets that are there; a theory with no rows is no failure for those who do not have them.</summary>
    public static string? Folder =>
        Environment.GetEnvironmentVariable("LOGITS_CONFORMANCE") is { Length: > 0 } root && Directory.Exists(Path.Combine(root, "calibration")) ? Path.Combine(root, "calibration")
        : Directory.Exists(Repository.Shared("data", "calibration")) ? Repository.Shared("data", "calibration") : null;

    public static IEnumerable<string> Names => Folder is null ? [] :
        Directory.GetDirectories(Folder).Where(set => File.Exists(Path.Combine(set, "val_logits.npy"))).Select(set => Path.GetFileName(set)!).Order();

    public static SharedSet Load(string name)
    {
        lock (Loaded)
        {
            if (Loaded.TryGetValue(name, out var known)) return known;
            string At(string file) => Path.Combine(Folder!, name, file);
            float[] validation = Floats(At("val_logits.npy"), out int classes);
            return Loaded[name] = new()
            {
                Name = name,
                Classes = classes,
                Validation = validation,
                ValidationLabels = Integers(At("val_labels.npy")),
                Test = Floats(At("test_logits.npy"), out _),
                TestLabels = Integers(At("test_labels.npy")),
                Golden = JsonDocument.Parse(File.ReadAllText(At("golden.json"))).RootElement,
            };
        }
    }

    /// <summary>Mean NLL of the test half after a calibrator, in double.</summary>
    public double TestNll(ICalibrator calibrator)
    {
        double sum = 0;
        foreach (double nll in HeldOut.From(Test.AsLogits(Classes), TestLabels).NllPerRow(calibrator)) sum += nll;
        return sum / TestLabels.Length;
    }

    public double GoldenNumber(params string[] path)
    {
        var at = Golden;
        foreach (string key in path) at = at.GetProperty(key);
        return at.GetDouble();
    }

    static float[] Floats(string path, out int classes)
    {
        var body = Body(path, "<f4", out classes);
        return MemoryMarshal.Cast<byte, float>(body).ToArray();
    }

    static int[] Integers(string path) => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Body(path, "<i8", out _)).ToArray(), label => (int)label);

    /// <summary>The bytes after a version 1 header of a C-ordered array; tests read only files they know.</summary>
    static ReadOnlySpan<byte> Body(string path, string type, out int classes)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        int header = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        string text = Encoding.ASCII.GetString(file.Slice(10, header));
        Assert.Contains(type, text);
        string[] shape = text[(text.IndexOf('(') + 1)..text.IndexOf(')')].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        classes = shape.Length > 1 ? int.Parse(shape[1]) : 1;
        return file[(10 + header)..];
    }
}
