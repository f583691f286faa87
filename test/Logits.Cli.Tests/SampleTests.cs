using Logits.TrainDigits;

namespace Logits.Cli.Tests;

/// <summary>The built-in sample is what its program makes.</summary>
public sealed class SampleTests
{
    static readonly string Samples = Path.Combine(Repository.Root, "src", "Logits.Cli", "Samples");

    [Fact]
    public void IsTheSameBytesWhenTrainedAgain()
    {
        using var reader = new StreamReader(Path.Combine(Samples, "digits.csv"));
        var files = Training.Run(Digits.Read(reader), TextWriter.Null);

        Assert.Equal(["digits-test.csv", "digits-validation.csv"], files.Keys.Order());
        foreach (var (file, text) in files)
            Assert.Equal(File.ReadAllText(Path.Combine(Samples, file)), text);
    }
}
