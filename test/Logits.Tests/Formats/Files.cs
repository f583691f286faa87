using System.Text;
using Logits.Formats;

namespace Logits.Tests.Formats;

/// <summary>Bytes as files, and files as values.</summary>
static class Files
{
    /// <summary>What a reader gives: all rows at once.</summary>
    public sealed record Content<T>(T[] Scores, int[] Labels, int Classes);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static ScoreReader Open(ScoreFormat format, byte[] bytes, ScoreFileOptions? options = null) =>
        ScoreFile.Open(new MemoryStream(bytes), format, "file", options);

    public static ScoreReader Open(ScoreFormat format, string text, ScoreFileOptions? options = null) => Open(format, Utf8(text), options);

    /// <summary>Reads to the end, a few rows at a time.</summary>
    public static Content<float> Singles(ScoreReader reader, int rowsAtOnce = 3)
    {
        var scores = new List<float>();
        var labels = new List<int>();
        float[] block = new float[rowsAtOnce * reader.Classes];
        int[] some = new int[rowsAtOnce];
        while (reader.Read(block, some) is var rows and > 0)
        {
            scores.AddRange(block.AsSpan(0, rows * reader.Classes));
            if (reader.HasLabels) labels.AddRange(some.AsSpan(0, rows));
        }
        return new([.. scores], [.. labels], reader.Classes);
    }

    /// <inheritdoc cref="Singles"/>
    public static Content<double> Doubles(ScoreReader reader, int rowsAtOnce = 3)
    {
        var scores = new List<double>();
        var labels = new List<int>();
        double[] block = new double[rowsAtOnce * reader.Classes];
        int[] some = new int[rowsAtOnce];
        while (reader.Read(block, some) is var rows and > 0)
        {
            scores.AddRange(block.AsSpan(0, rows * reader.Classes));
            if (reader.HasLabels) labels.AddRange(some.AsSpan(0, rows));
        }
        return new([.. scores], [.. labels], reader.Classes);
    }

    /// <summary>The one line that refuses these bytes.</summary>
    public static string Refusal(ScoreFormat format, byte[] bytes, ScoreFileOptions? options = null) =>
        Assert.Throws<DataFormatException>(() => { using var reader = Open(format, bytes, options); Doubles(reader); }).Message;

    /// <inheritdoc cref="Refusal(ScoreFormat, byte[], ScoreFileOptions?)"/>
    public static string Refusal(ScoreFormat format, string text, ScoreFileOptions? options = null) => Refusal(format, Utf8(text), options);

    /// <summary>A .npy file of version 1.0 with this dictionary, unpadded, and these bytes.</summary>
    public static byte[] Npy(string dictionary, params ReadOnlySpan<byte> data) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)dictionary.Length, (byte)(dictionary.Length >> 8), .. Encoding.Latin1.GetBytes(dictionary), .. data];

    /// <summary>A folder that is deleted with everything in it.</summary>
    public sealed class Folder : IDisposable
    {
        readonly string _path = Directory.CreateTempSubdirectory("logits-formats-").FullName;

        public string this[string file] => Path.Combine(_path, file);

        public string Write(string file, byte[] bytes)
        {
            File.WriteAllBytes(this[file], bytes);
            return this[file];
        }

        public string Write(string file, string text) => Write(file, Utf8(text));

        public string[] Names => [.. Directory.GetFileSystemEntries(_path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
