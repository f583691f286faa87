using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Logits.Cli;

/// <summary>JSON as every verb prints it: one object; numbers read back to the same bits; NaN and infinities are strings.</summary>
static class JsonText
{
    static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object to stdout, written as it comes so that a large answer is never held whole.</summary>
    public static void Write(Terminal terminal, Action<Utf8JsonWriter> body)
    {
        terminal.Output.Flush();
        using var stream = new TextStream(terminal.Output);
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }
        terminal.Output.WriteLine();
    }

    /// <summary>The same object in memory.</summary>
    public static string ToText(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The shortest digits, at most 17, that read back to the same double.</summary>
    public static void Number(this Utf8JsonWriter json, string key, double value)
    {
        json.WritePropertyName(key);
        json.Number(value);
    }

    /// <inheritdoc cref="Number(Utf8JsonWriter, string, double)"/>
    public static void Number(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(Name(value));
    }

    /// <summary>The shortest digits, at most 9, that read back to the same float.</summary>
    public static void Number(this Utf8JsonWriter json, string key, float value)
    {
        json.WritePropertyName(key);
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(Name(value));
    }

    static string Name(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    /// <summary>UTF-8 bytes onto a text writer; the JSON writer flushes whole tokens, so no character is cut.</summary>
    sealed class TextStream(TextWriter writer) : Stream
    {
        readonly Decoder decoder = Encoding.UTF8.GetDecoder();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            char[] chars = ArrayPool<char>.Shared.Rent(buffer.Length + 4);
            int count = decoder.GetChars(buffer, chars, flush: false);
            writer.Write(chars, 0, count);
            ArrayPool<char>.Shared.Return(chars);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
