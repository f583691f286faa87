using System.Buffers.Binary;
using System.Text.Json;

namespace Logits.Formats;

/// <summary>A <c>.safetensors</c> file: eight bytes of length, a JSON header, then the tensors without gaps.</summary>
/// <remarks>Format: https://github.com/huggingface/safetensors, whose checks are made here too.</remarks>
static class Safetensors
{
    /// <summary>The bound of the reference implementation.</summary>
    const long LongestHeader = 100_000_000;

    /// <summary>A tensor of the header; offsets count from the end of the header.</summary>
    sealed record Tensor(string Name, string Dtype, long[] Shape, long Begin, long End)
    {
        public NumberType? Type => Dtype switch
        {
            "F64" => new(NumberKind.Float, 8),
            "F32" => new(NumberKind.Float, 4),
            "F16" => new(NumberKind.Float, 2),
            "BF16" => new(NumberKind.BFloat, 2),
            "I64" => new(NumberKind.Signed, 8),
            "I32" => new(NumberKind.Signed, 4),
            "I16" => new(NumberKind.Signed, 2),
            "I8" => new(NumberKind.Signed, 1),
            "U64" => new(NumberKind.Unsigned, 8),
            "U32" => new(NumberKind.Unsigned, 4),
            "U16" => new(NumberKind.Unsigned, 2),
            "U8" => new(NumberKind.Unsigned, 1),
            "BOOL" => new(NumberKind.Bool, 1),
            _ => null,
        };
    }

    /// <summary>Opens the scores: the tensor of the options' name, else the only floating one of two dimensions.</summary>
    public static ScoreReader Open(ByteSource file, ScoreFileOptions options)
    {
        var (tensors, start) = Header(file);
        var scores = tensors.Find(tensor => tensor.Name == options.LogitsName);
        if (scores is null)
        {
            Tensor[] likely = [.. tensors.Where(tensor => tensor is { Shape.Length: 2, Type.IsFloat: true })];
            if (likely.Length != 1)
                throw file.Wrong(null, $"has no tensor {options.LogitsName}, and {(likely.Length == 0 ? "no" : "more than one")} floating tensor of 2 dimensions to take instead; {Present(tensors)}");
            scores = likely[0];
        }
        var labels = tensors.Find(tensor => tensor.Name == options.LabelsName);
        return new ArrayScores(ScoreFormat.Safetensors, Stored(file, scores, start), labels is null ? null : Stored(file, labels, start), options, owner: file);
    }

    /// <summary>Opens the labels: the tensor of this name, else the only one.</summary>
    public static LabelReader OpenLabels(ByteSource file, string name, ClassLabels classes)
    {
        var (tensors, start) = Header(file);
        var labels = tensors.Find(tensor => tensor.Name == name) ?? (tensors.Count == 1 ? tensors[0] : null);
        return labels is null ? throw file.Wrong(null, $"has no tensor {name}; {Present(tensors)}") : new ArrayLabels(Stored(file, labels, start), classes, owner: file);
    }

