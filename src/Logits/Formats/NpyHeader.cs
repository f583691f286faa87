using System.Buffers.Binary;
using System.Text;

namespace Logits.Formats;

/// <summary>The head of a <c>.npy</c> file: <c>\x93NUMPY</c>, a version, and a Python dictionary of type, order and shape.</summary>
/// <param name="Type">The elements.</param>
/// <param name="Fortran">Whether columns, not rows, lie together.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="DataOffset">Where the elements begin.</param>
/// <remarks>Format: NumPy Enhancement Proposal 1 and <c>numpy/lib/format.py</c>; versions 1.0, 2.0, 3.0.</remarks>
sealed record NpyHeader(NumberType Type, bool Fortran, long[] Shape, long DataOffset)
{
    /// <summary>NumPy itself refuses longer ones unless it is told to trust the file.</summary>
    const int LongestHeader = 1 << 16;

    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>How many elements the shape says.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>The shape as NumPy prints it.</summary>
    public string ShapeText => Text(Shape);

    /// <summary>Reads the head.</summary>
    public static NpyHeader Read(ByteSource source)
    {
        Span<byte> start = stackalloc byte[12];
        int found = source.Read(0, start[..10]);
        if (found == 0)
            throw source.Wrong(null, "is empty; a .npy file begins with \\x93NUMPY");
        int common = start[..found].CommonPrefixLength(Magic);
        if (common < Math.Min(found, Magic.Length))
            throw source.Wrong(common, $"a .npy file begins with \\x93NUMPY, this one with {Bytes(start[..Math.Min(found, 6)])}{LooksLike(start[..found])}");
        if (found < 10)
            throw source.Wrong(found, "the file ends within the .npy header");
        int major = start[6], minor = start[7];
        if (major is < 1 or > 3 || minor != 0)
            throw source.Wrong(6, $"the .npy version is {major}.{minor}; 1.0, 2.0 and 3.0 are known");

        int dataStart = major == 1 ? 10 : 12;
        if (major > 1 && source.Read(10, start[10..]) < 2)
            throw source.Wrong(10, "the file ends within the .npy header");
        long length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > LongestHeader)
            throw source.Wrong(8, $"the header is said to be {length} bytes long; at most {LongestHeader} are taken");
        byte[] header = new byte[length];
        int got = source.Read(dataStart, header);
        if (got < length)
            throw source.Wrong(dataStart + got, $"the file ends within the header: {length} bytes are expected, {got} found");
        return new PythonLiteral(header, dataStart, source).Header();
    }

    /// <summary>The head as NumPy writes it: sorted keys, room for the row count to grow to 21 digits, spaces up to a multiple of 64.</summary>
    /// <param name="type">The elements, little endian.</param>
    /// <param name="shape">The dimensions.</param>
    public static byte[] Write(NumberType type, params ReadOnlySpan<long> shape)
    {
        string descr = type switch
        {
            { Kind: NumberKind.Float } => $"<f{type.Size}",
            { Kind: NumberKind.Signed } => $"<i{type.Size}",
            _ => throw new ArgumentException($"a .npy file has no {type}; write float16, float32 or float64, or take safetensors.", nameof(type)),
        };
        string dictionary = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {Text(shape)}, }}";
        dictionary += new string(' ', 21 - shape[0].ToString().Length);
        // Version 1.0 always suffices: its 65,535 bytes hold any two dimensions.
        int length = (10 + dictionary.Length + 1 + 63) / 64 * 64;
        // NumPy adds a whole block where the text already fills one.
        if (length == 10 + dictionary.Length + 1)
            length += 64;
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill((byte)' ');
        Magic.CopyTo(bytes);
        (bytes[6], bytes[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(length - 10));
        Encoding.ASCII.GetBytes(dictionary, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    static string Text(ReadOnlySpan<long> shape) => shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape.ToArray())})";

    static string Bytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte b in bytes)
            text.Append(b is >= 0x20 and < 0x7F and not (byte)'\\' ? ((char)b).ToString() : $"\\x{b:x2}");
        return text.ToString();
    }

    /// <summary>The mistake people make most: a right file with a wrong ending.</summary>
    static string LooksLike(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'P', (byte)'K', ..] => "; it looks like a .npz archive",
        [0x80, _, ..] => "; it looks like a Python pickle",
        [(byte)'{' or (byte)'[', ..] => "; it looks like JSON",
        [(byte)'-' or (byte)'"' or (byte)'.' or (>= (byte)'0' and <= (byte)'9'), ..] => "; it looks like text",
        _ => "",
    };

    /// <summary>Reads the one dictionary that NumPy writes, wherever the spaces are; nothing is evaluated.</summary>
    ref struct PythonLiteral(ReadOnlySpan<byte> text, long origin, ByteSource source)
    {
        readonly ReadOnlySpan<byte> _text = text;
        int _at;

        public NpyHeader Header()
        {
            NumberType? type = null;
            bool? fortran = null;
            long[]? shape = null;
            Expect('{', "a header is a dictionary that begins with {");
            while (!Take('}'))
            {
                int start = _at;
                string key = String("a key between quotes");
                Expect(':', $"a colon follows the key '{key}'");
                Blank();
                switch (key)
                {
                    case "descr" when type is null: type = Type(); break;
                    case "fortran_order" when fortran is null: fortran = Boolean(); break;
                    case "shape" when shape is null: shape = Tuple(); break;
                    case "descr" or "fortran_order" or "shape": throw Wrong(start, $"the key '{key}' occurs twice");
                    default: throw Wrong(start, $"the key {DataFormatException.Quote(key)} is unknown; 'descr', 'fortran_order' and 'shape' are the keys of a .npy header");
                }
                if (!Take(','))
                {
                    Expect('}', "the dictionary ends with }");
                    break;
                }
            }
            Blank();
            if (_at < _text.Length)
                throw Wrong(_at, "the header goes on after its dictionary");
            if (type is null || fortran is null || shape is null)
                throw Wrong(0, $"the header lacks '{(type is null ? "descr" : fortran is null ? "fortran_order" : "shape")}'");
            Int128 bytes = type.Value.Size;
            foreach (long extent in shape)
                if ((bytes *= Math.Max(extent, 1)) > long.MaxValue / 2)
                    throw Wrong(0, $"the shape {NpyHeader.Text(shape)} needs more bytes than a file can hold");
            return new(type.Value, fortran.Value, shape, origin + _text.Length);
        }

        NumberType Type()
        {
            int start = _at;
            if (_at < _text.Length && _text[_at] == '[')
                throw Wrong(start, "the dtype is structured (named fields); save one plain array, such as np.save(file, array['logits'])");
            string descr = String("a dtype between quotes");
            bool big = descr.StartsWith('>');
            string code = descr.TrimStart('<', '>', '=', '|');
            if (descr.Length - code.Length > 1)
                code = "";
            if (code is "O" or "O8" or "O4")
                throw Wrong(start, "the dtype is object: pickled Python objects, which only Python may unpack; save numbers, such as np.save(file, array.astype('float32'))");
            if (code.Length > 1 && int.TryParse(code.AsSpan(1), System.Globalization.NumberStyles.None, null, out int size) && size is > 0 and <= 1 << 20)
                switch (code[0], size)
                {
                    case ('f', 2 or 4 or 8): return new(NumberKind.Float, size, big);
                    case ('i', 1 or 2 or 4 or 8): return new(NumberKind.Signed, size, big);
                    case ('u', 1 or 2 or 4 or 8): return new(NumberKind.Unsigned, size, big);
                    case ('b', 1): return new(NumberKind.Bool, 1);
                    case ('U', _): return new(NumberKind.Utf32, 4 * size, big);
                    case ('S', _): return new(NumberKind.Latin1, size);
                }
            string hint = code is "V2" ? " (bfloat16 has no npy type of its own: save it as float32, or as safetensors)" : "";
            throw Wrong(start, $"the dtype {DataFormatException.Quote(descr)} is not read{hint}; scores are float16, float32 or float64, labels are integers");
        }

        bool Boolean()
        {
            if (_text[_at..].StartsWith("True"u8)) { _at += 4; return true; }
            if (_text[_at..].StartsWith("False"u8)) { _at += 5; return false; }
            throw Wrong(_at, "fortran_order is True or False");
        }

        long[] Tuple()
        {
            Expect('(', "a shape begins with (");
            var extents = new List<long>();
            while (!Take(')'))
            {
                Blank();
                int start = _at;
                long value = 0;
                for (; _at < _text.Length && char.IsAsciiDigit((char)_text[_at]); _at++)
                {
                    if (value > (long.MaxValue - 9) / 10)
                        throw Wrong(start, "a dimension of the shape is larger than any file");
                    value = value * 10 + _text[_at] - '0';
                }
                if (_at == start)
                    throw Wrong(start, "a shape holds whole numbers, at least 0");
                if (_at < _text.Length && _text[_at] == 'L')
                    _at++;      // Python 2 wrote long numbers so.
                extents.Add(value);
                if (extents.Count > 64)
                    throw Wrong(start, "an array has at most 64 dimensions");
                if (!Take(','))
                {
                    Expect(')', "a shape ends with )");
                    break;
                }
            }
            return [.. extents];
        }

        string String(string what)
        {
            Blank();
            int start = _at;
            if (_at >= _text.Length || _text[_at] is not ((byte)'\'' or (byte)'"'))
                throw Wrong(start, $"{what} is expected");
            int length = _text[(start + 1)..].IndexOf(_text[start]);
            if (length < 0)
                throw Wrong(start, "the quote never closes");
            _at = start + length + 2;
            return Encoding.Latin1.GetString(_text.Slice(start + 1, length));
        }

        bool Take(char c)
        {
            Blank();
            if (_at >= _text.Length || _text[_at] != c)
                return false;
            _at++;
            return true;
        }

        void Expect(char c, string rule)
        {
            if (!Take(c))
                throw Wrong(_at, rule);
        }

        void Blank()
        {
            while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
                _at++;
        }

        readonly DataFormatException Wrong(int at, string cause) => source.Wrong(origin + at, cause);
    }
}
