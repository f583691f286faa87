namespace Logits.Cli.Tests;

/// <summary>conformal, sample, fit, distill: their JSON keys and what they find.</summary>
public sealed class OtherVerbTests : IDisposable
{
    readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ConformalKeepsItsPromise()
    {
        var json = Command.Run("conformal", "--alpha", "0.2", "--risk", "0.05", "--json").Json;

        foreach (string key in (string[])["threshold", "coverage", "mean_set_size"])
            Assert.Contains(key, json.EnumerateObject().Select(p => p.Name));
        Assert.InRange(json.GetProperty("coverage").GetDouble(), 0.75, 1);
        Assert.True(json.GetProperty("selective").GetProperty("risk_bound").GetDouble() <= 0.05);
    }

    [Fact]
    public void ConformalWarnsWhereRowsAreTooFew()
    {
        string file = folder.Text("z.csv", "a,b,label\n1,0,0\n0,1,1\n");

        var run = Command.Run("conformal", file, "--alpha", "0.1", "--json");

        Assert.Equal("inf", run.Json.GetProperty("threshold").GetString());
        Assert.Contains("too few", run.Error);
    }

    [Fact]
    public void SampleNamesSurvivorsDrawsAndStages()
    {
        string file = folder.Npy("z.npy", [0, 1, 2, 3], columns: 4);

        var json = Command.Run("sample", file, "--chain", "top-k=2,temperature=0.5", "--seed", "1", "--count", "5", "--json").Json;

        Assert.Equal(["survivors", "draws", "stages"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal([3, 2], json.GetProperty("survivors").EnumerateArray().Select(s => s.GetProperty("id").GetInt32()));
        Assert.Equal(1 / (1 + Math.Exp(-2)), json.GetProperty("survivors")[0].GetProperty("probability").GetDouble(), 6);
        Assert.All(json.GetProperty("draws").EnumerateArray(), draw => Assert.InRange(draw.GetInt32(), 2, 3));
        Assert.Equal(5, json.GetProperty("draws").GetArrayLength());
        Assert.Equal([2, 2], json.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("kept").GetInt32()));
    }

    [Theory]
    [InlineData("top-k=0.5", "top-k")]
    [InlineData("frob=1", "frob")]
    [InlineData("min-length(length=9,eos=2),forced-eos(max-length=8,eos=2)", "min-length is 9, but forced-eos ends the text at 8 tokens")]
    public void SampleNamesAWrongStage(string chain, string part) => Command.Run("sample", "--chain", chain).IsRefused("--chain", part);

    [Fact]
    public void SampleNamesARowThatIsNotThere() => Command.Run("sample", "--row", "500").IsRefused("--row is 500", "500 rows");

    const string Beetles = "dose,exposed,killed\n1.6907,59,6\n1.7242,60,13\n1.7552,62,18\n1.7842,56,28\n1.8113,63,52\n1.8369,59,53\n1.8610,62,61\n1.8839,60,60\n";

    [Fact]
    public void FitReproducesTheBeetles()
    {
        // Bliss (1935); R: glm(cbind(killed, exposed - killed) ~ dose, binomial)
        var json = Command.Run("fit", folder.Text("beetles.csv", Beetles), "--formula", "killed ~ dose", "--trials", "exposed", "--json", "--report", folder.File("r.html")).Json;

        Assert.Equal(["family", "link", "rows", "coefficients", "log_likelihood", "deviance", "null_deviance", "aic", "bic", "mcfadden_r2", "converged", "iterations", "separation", "warnings"], json.EnumerateObject().Select(p => p.Name));
        var slope = json.GetProperty("coefficients")[1];
        Assert.Equal(["name", "level", "estimate", "std_error", "z", "p", "ci_low", "ci_high", "odds_ratio"], slope.EnumerateObject().Select(p => p.Name));
        Assert.Equal(34.27033, slope.GetProperty("estimate").GetDouble(), 5);
        Assert.Equal(2.912140, slope.GetProperty("std_error").GetDouble(), 6);
        Assert.Equal(11.23223, json.GetProperty("deviance").GetDouble(), 5);
        Assert.Contains("killed along dose", File.ReadAllText(folder.File("r.html")));
    }

    [Fact]
    public void FitOffersFirthWhereOutcomesAreSeparated()
    {
        string file = folder.Text("s.csv", "y,x\n0,1\n0,2\n1,3\n1,4\n");

        var json = Command.Run("fit", file, "--formula", "y ~ x", "--json").Json;
        Assert.Equal("complete", json.GetProperty("separation").GetString());
        Assert.Contains("--firth", json.GetProperty("warnings")[0].GetString());

        Assert.Equal("none", Command.Run("fit", file, "--formula", "y ~ x", "--firth", "--json").Json.GetProperty("separation").GetString());
    }

    [Fact]
    public void FitDrawsThePathOfAPenalty()
    {
        using var folder = new Folder();
        var rows = Enumerable.Range(0, 60).Select(i => $"{i % 7},{i * 37 % 11},{(i * 37 % 11 + i * 13 % 5 > 6 ? 1 : 0)}");
        string file = folder.Text("rows.csv", "a,b,y\n" + string.Join('\n', rows) + "\n"), page = folder.File("path.html");
        Command.Run("fit", file, "--formula", "y ~ a + b", "--l1", "0.02", "--report", page);
        string html = File.ReadAllText(page);
        foreach (string part in (string[])["As the penalty falls", "The λ of this fit is 0.02", "The deviance of rows left out is least at", "Rows left out decide"])
            Assert.Contains(part, html);
    }

    [Fact]
    public void DistillWritesAPage()
    {
        using var folder = new Folder();
        string page = folder.File("distill.html");
        Command.Run("distill", "--draws", "2", "--report", page);
        string html = File.ReadAllText(page);
        foreach (string part in (string[])["Distillation report", "Gain in accuracy, draw by draw", "Reliability of the distilled student", "logits distill --draws 2 --report"])
            Assert.Contains(part, html);
    }

    [Fact]
    public void FitRefusesInferenceAfterAPenalty()
    {
        var json = Command.Run("fit", folder.Text("beetles.csv", Beetles), "--formula", "killed ~ dose", "--trials", "exposed", "--l2", "0.001", "--save", folder.File("m.json"), "--json").Json;

        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.GetProperty("coefficients")[1].GetProperty("std_error").ValueKind);
        Assert.Contains("standard errors", json.GetProperty("warnings")[0].GetString());
        Assert.Contains("\"logits/model\"", File.ReadAllText(folder.File("m.json")));
    }

