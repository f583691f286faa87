using System.Text;
using Logits.Calibration;
using Logits.Formats;

namespace Logits.Tests.Formats;

public class CalibratorFileTests
{
    const string Whole = """{"format":"logits/calibrator","version":1,"method":"temperature","classes":3,"parameters":{"temperature":1.5},"fit":{"rows":10,"nll":0.5}}""";

    [Fact]
    public void ReadsWhatTheFormatPromises()
    {
        var scaling = Assert.IsType<TemperatureScaling>(Read(Whole));
        Assert.Equal(1.5, scaling.Temperature);
        Assert.Equal(3, scaling.Classes);
        Assert.Equal(10, scaling.Facts!.Rows);
    }

    [Theory]
    [InlineData("\"format\":\"logits/calibrator\",", "", "the key \"format\" is missing")]
    [InlineData("\"version\":1,", "", "the key \"version\" is missing")]
    [InlineData("\"method\":\"temperature\",", "", "the key \"method\" is missing")]
    [InlineData("\"classes\":3,", "", "the key \"classes\" is missing")]
    [InlineData("\"parameters\":{\"temperature\":1.5},", "", "the key \"parameters\" is missing")]
    [InlineData(",\"fit\":{\"rows\":10,\"nll\":0.5}", "", "the key \"fit\" is missing")]
    [InlineData("\"rows\":10,", "", "the key \"rows\" is missing")]
    [InlineData("\"temperature\":1.5", "", "the parameter \"temperature\" is missing; it is a number.")]
    [InlineData("\"version\":1", "\"version\":2", "\"version\" is 2; this program reads up to 1.")]
    [InlineData("logits/calibrator", "logits/model", "\"format\" is \"logits/model\"; a calibrator's is \"logits/calibrator\".")]
    [InlineData(":\"temperature\"", ":\"magic\"", "\"method\" is \"magic\"; this version knows none, temperature")]
    [InlineData("1.5", "-1.5", "\"temperature\" is -1.5; a temperature is at least 0.")]
    [InlineData("1.5", "\"warm\"", "\"temperature\" is not a number.")]
    [InlineData("}}", "}", "is not JSON")]
    [InlineData("1.5", "null", "\"temperature\" is null; a parameter is a number, a word, or a list.")]
    public void NamesTheFileAndTheEntry(string from, string to, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(Whole.Replace(from, to)));
        Assert.StartsWith("cal.json: ", error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void KeepsInfinitiesAndSigns()
    {
        foreach (double temperature in (double[])[0, double.PositiveInfinity, 1 / 3.0, double.Epsilon])
            Assert.Equal(new TemperatureScaling(temperature, 2), CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(new TemperatureScaling(temperature, 2)), "cal.json"));
        var vector = new VectorScaling([1.1, -0.0], [double.MaxValue, double.Epsilon], ScoreFrame.Centred);
        Assert.Equal(vector, CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(vector), "cal.json"));
    }

    [Fact]
    public void ReplacesAFileOnlyWhenTheNewOneIsWhole()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("logits").FullName, "cal.json");
        CalibratorFile.Save(new TemperatureScaling(2, 3), path);
        CalibratorFile.Save(new TemperatureScaling(3, 3), path);
        Assert.Equal(new TemperatureScaling(3, 3), CalibratorFile.Load(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void KeepsAChain()
    {
        var (scores, labels) = Calibration.Example.Logits(200, 3);
        var chain = CalibratorChain.Fit(scores.AsLogits(3), labels, Calibrators.Find("vector"), Calibrators.Find("temperature"), Calibrators.Find("beta"));
        var loaded = CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(chain), "cal.json");
        Assert.Equal(chain.Select(step => step.Method), Assert.IsType<CalibratorChain>(loaded).Select(step => step.Method));
        Assert.Equal(chain.Apply(scores.AsLogits(3)).Values.ToArray(), loaded.Apply(scores.AsLogits(3)).Values.ToArray());
        Assert.True(chain.Facts!.Nll <= chain.Facts.NllBefore);
    }

    static ICalibrator Read(string json) => CalibratorFile.FromUtf8(Encoding.UTF8.GetBytes(json), "cal.json");
}
