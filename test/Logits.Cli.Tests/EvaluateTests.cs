using System.Text.Json;

namespace Logits.Cli.Tests;

public sealed class EvaluateTests
{
    static readonly string[] Keys =
    [
        "rows", "classes", "accuracy", "mean_confidence", "nll", "brier", "ece", "mce", "ace", "ece_equal_mass", "classwise_ece",
        "ks_error", "mmce", "spiegelhalter_z", "spiegelhalter_p", "aurc", "brier_decomposition", "bins", "reliability", "intervals",
    ];

    internal static void HasTheKeys(JsonElement evaluation)
    {
        var names = evaluation.EnumerateObject().Select(p => p.Name).ToList();
        foreach (string key in Keys)
            Assert.Contains(key, names);
        Assert.Equal(["miscalibration", "discrimination", "uncertainty"], evaluation.GetProperty("brier_decomposition").EnumerateObject().Select(p => p.Name));
        foreach (var bin in evaluation.GetProperty("reliability").EnumerateArray())
            Assert.Equal(["low", "high", "count", "confidence", "accuracy"], bin.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void PrintsTheKeysOfItsInterface()
    {
        var json = Command.Run("evaluate", "--json", "--bins", "7").Json;

        HasTheKeys(json);
        Assert.Equal(7, json.GetProperty("bins").GetInt32());
        Assert.Equal(500, json.GetProperty("reliability").EnumerateArray().Sum(bin => bin.GetProperty("count").GetInt32()));
    }

    [Fact]
    public void SpellsWhatIsNotANumberAsAString()
    {
        var bins = Command.Run("evaluate", "--json").Json.GetProperty("reliability").EnumerateArray().ToList();

        // No digit is ever claimed with less than 1/15 confidence: the bin is empty and has no mean.
        Assert.Equal(0, bins[0].GetProperty("count").GetInt32());
        Assert.Equal("nan", bins[0].GetProperty("accuracy").GetString());
    }
}