    [Theory]
    [InlineData("killed ~ dos", "dos")]
    [InlineData("killed ~ dose +", "formula")]
    public void FitNamesWhatIsWrongWithTheFormula(string formula, string part) => Command.Run("fit", folder.Text("beetles.csv", Beetles), "--formula", formula).IsRefused("beetles.csv", part);

    [Fact]
    public void DistillGainsOverHardLabels()
    {
        var json = Command.Run("distill", "--draws", "2", "--json").Json;

        Assert.Equal(["student", "hard_label_student", "teacher", "gain", "repeated_draws"], json.EnumerateObject().Select(p => p.Name));
        EvaluateTests.HasTheKeys(json.GetProperty("student"));
        Assert.True(json.GetProperty("gain").GetProperty("accuracy").GetDouble() > 0);
    }

    [Fact]
    public void DistillAsksForAllItsFiles() => Command.Run("distill", "--features", "x.npy").IsRefused("--teacher-logits");

    [Fact]
    public void CalibrateComparesMethods()
    {
        var json = Command.Run("calibrate", "--method", "auto", "--bootstrap", "0", "--json").Json;

        var comparison = json.GetProperty("cross_validation");
        Assert.Contains(comparison.GetProperty("methods").EnumerateArray(), m => m.GetProperty("method").GetString() == "none");
        Assert.NotEqual("none", json.GetProperty("method").GetString());
    }
}
