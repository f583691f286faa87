using System.Text.Json;

namespace Logits.Cli.Tests;

public sealed class CalibrateTests
{
    [Fact]
    public void ShowsTheMainJobWithoutAFile()
    {
        var run = Command.Run("calibrate");

        Assert.Equal(0, run.Code);
        Assert.Contains("temperature 2.33", run.Output);
        Assert.Contains("1\u202F177 test rows", run.Output.ReplaceLineEndings(" "));
        Assert.Contains("built-in sample", run.Error);
    }

    [Fact]
    public void PrintsTheKeysOfItsInterface()
    {
        var json = Command.Run("calibrate", "--json").Json;

        Assert.Equal(["method", "temperature", "parameters", "converged", "iterations", "validation", "test"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("temperature", json.GetProperty("method").GetString());
        foreach (string part in (string[])["validation", "test"])
            foreach (string side in (string[])["before", "after"])
                EvaluateTests.HasTheKeys(json.GetProperty(part).GetProperty(side));
        Assert.True(Ece(json, "after") < Ece(json, "before"));
        Assert.Equal(json.GetProperty("temperature").GetDouble(), json.GetProperty("parameters").GetProperty("temperature").GetDouble());

        static double Ece(JsonElement json, string side) => json.GetProperty("test").GetProperty(side).GetProperty("ece").GetDouble();
    }

    [Fact]
    public void WritesAPageThatLoadsNothing()
    {
        using var folder = new Folder();
        string path = folder.File("r.html");

        Assert.Equal(0, Command.Run("calibrate", "--report", path).Code);

        string html = File.ReadAllText(path);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        foreach (string part in (string[])["Before: ECE", "Calibrated: ECE", "Confidence histogram", "NLL against temperature", "Risk and coverage", "prefers-color-scheme", "@media print", $"logits calibrate --report {path}"])
            Assert.Contains(part, html);
        Assert.DoesNotContain("src=", html);
        Assert.DoesNotContain("href=", html);
        Assert.DoesNotContain("url(", html);
        Assert.DoesNotContain("NaN", html);
    }
}
