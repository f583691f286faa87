using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class LabelFileTests
{
    [Theory]
    [InlineData("y.txt", "0\n2\r\n1\n\n")]
    [InlineData("y.labels", "cat\n  bird\ndog")]
    [InlineData("y.csv", "0\n2\n1\n")]
    [InlineData("y.csv", "label\ncat\nbird\ndog\n")]
    [InlineData("y.csv", "id,Label,note\na,cat,\"x,y\"\nb,2.0,\nc,1.000e+00,z\n")]
    [InlineData("y.tsv", "id\tlabel\n7\tcat\n8\tbird\n9\tdog\n")]
    [InlineData("y.jsonl", "0\n\"bird\"\n1\n")]
    [InlineData("y.jsonl", "{\"label\":0}\n{\"label\":\"bird\",\"x\":[1]}\n{\"label\":1}\n")]
    [InlineData("y.jsonl", "{\"logits\":[1,2,3],\"label\":0}\n{\"logits\":[1,2,3],\"label\":2}\n{\"logits\":[1,2,3],\"label\":\"dog\"}\n")]
    public void ReadsTheSameLabelsFromEveryFile(string file, string text)
    {
        using var folder = new Folder();
        Assert.Equal([0, 2, 1], LabelFile.Read(folder.Write(file, text), 3, ["cat", "dog", "bird"]));
    }

    [Theory]
    [InlineData("y.txt", "0\n3\n", "row 1: label 3 is outside 0..2")]
    [InlineData("y.txt", "0\n\n-1\n", "row 1: label -1 is outside 0..2")]
    [InlineData("y.txt", "0\ncat\n", "row 1: label \"cat\" is no number, and the names of the classes are not known; write 0..2, or give the names (line 2)")]
    [InlineData("y.txt", "0\n1.5\n", "row 1: label \"1.5\" is no number")]
    [InlineData("y.txt", "99999999999\n", "row 0: label 99999999999 is outside 0..2")]
    [InlineData("y.txt", "", "y.txt: is empty; at least 1 label is needed")]
    [InlineData("y.csv", "", "y.csv: is empty; at least 1 label is needed")]
    [InlineData("y.csv", "label\n", "y.csv: has a header and no labels; at least 1 is needed")]
    [InlineData("y.csv", "1,2\n3,4\n", "line 1: there are 2 columns, and none is called label")]
    [InlineData("y.csv", "id,label\n3\n", "row 0: there is 1 cell; the rows before have 2 (line 2)")]
    [InlineData("y.jsonl", "{\"lable\":1}\n", "row 0: has no \"label\" (line 1)")]
    [InlineData("y.jsonl", "true\n", "row 0: a line is an object")]
    public void NamesRowAndLabel(string file, string text, string message)
    {
        using var folder = new Folder();
        Assert.Contains(message, Assert.Throws<DataFormatException>(() => LabelFile.Read(folder.Write(file, text), 3)).Message);
    }

    [Fact]
    public void RefusesFloatsAndTablesInArrays()
    {
        using var folder = new Folder();
        Assert.EndsWith("labels are stored as float32; class indices are whole numbers: save labels.astype('int64')",
            Assert.Throws<DataFormatException>(() => LabelFile.Read(folder.Write("y.npy", Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 0, 0, 0, 0)), 3)).Message);
        Assert.EndsWith("labels have the shape (2, 2); one label a row is (rows,)",
            Assert.Throws<DataFormatException>(() => LabelFile.Read(folder.Write("y.npy", Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", 0, 0, 0, 0)), 3)).Message);
        Assert.EndsWith("row 1: label 18446744073709551615 is outside 0..2", Assert.Throws<DataFormatException>(
            () => LabelFile.Read(folder.Write("y.npy", Npy("{'descr': '<u8', 'fortran_order': False, 'shape': (2,), }", [.. new byte[8], .. Enumerable.Repeat((byte)255, 8)])), 3)).Message);
    }

    [Fact]
    public void SaysWhatCannotBeOpened()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder["d"]);
        foreach (Func<string, IDisposable> open in new Func<string, IDisposable>[] { path => LabelFile.Open(path, 3), path => ScoreFile.Open(path, ScoreFormat.Csv) })
        {
            Assert.Equal($"{folder["d"]}: is a directory; name a file in it", Assert.Throws<DataFormatException>(() => open(folder["d"])).Message);
            Assert.Equal($"{folder["none"]}: does not exist", Assert.Throws<DataFormatException>(() => open(folder["none"])).Message);
            Assert.Equal($"{folder["none/none"]}: does not exist", Assert.Throws<DataFormatException>(() => open(folder["none/none"])).Message);
        }
        string locked = folder.Write("locked.csv", "1\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(locked, UnixFileMode.None);
            if (!Environment.IsPrivilegedProcess)
                Assert.Equal($"{locked}: cannot be read: permission denied", Assert.Throws<DataFormatException>(() => ScoreFile.Open(locked)).Message);
        }
        Assert.StartsWith("model.bin: the ending .bin is unknown", Assert.Throws<DataFormatException>(() => ScoreFile.FormatOf("model.bin")).Message);
    }
}
