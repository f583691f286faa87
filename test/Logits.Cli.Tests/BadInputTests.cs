using System.Text;

namespace Logits.Cli.Tests;

/// <summary>Wrong input is answered with one line that names the file, the place and the value, and exit code 2.</summary>
public sealed class BadInputTests : IDisposable
{
    readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    string Good => folder.Npy("good.npy", [2, 1, 0, 0, 3, 1], columns: 3);

    [Theory]
    [InlineData("predict")]
    [InlineData("evaluate")]
    [InlineData("calibrate")]
    public void NamesAMissingFile(string verb) => Command.Run(verb, folder.File("nowhere.npy")).IsRefused("nowhere.npy", "exist");

    [Fact]
    public void NamesAFileThatIsNotWhatItsEndingSays() =>
        Command.Run("predict", folder.Bytes("fake.npy", Encoding.ASCII.GetBytes("this is not numpy at all"))).IsRefused("fake.npy");

    [Fact]
    public void NamesATruncatedNpy() =>
        Command.Run("predict", folder.Npy("cut.npy", "<f4", "(2, 3)", new byte[5 * 4 + 1])).IsRefused("cut.npy");

    [Fact]
    public void NamesAnNpyOfObjects() =>
        Command.Run("predict", folder.Npy("objects.npy", "|O", "(2, 3)", new byte[64])).IsRefused("objects.npy", "object");

    [Fact]
    public void NamesAnArrayOfThreeDimensions() =>
        Command.Run("predict", folder.Npy("cube.npy", "<f4", "(2, 3, 4)", new byte[4 * 24])).IsRefused("cube.npy", "3");

    [Fact]
    public void NamesTheRaggedLineOfACsv() =>
        Command.Run("predict", folder.Text("ragged.csv", "a,b,c\n1,2,3\n4,5\n")).IsRefused("ragged.csv", "2", "3");

    [Fact]
    public void NamesTextAmongNumbers() =>
        Command.Run("predict", folder.Text("text.csv", "a,b,c\n1,2,3\n4,hello,6\n")).IsRefused("text.csv", "hello");

    [Fact]
    public void NamesALabelOutOfRange() =>
        Command.Run("evaluate", Good, folder.Labels("y.npy", 0, 10)).IsRefused("label 10 is outside 0..2", "row 1");

    [Fact]
    public void NamesANegativeLabel() =>
        Command.Run("evaluate", Good, folder.Labels("y.npy", 0, -1)).IsRefused("label -1 is outside 0..2");

    [Theory]
    [InlineData("evaluate")]
    [InlineData("calibrate")]
    public void NamesLengthsThatDiffer(string verb) =>
        Command.Run(verb, Good, folder.Labels("y.npy", 0, 1, 2)).IsRefused("3", "2", "rows");

    [Theory]
    [InlineData("predict")]
    [InlineData("evaluate")]
    [InlineData("calibrate")]
    public void NamesANaN(string verb)
    {
        string labels = folder.Labels("y.npy", 0, 1), nan = folder.Npy("nan.npy", [2, 1, 0, 0, float.NaN, 1], columns: 3);
        Command.Run(verb == "predict" ? [verb, nan] : [verb, nan, labels]).IsRefused("nan.npy", "row 1", "NaN");
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("evaluate")]
    [InlineData("calibrate")]
    public void NamesAFileWithoutRows(string verb)
    {
        string empty = folder.Npy("empty.npy", "<f4", "(0, 3)", []);
        Command.Run(verb == "predict" ? [verb, empty] : [verb, empty, folder.Labels("y.npy")]).IsRefused("rows");
    }

    [Fact]
    public void NamesADirectory() => Command.Run("predict", folder.Path).IsRefused(folder.Path, "directory");

    [Fact]
    public void NamesAnOutputThatCannotBeWritten() =>
        Command.Run("calibrate", "--report", folder.File("no/such/folder/r.html")).IsRefused("r.html", "cannot be written");

    [Fact]
    public void NamesAnOutputThatIsADirectory() => Command.Run("calibrate", "--save", folder.Path).IsRefused(folder.Path, "directory");

    [Fact]
    public void NamesAnOutputOfUnknownFormat() => Command.Run("predict", "--out", folder.File("p.xyz")).IsRefused("p.xyz", ".npy");

    [Theory]
    [InlineData("label\n0\n10\n", "row 1: label 10 is outside 0..2")]
    [InlineData("label\n0\nhorse\n", "horse")]
    public void NamesALabelOfATextFile(string text, string complaint) => Command.Run("evaluate", Good, folder.Text("y.csv", text)).IsRefused("y.csv", complaint);

    [Fact]
    public void AsksForLabels() => Command.Run("evaluate", Good).IsRefused("good.npy", "labels");

    [Fact]
    public void RefusesProbabilitiesForASigmoid() => Command.Run("predict", "--multi-label", "--input", "probabilities").IsRefused("--multi-label", "--input");

    [Fact]
    public void AsksForTheFormatOfStdin() => Command.RunWithInput([1, 2, 3], "predict", "-").IsRefused("--format");

    [Fact]
    public void NamesAnEndingItDoesNotKnow() => Command.Run("predict", folder.Text("logits.parquet", "x")).IsRefused("logits.parquet", ".npy");

    [Fact]
    public void NamesATestFileOfOtherClasses() =>
        Command.Run("calibrate", Good, folder.Labels("y.npy", 0, 1), "--test", folder.Text("t.csv", "a,b,label\n1,2,0\n")).IsRefused("t.csv", "2 classes", "3");

    [Fact]
    public void NamesARowThatIsNoDistribution() =>
        Command.Run("predict", "--input", "probabilities", folder.Text("p.csv", "a,b\n0.5,0.5\n0.9,0.9\n")).IsRefused("p.csv", "row 1", "sums to 1.8");

    [Fact]
    public void NamesACalibratorThatIsNone() =>
        Command.Run("predict", "--calibrator", folder.Text("cal.json", "{\"hello\":1}")).IsRefused("cal.json");

    [Fact]
    public void NamesACalibratorOfANewerVersion() =>
        Command.Run("predict", "--calibrator", folder.Text("cal.json", "{\"format\":\"logits/calibrator\",\"version\":99,\"method\":\"temperature\",\"classes\":10,\"parameters\":{\"temperature\":2}}")).IsRefused("cal.json", "99");

    [Fact]
    public void WarnsOfProbabilitiesThatAreReadAsLogits()
    {
        string path = folder.Text("p.csv", "a,b\n0.5,0.5\n0.9,0.1\n");

        Assert.Contains("--input probabilities", Command.Run("predict", path).Error);
        Assert.DoesNotContain("warning", Command.Run("predict", path, "--input", "probabilities").Error);
    }
}
