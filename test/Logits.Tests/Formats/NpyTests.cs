using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class NpyTests
{
    const string Header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

    static byte[] Singles(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    static byte[] Doubles(params double[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    static byte[] Halves(params float[] values) => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan()).ToArray();

    /// <summary>The same elements with their bytes turned.</summary>
    static byte[] Turned(byte[] bytes, int size) => [.. bytes.Chunk(size).SelectMany(element => element.Reverse())];

    public static TheoryData<string, byte[]> Layouts => new()
    {
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", Singles(1, 2, 3, 4, 5, 6) },
        { "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", Turned(Singles(1, 2, 3, 4, 5, 6), 4) },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", Doubles(1, 2, 3, 4, 5, 6) },
        { "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }", Turned(Doubles(1, 4, 2, 5, 3, 6), 8) },
        { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", Singles(1, 4, 2, 5, 3, 6) },
        { "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 3), }", Halves(1, 4, 2, 5, 3, 6) },
        { "{'descr': '>f2', 'fortran_order': False, 'shape': (2, 3), }", Turned(Halves(1, 2, 3, 4, 5, 6), 2) },
        { "  { \"shape\" : ( 2L , 3 ) , 'fortran_order':False,'descr':'=f4' }   \n", Singles(1, 2, 3, 4, 5, 6) },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void ReadsEveryTypeOrderAndByteOrder(string dictionary, byte[] data)
    {
        byte[] file = Npy(dictionary, data);
        Assert.Equal([1, 2, 3, 4, 5, 6], Files.Singles(Open(ScoreFormat.Npy, file), 1).Scores);
        Assert.Equal([1, 2, 3, 4, 5, 6], Files.Doubles(Open(ScoreFormat.Npy, file)).Scores);
    }

    [Theory]
    [InlineData(1, VectorShape.Column)]
    [InlineData(3, VectorShape.Row)]
    public void ReadsOneDimensionAsTheOptionSays(int classes, VectorShape vector)
    {
        using var reader = Open(ScoreFormat.Npy, Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }", Singles(1, 2, 3)), new() { Vector = vector });
        Assert.Equal(classes, reader.Classes);
        Assert.Equal(3 / classes, reader.Rows);
        Assert.Equal([1, 2, 3], Files.Singles(reader).Scores);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ReadsTheLongHeadersOfVersions2And3(byte version)
    {
        byte[] dictionary = Utf8(Header), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, dictionary.Length);
        Assert.Equal([1, 2, 3, 4, 5, 6], Files.Singles(Open(ScoreFormat.Npy, [0x93, .. "NUMPY"u8, version, 0, .. length, .. dictionary, .. Singles(1, 2, 3, 4, 5, 6)])).Scores);
    }

    [Fact]
    public void ReadsFortranOrderInTilesLargerThanOneRead()
    {
        const int rows = 3001, classes = 701;      // More than two tiles of doubles.
        double[] data = new double[rows * classes];
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < classes; k++)
                data[k * rows + i] = i * classes + k;
        using var folder = new Folder();
        string path = folder.Write("big.npy", Npy($"{{'descr': '<f8', 'fortran_order': True, 'shape': ({rows}, {classes}), }}", Doubles(data)));
        using var reader = ScoreFile.Open(path);
        Assert.Equal(Enumerable.Range(0, rows * classes).Select(i => (double)i), Files.Doubles(reader, 173).Scores);
    }

    [Fact]
    public void WidensEveryHalfExactly()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        byte[] file = Npy("{'descr': '<f2', 'fortran_order': False, 'shape': (64, 1024), }", MemoryMarshal.AsBytes(bits.AsSpan()).ToArray());
        Assert.Equal(bits.Select(b => (float)BitConverter.UInt16BitsToHalf(b)), Files.Singles(Open(ScoreFormat.Npy, file), 7).Scores);
        Assert.Equal(bits.Select(b => (double)BitConverter.UInt16BitsToHalf(b)), Files.Doubles(Open(ScoreFormat.Npy, file), 7).Scores);
    }

    [Fact]
    public void ShowsAlignedFloatsWithoutCopying()
    {
        using var folder = new Folder();
        byte[] aligned = Npy(Header.PadRight(118), Singles(1, 2, 3, 4, 5, 6));
        using var reader = ScoreFile.Open(folder.Write("a.npy", aligned));
        Assert.True(reader.TryGetSpan(1, 1, out var scores));
        Assert.Equal([4, 5, 6], scores.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6], Files.Singles(reader).Scores);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.TryGetSpan(1, 2, out _));

        using var unaligned = ScoreFile.Open(folder.Write("u.npy", Npy(Header, Singles(1, 2, 3, 4, 5, 6))));
        Assert.False(unaligned.TryGetSpan(0, 1, out _));
        using var turned = ScoreFile.Open(folder.Write("t.npy", Npy(Header.Replace('<', '>').PadRight(118), Singles(1, 2, 3, 4, 5, 6))));
        Assert.False(turned.TryGetSpan(0, 1, out _));
        using var streamed = Open(ScoreFormat.Npy, aligned);
        Assert.False(streamed.TryGetSpan(0, 1, out _));
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }",
        "file: offset 20: the dtype is object: pickled Python objects, which only Python may unpack; save numbers, such as np.save(file, array.astype('float32'))")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "file: offset 20: the dtype is structured (named fields); save one plain array, such as np.save(file, array['logits'])")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", "file: offset 20: the dtype \"<c8\" is not read; scores are float16, float32 or float64, labels are integers")]
    [InlineData("{'descr': '<V2', 'fortran_order': False, 'shape': (2, 3), }",
        "file: offset 20: the dtype \"<V2\" is not read (bfloat16 has no npy type of its own: save it as float32, or as safetensors); scores are float16, float32 or float64, labels are integers")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", "file: scores are stored as int64; float16, float32 and float64 are read: save logits.astype('float32')")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", "file: the array has 3 dimensions, shape (1, 2, 3); scores are rows × classes: reshape it to 2")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "file: offset 93: the file ends early: float32 of shape (2, 4) needs 32 bytes after the header, 24 are there")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", "file: offset 81: 12 bytes follow the array: float32 of shape (1, 3) ends here")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }", "file: offset 61: a dimension of the shape is larger than any file")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "file: offset 10: the shape (4294967296, 4294967296) needs more bytes than a file can hold")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }", "file: offset 44: fortran_order is True or False")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }", "file: offset 64: a shape holds whole numbers, at least 0")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3], }", "file: offset 60: a shape begins with (")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "file: offset 10: the header lacks 'shape'")]
    [InlineData("{'descr': '<f4', 'descr': '<f4'}", "file: offset 27: the key 'descr' occurs twice")]
    [InlineData("{'descr': '<f4', 'order': 'C'}", "file: offset 27: the key \"order\" is unknown; 'descr', 'fortran_order' and 'shape' are the keys of a .npy header")]
    [InlineData("{'descr': '<f4", "file: offset 20: the quote never closes")]
    [InlineData("{'descr' '<f4'}", "file: offset 19: a colon follows the key 'descr'")]
    [InlineData("[]", "file: offset 10: a header is a dictionary that begins with {")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } + {}", "file: offset 70: the header goes on after its dictionary")]
    public void NamesOffsetAndCause(string dictionary, string message) =>
        Assert.Equal(message, Refusal(ScoreFormat.Npy, Npy(dictionary, Singles(1, 2, 3, 4, 5, 6))));

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "file: has no rows (shape (0, 3)); at least 1 is needed")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }", "file: has no classes (shape (2, 0)); a row has at least 1 score")]
    public void NamesTheExtentThatIsZero(string dictionary, string message) => Assert.Equal(message, Refusal(ScoreFormat.Npy, Npy(dictionary)));

    [Fact]
    public void RefusesAScalar() =>
        Assert.Equal("file: the array has 0 dimensions, shape (); scores are rows × classes: reshape it to 2",
            Refusal(ScoreFormat.Npy, Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", Doubles(1))));

    public static TheoryData<byte[], string> Heads => new()
    {
        { [], "file: is empty; a .npy file begins with \\x93NUMPY" },
        { Utf8("PK\x03\x04 and so on"), "file: offset 0: a .npy file begins with \\x93NUMPY, this one with PK\\x03\\x04 a; it looks like a .npz archive" },
        { Utf8("1,2,3\n"), "file: offset 0: a .npy file begins with \\x93NUMPY, this one with 1,2,3\\x0a; it looks like text" },
        { [0x93, .. "NUMPZ"u8, 1, 0, 0, 0], "file: offset 5: a .npy file begins with \\x93NUMPY, this one with \\x93NUMPZ" },
        { [0x93, .. "NUM"u8], "file: offset 4: the file ends within the .npy header" },
        { [0x93, .. "NUMPY"u8, 4, 0, 0, 0], "file: offset 6: the .npy version is 4.0; 1.0, 2.0 and 3.0 are known" },
        { [0x93, .. "NUMPY"u8, 1, 0, 118, 0, (byte)'{'], "file: offset 11: the file ends within the header: 118 bytes are expected, 1 found" },
        { [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255], "file: offset 8: the header is said to be 4294967295 bytes long; at most 65536 are taken" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void NamesWhatIsWrongWithTheHead(byte[] file, string message) => Assert.Equal(message, Refusal(ScoreFormat.Npy, file));

    [Fact]
    public void ReadsAPipeWithoutKnowingItsLength()
    {
        byte[] file = Npy(Header, Singles(1, 2, 3, 4, 5, 6));
        Assert.Equal([1, 2, 3, 4, 5, 6], Files.Singles(ScoreFile.Open(new Pipe(file), ScoreFormat.Npy), 1).Scores);
        Assert.Equal("stdin: offset 91: the file ends early: float32 of shape (2, 3) needs 24 bytes after the header, 22 are there",
            Assert.Throws<DataFormatException>(() => Files.Singles(ScoreFile.Open(new Pipe(file[..^2]), ScoreFormat.Npy), 2)).Message);
        Assert.Equal("stdin: offset 93: bytes follow the array: float32 of shape (2, 3) ends here",
            Assert.Throws<DataFormatException>(() => Files.Singles(ScoreFile.Open(new Pipe([.. file, 0]), ScoreFormat.Npy), 2)).Message);
        Assert.Contains("is in Fortran order, whose rows a stream cannot give one by one",
            Assert.Throws<DataFormatException>(() => ScoreFile.Open(new Pipe(Npy(Header.Replace("False", "True"), Singles(1, 2, 3, 4, 5, 6))), ScoreFormat.Npy)).Message);
    }
}
