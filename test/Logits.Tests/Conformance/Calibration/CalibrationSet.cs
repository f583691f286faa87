using System.Text.Json;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>One set of real classifier scores with its golden numbers: fitted on the validation half, reported on the test half.</summary>
sealed class CalibrationSet(string folder)
{
    readonly Lazy<JsonDocument> _golden = new(() => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json"))));
    readonly Lazy<float[]> _validation = new(() => Npy.Read<float>(Path.Combine(folder, "val_logits.npy")));
    readonly Lazy<float[]> _test = new(() => Npy.Read<float>(Path.Combine(folder, "test_logits.npy")));

    public string Name { get; } = Path.GetFileName(folder);

    public JsonElement Golden => _golden.Value.RootElement;

    public int Classes => Golden.GetProperty("val_before").GetProperty("k").GetInt32();

    public int[] ValidationLabels { get; } = Labels(folder, "val_labels.npy");

    public int[] TestLabels { get; } = Labels(folder, "test_labels.npy");

    public Logits<float> Validation => _validation.Value.AsLogits(Classes);

    public Logits<float> Test => _test.Value.AsLogits(Classes);

    /// <summary>The sets in a folder: those with validation logits and golden numbers.</summary>
    public static IEnumerable<CalibrationSet> In(string folder) =>
        Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
            .Where(set => File.Exists(Path.Combine(set, "golden.json")) && File.Exists(Path.Combine(set, "val_logits.npy")))
            .Select(set => new CalibrationSet(set));

    /// <summary>The scores divided by a temperature, in double: what the golden numbers "after T" were computed from.</summary>
    public static double[] Tempered(Logits<float> logits, double temperature)
    {
        var scores = new double[logits.Values.Length];
        for (int i = 0; i < scores.Length; i++) scores[i] = logits.Values[i] / temperature;
        return scores;
    }

    static int[] Labels(string folder, string file) => Array.ConvertAll(Npy.Read<long>(Path.Combine(folder, file)), label => (int)label);
}