    /// <summary>The header of a file with these tensors, one behind the other: padded with spaces to a multiple of eight.</summary>
    public static byte[] WriteHeader(params ReadOnlySpan<(string Name, string Dtype, long[] Shape, long Bytes)> tensors)
    {
        using var memory = new MemoryStream();
        memory.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            long at = 0;
            foreach (var (name, dtype, shape, bytes) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype"u8, dtype);
                json.WriteStartArray("shape"u8);
                foreach (long extent in shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets"u8);
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (memory.Length % 8 != 0)
            memory.WriteByte((byte)' ');
        byte[] header = memory.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    static StoredArray Stored(ByteSource file, Tensor tensor, long start)
    {
        var slice = new SliceBytes(file, start + tensor.Begin, tensor.End - tensor.Begin) { Part = $"tensor {tensor.Name}" };
        return tensor.Type is { } type ? new(slice, type, false, tensor.Shape, 0, true)
            : throw slice.Wrong(null, $"the type is {tensor.Dtype}; F64, F32, F16 and BF16 are read as scores, the integer types as labels");
    }

    static string Present(List<Tensor> tensors) =>
        tensors.Count == 0 ? "it holds no tensors" : $"it holds {DataFormatException.List(tensors.Select(tensor => $"{tensor.Name} ({tensor.Dtype} [{string.Join(", ", tensor.Shape)}])"))}";

    static (List<Tensor> Tensors, long Start) Header(ByteSource file)
    {
        if (file.IsSequential || file.Length is not { } length)
            throw file.Wrong(null, "safetensors cannot be read from a pipe, because labels and scores stand in different places; name the file itself");
        Span<byte> start = stackalloc byte[8];
        int found = file.Read(0, start);
        if (found == 0)
            throw file.Wrong(null, "is empty; a .safetensors file begins with the length of its header");
        if (found < 8)
            throw file.Wrong(found, "the file ends within the length of the header, 8 bytes");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (size > (ulong)length - 8)
            throw file.Wrong(0, $"the header is said to be {size} bytes long; {length - 8} bytes follow");
        if (size > LongestHeader)
            throw file.Wrong(0, $"the header is said to be {size} bytes long; at most {LongestHeader} are taken");
        byte[] header = new byte[size];
        file.Read(8, header);
        if (header is not [(byte)'{', ..])
            throw file.Wrong(8, "the header does not begin with {");
        List<Tensor> tensors;
        try
        {
            tensors = Parse(file, header);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw file.Wrong(8 + ((e as JsonException)?.BytePositionInLine ?? 0), "the header is not JSON");
        }
        Check(file, tensors, 8 + header.Length, length - 8 - header.Length);
        return (tensors, 8 + header.Length);
    }

    /// <summary>Tensors stand one behind the other and fill the file: no overlap, no hole, nothing behind.</summary>
    static void Check(ByteSource file, List<Tensor> tensors, long start, long length)
    {
        long end = 0;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            string title = $"tensor {DataFormatException.Quote(tensor.Name)}";
            if (tensor.End < tensor.Begin)
                throw file.Wrong(start + tensor.Begin, $"{title} ends at {tensor.End}, before it begins at {tensor.Begin}");
            if (tensor.Begin != end)
                throw file.Wrong(start + Math.Min(end, tensor.Begin), $"{title} begins at {tensor.Begin}; the tensor before it ends at {end}: {(tensor.Begin < end ? "they overlap" : "there is a hole")}");
            if (tensor.End > length)
                throw file.Wrong(start + length, $"the file ends early: {title} ends at {tensor.End}, {length} bytes follow the header");
            if (tensor.Type is { } type)
            {
                Int128 bytes = type.Size;
                foreach (long extent in tensor.Shape)
                    bytes = extent == 0 ? 0 : bytes > long.MaxValue ? bytes : bytes * extent;
                if (bytes != tensor.End - tensor.Begin)
                    throw file.Wrong(start + tensor.Begin, $"{title} of type {tensor.Dtype} and shape [{string.Join(", ", tensor.Shape)}] does not take the {tensor.End - tensor.Begin} bytes it is given");
            }
            end = tensor.End;
        }
        if (end != length)
            throw file.Wrong(start + end, $"{length - end} bytes follow the last tensor");
    }

    static List<Tensor> Parse(ByteSource file, byte[] header)
    {
        var tensors = new List<Tensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var json = new Utf8JsonReader(header);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            long at = 8 + json.TokenStartIndex;
            string name = json.GetString()!;
            if (!names.Add(name))
                throw file.Wrong(at, $"the header names {DataFormatException.Quote(name)} twice");
            json.Read();
            if (name == "__metadata__")
                json.Skip();
            else
                tensors.Add(Entry(file, ref json, name));
        }
        while (json.Read())
            ;
        return tensors;
    }

    static Tensor Entry(ByteSource file, ref Utf8JsonReader json, string name)
    {
        string? dtype = null;
        long[]? shape = null, offsets = null;
        long at = 8 + json.TokenStartIndex;
        string title = $"tensor {DataFormatException.Quote(name)}";
        if (json.TokenType != JsonTokenType.StartObject)
            throw file.Wrong(at, $"{title} is described by an object with dtype, shape and data_offsets");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            long place = 8 + json.TokenStartIndex;
            json.Read();
            switch (key)
            {
                case "dtype" when dtype is null && json.TokenType == JsonTokenType.String: dtype = json.GetString(); break;
                case "shape" when shape is null: shape = Whole(file, ref json, title); break;
                case "data_offsets" when offsets is null: offsets = Whole(file, ref json, title); break;
                default: throw file.Wrong(place, $"{title}: the key {DataFormatException.Quote(key)} is unknown, misshapen or there twice");
            }
        }
        if (dtype is null || shape is null || offsets is not [long begin, long end])
            throw file.Wrong(at, $"{title} lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "its two data_offsets")}");
        return new(name, dtype, shape, begin, end);
    }

    static long[] Whole(ByteSource file, ref Utf8JsonReader json, string title)
    {
        long at = 8 + json.TokenStartIndex;
        var values = new List<long>();
        if (json.TokenType == JsonTokenType.StartArray)
            while (json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long value) && value is >= 0 and <= long.MaxValue / 2)
                values.Add(value);
        return json.TokenType == JsonTokenType.EndArray && values.Count <= 64 ? [.. values] : throw file.Wrong(at, $"{title}: whole numbers of at least 0, in brackets, are expected");
    }
}
