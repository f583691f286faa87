using System.Security.Cryptography;
using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class NumPyTests
{
    static readonly double[] Values = [.. Enumerable.Range(0, 12).Select(i => i * 0.25 - 1)];

    [Theory]
    [InlineData("f2lC", ElementType.Float16)]
    [InlineData("f2lF", ElementType.Float16)]
    [InlineData("f2bC", ElementType.Float16)]
    [InlineData("f2bF", ElementType.Float16)]
    [InlineData("f4lC", ElementType.Float32)]
    [InlineData("f4lF", ElementType.Float32)]
    [InlineData("f4bC", ElementType.Float32)]
    [InlineData("f4bF", ElementType.Float32)]
    [InlineData("f8lC", ElementType.Float64)]
    [InlineData("f8lF", ElementType.Float64)]
    [InlineData("f8bC", ElementType.Float64)]
    [InlineData("f8bF", ElementType.Float64)]
    [InlineData("v1", ElementType.Float32)]
    [InlineData("v2", ElementType.Float32)]
    [InlineData("v3", ElementType.Float32)]
    public void ReadsWhatNumPySaves(string name, ElementType type)
    {
        using var reader = Open(ScoreFormat.Npy, NumPyFiles.Get(name + ".npy"));
        Assert.Equal((3, 4L, type, false), (reader.Classes, reader.Rows, reader.ElementType, reader.HasLabels));
        Assert.Equal(Values, Doubles(reader).Scores);
        Assert.Equal(Values.Select(value => (float)value), Singles(Open(ScoreFormat.Npy, NumPyFiles.Get(name + ".npy"))).Scores);
    }

    [Theory]
    [InlineData("plain.npz")]
    [InlineData("packed.npz")]
    [InlineData("plainF.npz")]
    [InlineData("packedF.npz")]
    public void ReadsWhatNumPyArchives(string name)
    {
        var content = Doubles(Open(ScoreFormat.Npz, NumPyFiles.Get(name)));
        Assert.Equal(Values, content.Scores);
        Assert.Equal([0, 2, 1, 0], content.Labels);
        using var folder = new Folder();
        Assert.Equal([0, 2, 1, 0], LabelFile.Read(folder.Write("y.npz", NumPyFiles.Get(name)), 3));
    }

    [Theory]
    [InlineData("i1")]
    [InlineData("u1")]
    [InlineData("i2b")]
    [InlineData("u2")]
    [InlineData("i4")]
    [InlineData("u4b")]
    [InlineData("i8")]
    [InlineData("u8b")]
    public void ReadsLabelsOfEveryIntegerType(string type)
    {
        using var folder = new Folder();
        Assert.Equal([0, 2, 1, 0], LabelFile.Read(folder.Write("y.npy", NumPyFiles.Get($"lab_{type}.npy")), 3));
    }

    [Theory]
    [InlineData("U", "naïve")]
    [InlineData("Ub", "naïve")]
    [InlineData("S", "x")]
    public void ReadsLabelsThatAreNames(string type, string second)
    {
        using var folder = new Folder();
        Assert.Equal([0, 2, 1, 0], LabelFile.Read(folder.Write("y.npy", NumPyFiles.Get($"lab_{type}.npy")), 3, ["cat", "dog", second]));
    }

    [Fact]
    public void ReadsAnswersAsLabels()
    {
        using var folder = new Folder();
        Assert.Equal([0, 0, 1, 0], LabelFile.Read(folder.Write("y.npy", NumPyFiles.Get("lab_bool.npy")), 1));
    }

    [Fact]
    public void RefusesWhatItCannotRead()
    {
        Assert.StartsWith("file: offset 20: the dtype is object: pickled Python objects", Refusal(ScoreFormat.Npy, NumPyFiles.Get("obj.npy")));
        Assert.StartsWith("file: the array has 3 dimensions, shape (2, 2, 3)", Refusal(ScoreFormat.Npy, NumPyFiles.Get("d3.npy")));
        Assert.Equal("file: has no array logits; it holds arr_0, arr_1", Refusal(ScoreFormat.Npz, NumPyFiles.Get("other.npz")));
        Assert.Equal(Values, Doubles(Open(ScoreFormat.Npz, NumPyFiles.Get("other.npz"), new() { LogitsName = "arr_0", LabelsName = "arr_1" })).Scores);
    }

    [Theory]
    [InlineData("f2lC.npy", ElementType.Float16)]
    [InlineData("f4lC.npy", ElementType.Float32)]
    [InlineData("f8lC.npy", ElementType.Float64)]
    public void WritesTheBytesOfNpSave(string name, ElementType type)
    {
        using var stream = new MemoryStream();
        using (var writer = ScoreFile.Create(stream, ScoreFormat.Npy, 3, new() { ElementType = type }))
        {
            writer.Write(Values.AsSpan(0, 3));
            writer.Write(Values.AsSpan(3));
            writer.Complete();
        }
        Assert.Equal(NumPyFiles.Get(name), stream.ToArray());
    }

    [Fact]
    public void WritesTheBytesOfNpSavez()
    {
        using var stream = new MemoryStream();
        using (var writer = ScoreFile.Create(stream, ScoreFormat.Npz, 3))
        {
            float[] values = Array.ConvertAll(Values, value => (float)value);
            writer.Write(values.AsSpan(0, 9), [0, 2, 1]);
            writer.Write(values.AsSpan(9), [0]);
            writer.Complete();
        }
        Assert.Equal(NumPyFiles.Get("plain.npz"), stream.ToArray());
    }

    /// <summary>300 × 7 of ((i mod 97) − 48) × 0.37: as float32 by np.save, and as float64 with labels i mod 7 by np.savez.</summary>
    [Fact]
    public void WritesLargerFilesAsNumPyDoes()
    {
        double[] values = [.. Enumerable.Range(0, 2100).Select(i => (i % 97 - 48) * 0.37)];
        using MemoryStream npy = new(), npz = new();
        using (var writer = ScoreFile.Create(npy, ScoreFormat.Npy, 7))
        {
            writer.Write(Array.ConvertAll(values, value => (float)value));
            writer.Complete();
        }
        Assert.Equal("c2c49c66efc82a408d50bfb8fb78ac5574f0e656dc85a89548365383b11d82e7", Convert.ToHexStringLower(SHA256.HashData(npy.ToArray())));
        using (var writer = ScoreFile.Create(npz, ScoreFormat.Npz, 7))
        {
            writer.Write(values, [.. Enumerable.Range(0, 300).Select(i => i % 7)]);
            writer.Complete();
        }
        Assert.Equal("735143bb4f180e5d5fa623eced5e1ac3f3416b8e4dd35fcd02b9f708bc677159", Convert.ToHexStringLower(SHA256.HashData(npz.ToArray())));
    }
}
