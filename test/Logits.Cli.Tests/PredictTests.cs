using System.Text.Json;

namespace Logits.Cli.Tests;

public sealed class PredictTests : IDisposable
{
    readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void PrintsTheKeysOfItsInterface()
    {
        string file = folder.Npy("z.npy", [0.1f, 2, -1, 3, 0, 0], columns: 3);

        var json = Command.Run("predict", file, "--top", "2", "--names", folder.Text("names.txt", "cat\ndog\nhorse\n"), "--json").Json;

        Assert.Equal(["predictions", "rows", "classes"], json.EnumerateObject().Select(p => p.Name));
        var first = json.GetProperty("predictions")[0];
        Assert.Equal(0, first.GetProperty("row").GetInt32());
        var top = first.GetProperty("top")[0];
        Assert.Equal(["class", "name", "probability", "logit"], top.EnumerateObject().Select(p => p.Name));
        Assert.Equal("dog", top.GetProperty("name").GetString());
        Assert.Equal(2f, top.GetProperty("logit").GetSingle());
        Assert.Equal(2, first.GetProperty("top").GetArrayLength());
        Assert.Equal(Math.Exp(2) / (Math.Exp(2) + Math.Exp(0.1f) + Math.Exp(-1)), top.GetProperty("probability").GetDouble(), 14);
    }

    [Fact]
    public void PrintsNumbersThatReadBackToTheSameBits()
    {
        string file = folder.Npy("z.npy", [0.1f, 1 / 3f, -1e-30f, 3.4e38f, 0, float.NegativeInfinity], columns: 3);

        var rows = Command.Run("predict", file, "--top", "3", "--json").Json.GetProperty("predictions");

        var logits = rows.EnumerateArray().SelectMany(row => row.GetProperty("top").EnumerateArray().OrderBy(t => t.GetProperty("class").GetInt32()).Select(t => t.GetProperty("logit"))).ToList();
        Assert.Equal([0.1f, 1 / 3f, -1e-30f, 3.4e38f, 0], logits[..5].Select(z => z.GetSingle()));
        Assert.Equal("-inf", logits[5].GetString());
    }

    [Theory]
    [InlineData("p.csv")]
    [InlineData("p.jsonl")]
    [InlineData("p.npy")]
    public void WritesProbabilitiesThatItReadsBack(string name)
    {
        string file = folder.Npy("z.npy", [0.1f, 2, -1, 3, 0, 0], columns: 3), written = folder.File(name);

        Assert.Equal(0, Command.Run("predict", file, "--temperature", "2", "--out", written).Code);
        var again = Command.Run("predict", written, "--input", "probabilities", "--json").Json;
        var direct = Command.Run("predict", file, "--temperature", "2", "--json").Json;

        Assert.Equal([name, "z.npy"], Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        for (int row = 0; row < 2; row++)
            for (int k = 0; k < 3; k++)
                Assert.Equal(Probability(direct, row, k), Probability(again, row, k), 6);

        static double Probability(JsonElement json, int row, int k) => json.GetProperty("predictions")[row].GetProperty("top")[k].GetProperty("probability").GetDouble();
    }

    [Fact]
    public void AppliesACalibratorWithTheBitsItWasSavedWith()
    {
        string cal = folder.File("cal.json");
        double temperature = Command.Run("calibrate", "--save", cal, "--bootstrap", "0", "--json").Json.GetProperty("temperature").GetDouble();

        string byFile = Command.Run("predict", "--calibrator", cal, "--json").Output;

        Assert.Equal(Command.Run("predict", "--temperature", temperature.ToString("R"), "--json").Json.GetProperty("predictions")[3].GetProperty("top")[0].GetProperty("class").GetInt32(),
            JsonDocument.Parse(byFile).RootElement.GetProperty("predictions")[3].GetProperty("top")[0].GetProperty("class").GetInt32());
        Assert.Equal(byFile, Command.Run("predict", "--calibrator", cal, "--json").Output);
    }

    [Fact]
    public void GivesEachLabelItsOwnSigmoid()
    {
        string file = folder.Npy("z.npy", [0, 2, -800], columns: 3);

        var top = Command.Run("predict", file, "--multi-label", "--log", "--top", "3", "--json").Json.GetProperty("predictions")[0].GetProperty("top");

        Assert.Equal(1 / (1 + Math.Exp(-2)), top[0].GetProperty("probability").GetDouble(), 15);
        Assert.Equal(0.5, top[1].GetProperty("probability").GetDouble());
        Assert.Equal(-800, top[2].GetProperty("log_probability").GetDouble());
    }

    [Fact]
    public void ReadsStdin() =>
        Assert.Equal(2, Command.RunWithInput("1,2,3\n3,2,1\n"u8.ToArray(), "predict", "-", "--format", "csv", "--json").Json.GetProperty("rows").GetInt32());

    [Fact]
    public void TakesASingleColumnAsTheScoreOfYes()
    {
        var top = Command.RunWithInput("score\n2.5\n-1\n"u8.ToArray(), "predict", "-", "--format", "csv", "--json").Json.GetProperty("predictions")[0].GetProperty("top")[0];

        Assert.Equal("yes", top.GetProperty("name").GetString());
        Assert.Equal(1 / (1 + Math.Exp(-2.5)), top.GetProperty("probability").GetDouble(), 15);
    }
}
