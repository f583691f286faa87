using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class NpzTests
{
    static readonly byte[] Scores = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", MemoryMarshal.AsBytes(new float[] { 1, 2, 3, 4, 5, 6 }.AsSpan()));

    static readonly byte[] Labels = Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", 2, 0);

    static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] members)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in members)
            {
                using var stream = zip.CreateEntry(name, level).Open();
                stream.Write(bytes);
            }
        return memory.ToArray();
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void ReadsWhatOtherProgramsZip(CompressionLevel level)
    {
        var content = Singles(Open(ScoreFormat.Npz, Zip(level, ("labels.npy", Labels), ("notes.txt", Utf8("hello")), ("logits.npy", Scores))), 1);
        Assert.Equal([1, 2, 3, 4, 5, 6], content.Scores);
        Assert.Equal([2, 0], content.Labels);
    }

    [Fact]
    public void NamesWhatIsThereInsteadOfLogits()
    {
        Assert.Equal("file: has no array logits; it holds labels", Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("labels.npy", Labels))));
        Assert.Equal("file: has no array logits; it holds no arrays", Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal)));
        using var folder = new Folder();
        Assert.EndsWith("y.npz: has no array labels; it holds a, b", Assert.Throws<DataFormatException>(
            () => LabelFile.Read(folder.Write("y.npz", Zip(CompressionLevel.Optimal, ("a.npy", Labels), ("b.npy", Labels))), 3)).Message);
        Assert.Equal([2, 0], LabelFile.Read(folder.Write("y.npz", Zip(CompressionLevel.Optimal, ("a.npy", Labels))), 3));
    }

    [Fact]
    public void NamesTheMemberAndThePlaceInIt()
    {
        Assert.Equal("file: logits.npy, offset 93: the file ends early: float32 of shape (2, 4) needs 32 bytes after the header, 24 are there",
            Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("logits.npy", Replace(Scores, "(2, 3)", "(2, 4)")))));
        Assert.Equal("file: labels holds 2 entries; the logits have 1 rows, one label each",
            Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("labels.npy", Labels), ("logits.npy", Npy("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 1), }", 0, 0)))));
        Assert.Equal("file: row 1: label 3 is outside 0..2",
            Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("labels.npy", [.. Labels[..^1], 3]), ("logits.npy", Scores))));
        Assert.Equal("file: labels.npy: labels have the shape (2, 3); one label a row is (rows,)",
            Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("labels.npy", Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", 0, 0, 0, 0, 0, 0)), ("logits.npy", Scores))));
        Assert.Equal("file: labels.npy: labels are stored as float32; class indices are whole numbers: save labels.astype('int64')",
            Refusal(ScoreFormat.Npz, Zip(CompressionLevel.Optimal, ("labels.npy", Scores), ("logits.npy", Scores))));
    }

    static byte[] Replace(byte[] bytes, string old, string by)
    {
        bytes = [.. bytes];
        Utf8(by).CopyTo(bytes, bytes.AsSpan().IndexOf(Utf8(old)));
        return bytes;
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void FindsADamagedByte(CompressionLevel level)
    {
        byte[] file = Zip(level, ("logits.npy", Scores));
        int data = level == CompressionLevel.NoCompression ? 30 + 10 + Scores.Length - 1 : 30 + 10 + 40;
        file[data] ^= 16;
        Assert.Contains(level == CompressionLevel.NoCompression ? "file: logits.npy: the checksum is " : "file: logits.npy", Refusal(ScoreFormat.Npz, file));
    }

    [Fact]
    public void BelievesNoSize()
    {
        byte[] file = Zip(CompressionLevel.Optimal, ("logits.npy", Scores));
        int entry = file.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(entry + 24), 4_000_000_000);
        Assert.Equal("file: logits.npy, offset 93: 3999999907 bytes follow the array: float32 of shape (2, 3) ends here", Refusal(ScoreFormat.Npz, file));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(entry + 24), (uint)Scores.Length - 1);
        Assert.Contains("file: logits.npy, offset 92: the file ends early", Refusal(ScoreFormat.Npz, file));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(entry + 20), 4_000_000_000);
        Assert.Contains("the zip member logits.npy is said to take 4000000000 bytes, which leaves the file", Refusal(ScoreFormat.Npz, file));
    }

    [Fact]
    public void NamesWhatIsNoArchive()
    {
        Assert.Equal("file: is empty; a .npz file is a zip archive", Refusal(ScoreFormat.Npz, []));
        Assert.Equal("file: offset 0: a .npz file is a zip archive; this looks like a .npy file", Refusal(ScoreFormat.Npz, Scores));
        byte[] file = Zip(CompressionLevel.Optimal, ("logits.npy", Scores));
        Assert.Equal($"file: offset {file.Length - 1}: is no zip archive, or is cut off: the record that ends one is missing", Refusal(ScoreFormat.Npz, file[..^1]));
        Assert.Equal("stdin: npz cannot be read from a pipe, because its directory stands at the end; name the file itself",
            Assert.Throws<DataFormatException>(() => ScoreFile.Open(new Pipe(file), ScoreFormat.Npz)).Message);
    }

    /// <summary>zip64 as PKWARE describes it: the 32-bit places are full, the numbers stand in the extra field and in the wide end record.</summary>
    [Fact]
    public void ReadsZip64()
    {
        byte[] name = Utf8("logits.npy"), size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, Scores.Length);
        byte[] crc = BitConverter.GetBytes(Crc32.Append(0, Scores));
        byte[] full = [255, 255, 255, 255], local = [.. "PK"u8, 3, 4, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0, .. crc, .. full, .. full, 10, 0, 20, 0, .. name, 1, 0, 16, 0, .. size, .. size];
        byte[] entry = [.. "PK"u8, 1, 2, 45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0, .. crc, .. full, .. full, 10, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. full, .. name, 1, 0, 24, 0, .. size, .. size, 0, 0, 0, 0, 0, 0, 0, 0];
        int start = local.Length + Scores.Length;
        byte[] end = [.. "PK"u8, 6, 6, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
            .. BitConverter.GetBytes((long)entry.Length), .. BitConverter.GetBytes((long)start),
            .. "PK"u8, 6, 7, 0, 0, 0, 0, .. BitConverter.GetBytes((long)start + entry.Length), 1, 0, 0, 0,
            .. "PK"u8, 5, 6, 0, 0, 0, 0, 255, 255, 255, 255, .. full, .. full, 0, 0];
        Assert.Equal([1, 2, 3, 4, 5, 6], Singles(Open(ScoreFormat.Npz, [.. local, .. Scores, .. entry, .. end])).Scores);
    }
}
