using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class ScoreWriterTests
{
    static readonly double[] Awkward =
    [
        0, -0.0, 1, -1, 0.1, 1.0 / 3, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon, 2.2250738585072014e-308,
        double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e22, 1e23, 9007199254740993, 123456789.123456789, Math.PI * 1e-300, 5e-5,
    ];

    public static TheoryData<ScoreFormat, bool> Formats
    {
        get
        {
            var data = new TheoryData<ScoreFormat, bool>();
            foreach (var format in Enum.GetValues<ScoreFormat>())
                foreach (bool labelled in new[] { false, true })
                    if (format != ScoreFormat.Npy || !labelled)
                        data.Add(format, labelled);
            return data;
        }
    }

    static byte[] Written(ScoreFormat format, int classes, Action<ScoreWriter> write, ScoreWriterOptions? options = null)
    {
        using var stream = new MemoryStream();
        using var writer = ScoreFile.Create(stream, format, classes, options);
        write(writer);
        writer.Complete();
        return stream.ToArray();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void RoundTripsEveryBitOfADouble(ScoreFormat format, bool labelled)
    {
        var random = new Random(1);
        double[] values = [.. Awkward, .. Enumerable.Range(0, 1980).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64()))];
        int[] labels = [.. Enumerable.Range(0, 500).Select(_ => random.Next(4))];
        var content = Doubles(Open(format, Written(format, 4, writer =>
        {
            writer.Write(values.AsSpan(0, 1200), labelled ? labels.AsSpan(0, 300) : []);
            writer.Write(ReadOnlySpan<double>.Empty);
            writer.Write(values.AsSpan(1200), labelled ? labels.AsSpan(300) : []);
        })), 33);
        Assert.Equal(values.Select(Bits), content.Scores.Select(Bits));
        Assert.Equal(labelled ? labels : [], content.Labels);

        static long Bits(double value) => double.IsNaN(value) ? 0 : BitConverter.DoubleToInt64Bits(value);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void RoundTripsEveryBitOfAFloat(ScoreFormat format, bool labelled)
    {
        var random = new Random(2);
        float[] values = [float.MaxValue, float.Epsilon, -0f, 1.17549435e-38f, 1.1754942e-38f, 0.1f, 16777217, float.PositiveInfinity, float.NaN,
            .. Enumerable.Range(0, 2991).Select(_ => BitConverter.Int32BitsToSingle(random.Next()) * (random.Next(2) * 2 - 1))];
        int[] labels = [.. Enumerable.Range(0, 1000).Select(_ => random.Next(3))];
        var content = Singles(Open(format, Written(format, 3, writer => writer.Write(values, labelled ? labels : []))), 64);
        Assert.Equal(values.Select(Bits), content.Scores.Select(Bits));
        Assert.Equal(labelled ? labels : [], content.Labels);

        static int Bits(float value) => float.IsNaN(value) ? 0 : BitConverter.SingleToInt32Bits(value);
    }

    [Theory]
    [InlineData(ScoreFormat.Csv, "cat,\"a \"\"b\"\", c\",label\n0.5,-inf,cat\nnan,1E-07,\"a \"\"b\"\", c\"\n")]
    [InlineData(ScoreFormat.Tsv, "cat\t\"a \"\"b\"\", c\"\tlabel\n0.5\t-inf\tcat\nnan\t1E-07\t\"a \"\"b\"\", c\"\n")]
    [InlineData(ScoreFormat.Jsonl, "{\"logits\":[0.5,\"-inf\"],\"label\":0}\n{\"logits\":[\"nan\",1E-07],\"label\":1}\n")]
    public void WritesTextSoThatItReadsBack(ScoreFormat format, string text)
    {
        string[] names = ["cat", "a \"b\", c"];
        byte[] bytes = Written(format, 2, writer => writer.Write([0.5f, float.NegativeInfinity, float.NaN, 1e-7f], [0, 1]), new() { ClassNames = names });
        Assert.Equal(text, System.Text.Encoding.UTF8.GetString(bytes));
        using var reader = Open(format, bytes);
        Assert.Equal(format == ScoreFormat.Jsonl ? null : names, reader.ClassNames);
        Assert.Equal([0, 1], Singles(reader).Labels);
    }

    [Fact]
    public void KeepsLabelsApartFromNamesThatAreNumbers()
    {
        foreach (var format in new[] { ScoreFormat.Csv, ScoreFormat.Jsonl })
        {
            byte[] bytes = Written(format, 3, writer => writer.Write([1.5f, 2, 3, 4, 5, 6], [0, 2]), new() { ClassNames = ["3", "2", "1"] });
            Assert.Equal([0, 2], Singles(Open(format, bytes, new() { ClassNames = ["3", "2", "1"] })).Labels);
        }
    }

    [Fact]
    public void WritesAnswersToOneQuestionAs0And1()
    {
        foreach (var format in Enum.GetValues<ScoreFormat>().Except([ScoreFormat.Npy]))
            Assert.Equal([0, 1, 1], Singles(Open(format, Written(format, 1, writer => writer.Write([1.5f, 2, 3], [0, 1, 1])))).Labels);
    }

    [Theory]
    [InlineData(ElementType.Float16, new[] { 1.0, 65504, 6e-8, 1.0 / 3 }, new[] { 1.0, 65504, 5.960464477539063e-08, 0.333251953125 })]
    [InlineData(ElementType.BFloat16, new[] { 1.0, 3.3895313892515355e38, 1.00390625, 1.01171875 }, new[] { 1.0, 3.3895313892515355e38, 1, 1.015625 })]
    [InlineData(ElementType.BFloat16, new[] { 1.0039062500000002, -1.0039062500000002, 1.0039062499999998, 9.2e-41 }, new[] { 1.0078125, -1.0078125, 1, 9.183549615799121E-41 })]
    [InlineData(ElementType.Float32, new[] { 0.1, 1e-45, -2, 1.000000059604645 }, new[] { 0.10000000149011612, 1.401298464324817e-45, -2, 1.0000001192092896 })]
    public void RoundsOnceToTheTypeThatIsStored(ElementType type, double[] values, double[] stored)
    {
        byte[] bytes = Written(ScoreFormat.Safetensors, 2, writer => writer.Write(values), new() { ElementType = type });
        using var reader = Open(ScoreFormat.Safetensors, bytes);
        Assert.Equal(type, reader.ElementType);
        Assert.Equal(stored, Doubles(reader).Scores);
    }

    [Fact]
    public void RefusesAFiniteScoreThatWouldBecomeInfinite()
    {
        foreach (var (type, value) in new[] { (ElementType.Float16, 65520.0), (ElementType.BFloat16, 3.4e38), (ElementType.Float32, 1e39) })
        {
            using var writer = ScoreFile.Create(new MemoryStream(), ScoreFormat.Safetensors, 2, new() { ElementType = type });
            Assert.Contains($"row 1, score 1 is {-value}, beyond the range of {type}", Assert.Throws<ArgumentException>(() => writer.Write([0, double.NegativeInfinity, 1, -value])).Message);
            Assert.Equal(0, writer.Rows);
        }
    }

    [Fact]
    public void RefusesWhatTheFileCannotHold()
    {
        using var stream = new MemoryStream();
        Assert.Contains("npy file is one array", Assert.Throws<ArgumentException>(() => ScoreFile.Create(stream, ScoreFormat.Npy, 2).Write([1f, 2], [0])).Message);
        Assert.Contains("BFloat16", Assert.Throws<ArgumentException>(() => ScoreFile.Create(stream, ScoreFormat.Npz, 2, new() { ElementType = ElementType.BFloat16 })).Message);
        Assert.Contains("label", Assert.Throws<ArgumentException>(() => ScoreFile.Create(stream, ScoreFormat.Csv, 2, new() { ClassNames = ["a", "Label"] })).Message);
        Assert.Contains("2 names", Assert.Throws<ArgumentException>(() => ScoreFile.Create(stream, ScoreFormat.Csv, 3, new() { ClassNames = ["a", "b"] })).Message);
        using var writer = ScoreFile.Create(stream, ScoreFormat.Csv, 2);
        writer.Write([1f, 2], [0]);
        Assert.Contains("labels are missing", Assert.Throws<ArgumentException>(() => writer.Write([1f, 2])).Message);
        Assert.Contains("labels[0] is 2", Assert.Throws<ArgumentException>(() => writer.Write([1f, 2], [2])).Message);
        Assert.Contains("not a whole number of rows", Assert.Throws<ArgumentException>(() => writer.Write([1f, 2, 3], [1])).Message);
    }

    [Fact]
    public void WritesToAPipeWhatNeedsNoWayBack()
    {
        using var memory = new MemoryStream();
        using var pipe = new System.IO.Compression.DeflateStream(memory, System.IO.Compression.CompressionMode.Compress, leaveOpen: true);
        Assert.Contains("set Rows", Assert.Throws<ArgumentException>(() => ScoreFile.Create(pipe, ScoreFormat.Npy, 2)).Message);
        using (var writer = ScoreFile.Create(pipe, ScoreFormat.Npy, 2, new() { Rows = 2 }))
        {
            writer.Write([1f, 2]);
            Assert.Throws<InvalidOperationException>(writer.Complete);
            writer.Write([3f, 4]);
            Assert.Throws<ArgumentException>(() => writer.Write([3f, 4]));
            writer.Complete();
        }
        pipe.Flush();
        memory.Position = 0;
        using var back = new System.IO.Compression.DeflateStream(memory, System.IO.Compression.CompressionMode.Decompress, leaveOpen: true);
        Assert.Equal([1, 2, 3, 4], Singles(ScoreFile.Open(back, ScoreFormat.Npy)).Scores);
    }

    [Fact]
    public void LeavesNothingWhenItIsNotCompleted()
    {
        using var folder = new Folder();
        folder.Write("old.csv", "precious");
        foreach (string name in new[] { "old.csv", "new.npy", "new.npz", "new.tsv", "new.jsonl", "new.safetensors" })
        {
            using var writer = ScoreFile.Create(folder[name], 2);
            writer.Write([1f, 2]);
            Assert.Equal(2, folder.Names.Length);
        }
        Assert.Equal(["old.csv"], folder.Names);
        Assert.Equal("precious", File.ReadAllText(folder["old.csv"]));
    }

    [Fact]
    public void ReplacesTheFileWhenItIsCompleted()
    {
        using var folder = new Folder();
        foreach (string name in new[] { "a.csv", "a.npy", "a.npz", "a.tsv", "a.jsonl", "a.safetensors" })
        {
            folder.Write(name, "old");
            using (var writer = ScoreFile.Create(folder[name], 2))
            {
                writer.Write([1f, 2]);
                writer.Complete();
            }
            using var reader = ScoreFile.Open(folder[name]);
            Assert.Equal([1, 2], Singles(reader).Scores);
        }
        Assert.Equal(6, folder.Names.Length);
    }

    [Fact]
    public void SaysWhyAPlaceCannotBeWrittenTo()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder["d.npy"]);
        Assert.EndsWith("d.npy: is a directory; name a file in it", Assert.Throws<IOException>(() => ScoreFile.Create(folder["d.npy"], 2)).Message);
        Assert.EndsWith("a.npy: cannot be written: its directory does not exist", Assert.Throws<IOException>(() => ScoreFile.Create(folder["none/a.npy"], 2)).Message);
        Assert.StartsWith("a.xyz: the ending .xyz is unknown", Assert.Throws<DataFormatException>(() => ScoreFile.Create("a.xyz", 2)).Message);
    }

    [Fact]
    public void FollowsALinkInsteadOfReplacingIt()
    {
        using var folder = new Folder();
        folder.Write("file.csv", "old");
        File.CreateSymbolicLink(folder["link.csv"], folder["file.csv"]);
        using (var writer = ScoreFile.Create(folder["link.csv"], 2))
        {
            writer.Write([1f, 2]);
            writer.Complete();
        }
        Assert.Equal("1,2\n", File.ReadAllText(folder["file.csv"]));
        Assert.NotNull(new FileInfo(folder["link.csv"]).LinkTarget);
    }
}
