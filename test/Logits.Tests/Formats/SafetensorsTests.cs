using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class SafetensorsTests
{
    static byte[] File(string header, params ReadOnlySpan<byte> data)
    {
        byte[] text = Utf8(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }

    static byte[] Bytes<T>(params T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    [Fact]
    public void ReadsEveryFloatAndTheLabelsBesideIt()
    {
        byte[] labels = Bytes(1L, 0L);
        Assert.Equal([1, -2, 0.5, 4], Read("F64", Bytes(1.0, -2, 0.5, 4)));
        Assert.Equal([1, -2, 0.5, 4], Read("F32", Bytes(1f, -2, 0.5f, 4)));
        Assert.Equal([1, -2, 0.5, 4], Read("F16", Bytes((Half)1, (Half)(-2), (Half)0.5, (Half)4)));
        Assert.Equal([1, -2, 0.5, 4], Read("BF16", Bytes<ushort>(0x3F80, 0xC000, 0x3F00, 0x4080)));

        double[] Read(string dtype, byte[] scores)
        {
            string header = $"{{\"__metadata__\":{{\"format\":\"pt\"}},\"labels\":{{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}},\"logits\":{{\"data_offsets\":[16,{16 + scores.Length}],\"shape\":[2,2],\"dtype\":\"{dtype}\"}}}}   ";
            var content = Doubles(Open(ScoreFormat.Safetensors, File(header, [.. labels, .. scores])));
            Assert.Equal([1, 0], content.Labels);
            using var folder = new Folder();
            Assert.Equal([1, 0], LabelFile.Read(folder.Write("y.safetensors", File(header, [.. labels, .. scores])), 2));
            return content.Scores;
        }
    }

    [Fact]
    public void TakesTheOnlyFloatingTensorOfTwoDimensions()
    {
        byte[] data = Bytes(1f, 2, 3);
        Assert.Equal([1, 2], Doubles(Open(ScoreFormat.Safetensors, File("{\"bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},\"out\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}", data))).Scores);
        Assert.Equal("file: has no tensor logits, and more than one floating tensor of 2 dimensions to take instead; it holds a (F32 [1, 1]), b (F32 [1, 2])",
            Refusal(ScoreFormat.Safetensors, File("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[4,12]}}", data)));
        Assert.Equal("file: has no tensor logits, and no floating tensor of 2 dimensions to take instead; it holds no tensors", Refusal(ScoreFormat.Safetensors, File("{}")));
    }

    const string Logits = "\"logits\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":";

    [Theory]
    [InlineData("{" + Logits + "[0,8]}", "file: offset 68: the header is not JSON")]
    [InlineData("{" + Logits + "[0,8]}}x", "file: offset 69: the header is not JSON")]
    [InlineData(" {" + Logits + "[0,8]}}", "file: offset 8: the header does not begin with {")]
    [InlineData("{" + Logits + "[0,4]}}", "file: offset 69: tensor \"logits\" of type F32 and shape [1, 2] does not take the 4 bytes it is given")]
    [InlineData("{" + Logits + "[4,12]}}", "file: offset 70: tensor \"logits\" begins at 4; the tensor before it ends at 0: there is a hole")]
    [InlineData("{" + Logits + "[8,0]}}", "file: offset 77: tensor \"logits\" ends at 0, before it begins at 8")]
    [InlineData("{" + Logits + "[0,8]},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}", "file: offset 125: tensor \"a\" begins at 4; the tensor before it ends at 8: they overlap")]
    [InlineData("{" + Logits + "[0,8]},\"a\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[8,17]}}", "file: offset 130: the file ends early: tensor \"a\" ends at 17, 8 bytes follow the header")]
    [InlineData("{" + Logits + "[0,8]}," + Logits + "[0,8]}}", "file: offset 69: the header names \"logits\" twice")]
    [InlineData("{\"logits\":{\"dtype\":\"F32\",\"shape\":[1,2]}}", "file: offset 18: tensor \"logits\" lacks its two data_offsets")]
    [InlineData("{\"logits\":{\"dtype\":\"F32\",\"shape\":[1,-2],\"data_offsets\":[0,8]}}", "file: offset 41: tensor \"logits\": whole numbers of at least 0, in brackets, are expected")]
    [InlineData("{\"logits\":{\"dtype\":\"F8_E4M3\",\"shape\":[1,8],\"data_offsets\":[0,8]}}", "file: tensor logits: the type is F8_E4M3; F64, F32, F16 and BF16 are read as scores, the integer types as labels")]
    [InlineData("{\"logits\":{\"dtype\":\"F32\",\"shape\":[2,1,1],\"data_offsets\":[0,8]}}", "file: tensor logits: the array has 3 dimensions, shape (2, 1, 1); scores are rows × classes: reshape it to 2")]
    [InlineData("{\"logits\":{\"dtype\":\"I32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}", "file: tensor logits: scores are stored as int32; float16, float32 and float64 are read: save logits.astype('float32')")]
    [InlineData("{\"logits\":{\"dtype\":\"F32\",\"shape\":[4611686018427387,4611686018427387,4],\"data_offsets\":[0,8]}}", "*does not take the 8 bytes it is given")]
    [InlineData("{\"logits\":5}", "file: offset 18: tensor \"logits\" is described by an object with dtype, shape and data_offsets")]
    [InlineData("{\"logits\":{\"kind\":1}}", "file: offset 19: tensor \"logits\": the key \"kind\" is unknown, misshapen or there twice")]
    public void NamesOffsetAndCause(string header, string message)
    {
        string found = Refusal(ScoreFormat.Safetensors, File(header, Bytes(1f, 2)));
        if (message[0] == '*') Assert.EndsWith(message[1..], found);
        else Assert.Equal(message, found);
    }

    [Fact]
    public void BelievesNoLength()
    {
        Assert.Equal("file: is empty; a .safetensors file begins with the length of its header", Refusal(ScoreFormat.Safetensors, []));
        Assert.Equal("file: offset 3: the file ends within the length of the header, 8 bytes", Refusal(ScoreFormat.Safetensors, [1, 2, 3]));
        Assert.Equal("file: offset 0: the header is said to be 18446744073709551615 bytes long; 2 bytes follow", Refusal(ScoreFormat.Safetensors, [255, 255, 255, 255, 255, 255, 255, 255, 1, 2]));
        Assert.Equal("stdin: safetensors cannot be read from a pipe, because labels and scores stand in different places; name the file itself",
            Assert.Throws<DataFormatException>(() => ScoreFile.Open(new Pipe(File("{}")), ScoreFormat.Safetensors)).Message);
    }
}
