using System.Buffers.Binary;
using System.Text;

namespace Logits.Formats;

/// <summary>Labels in an array: integers of any type, or class names in text of a fixed length.</summary>
sealed class ArrayLabels : LabelReader
{
    readonly StoredArray _array;
    readonly ClassLabels _classes;
    readonly byte[] _buffer;
    readonly IDisposable? _owner;
    long _next;

    public ArrayLabels(StoredArray array, ClassLabels classes, IDisposable? owner = null) : base(array.Source.Name)
    {
        _array = array;
        _classes = classes;
        _owner = owner;
        string? wrong = array switch
        {
            { Type.IsFloat: true } => $"labels are stored as {array.Type}; class indices are whole numbers: save labels.astype('int64')",
            { Shape: not ([_] or [_, 1]) } => $"labels have the shape {array.ShapeText}; one label a row is (rows,)",
            { Shape: [0, ..] } => $"has no labels (shape {array.ShapeText}); at least 1 is needed",
            { Type.Size: > 1 << 16 } => $"a label takes {array.Type.Size} bytes; at most {1 << 16} are taken",
            _ => null,
        };
        if (wrong is not null)
            throw array.Source.Wrong(null, wrong);
        Rows = array.Shape[0];
        _buffer = new byte[Math.Max(1 << 14, array.Type.Size)];
    }

    private protected override int ReadLabels(Span<int> labels)
    {
        int size = _array.Type.Size, done = 0, rows = (int)Math.Min(labels.Length, Rows!.Value - _next);
        while (done < rows)
        {
            int count = Math.Min(rows - done, _buffer.Length / size);
            var bytes = _buffer.AsSpan(0, count * size);
            _array.Read(_next * size, bytes);
            for (int i = 0; i < count; i++, _next++)
                labels[done++] = Label(bytes.Slice(i * size, size));
        }
        if (rows > 0 && _next == Rows)
            _array.CheckNothingFollows();
        return rows;
    }

    int Label(ReadOnlySpan<byte> bytes)
    {
        if (_array.Type.IsWhole)
        {
            var value = Widening.Whole(bytes, _array.Type);
            return _classes.Refuse(value) is { } refusal ? throw DataFormatException.AtRow(Name, _next, refusal) : (int)value;
        }
        string? wrong = _classes.Parse(Encoding.UTF8.GetBytes(Text(bytes)), out int label);
        return wrong is null ? label : throw DataFormatException.AtRow(Name, _next, wrong);
    }

    /// <summary>NumPy fills text up with zeros.</summary>
    string Text(ReadOnlySpan<byte> bytes)
    {
        if (_array.Type.Kind == NumberKind.Latin1)
            return Encoding.UTF8.GetString(bytes.TrimEnd((byte)0));
        var text = new StringBuilder();
        for (int i = 0; i < bytes.Length; i += 4)
        {
            int code = _array.Type.BigEndian ? BinaryPrimitives.ReadInt32BigEndian(bytes[i..]) : BinaryPrimitives.ReadInt32LittleEndian(bytes[i..]);
            if (code == 0)
                break;
            if (!Rune.TryCreate(code, out var rune))
                throw DataFormatException.AtRow(Name, _next, $"the label holds {code}, which is no Unicode character");
            text.Append(rune);
        }
        return text.ToString();
    }

    private protected override void Dispose(bool disposing)
    {
        _array.Dispose();
        _owner?.Dispose();
    }
}
