using System.Buffers.Binary;

namespace Logits.Formats;

/// <summary>Writes the arrays <c>logits</c> and <c>labels</c> as NumPy's <c>np.savez</c> does (NumPy 1.24 on Python 3.11.2), byte for byte.</summary>
sealed class NpzWriter : StoredWriter
{
    readonly List<byte[]> _directory = [];
    readonly long _start;
    uint _crc;

    public NpzWriter(Stream stream, AtomicFile? file, string name, int classes, ScoreWriterOptions options) : base(stream, file, name, ScoreFormat.Npz, classes, options)
    {
        if (!stream.CanSeek)
            throw new ArgumentException("stream cannot seek, and the checksum of a .npz member stands before it; write a file, or take jsonl or csv.", nameof(stream));
        _start = stream.Position;
    }

    protected override void StartArray(bool labelled)
    {
        Output.Write(LocalHeader("logits.npy", 0, 0));
        Output.Write(NpyHeader.Write(Npz.Stored(Type), Options.Rows ?? 0, Classes));
    }

    protected override void Wrote(ReadOnlySpan<byte> bytes) => _crc = Crc32.Append(_crc, bytes);

    private protected override void End(bool labelled)
    {
        // The scores were summed as they passed, the head before them is known only now: the two sums are joined.
        byte[] head = NpyHeader.Write(Npz.Stored(Type), Rows, Classes);
        uint crc = Crc32.Join(Crc32.Append(0, head), _crc, ScoreBytes);
        byte[] local = LocalHeader("logits.npy", crc, head.Length + ScoreBytes);
        Output.Overwrite(_start, [.. local, .. head]);
        AddEntry("logits.npy", crc, head.Length + ScoreBytes, 0);
        long next = local.Length + head.Length + ScoreBytes;
        if (labelled)
        {
            byte[] labels = [.. NpyHeader.Write(new(NumberKind.Signed, 8), Rows), .. LabelBytes()];
            crc = Crc32.Append(0, labels);
            byte[] header = LocalHeader("labels.npy", crc, labels.Length);
            Output.Write(header);
            Output.Write(labels);
            AddEntry("labels.npy", crc, labels.Length, next);
            next += header.Length + labels.Length;
        }
        foreach (byte[] entry in _directory)
            Output.Write(entry);
        Finish(next, _directory.Sum(entry => entry.Length));
    }

    /// <summary>zipfile's local header with the zip64 field that savez forces: the sizes stand there, and in the 32-bit places too where they fit.</summary>
    static byte[] LocalHeader(string name, uint crc, long size)
    {
        bool wide = IsWide(size);
        byte[] bytes = new byte[30 + name.Length + 20];
        var at = new Cursor(bytes);
        at.U32(0x04034B50);
        at.U16(wide ? 45 : 20);
        at.U16(0);
        at.U16(0);
        at.U32(0x0021_0000);        // 1 January 1980, midnight
        at.U32(crc);
        at.U32(wide ? uint.MaxValue : (uint)size);
        at.U32(wide ? uint.MaxValue : (uint)size);
        at.U16(name.Length);
        at.U16(20);
        at.Ascii(name);
        at.U16(1);
        at.U16(16);
        at.I64(size);
        at.I64(size);
        return bytes;
    }

    void AddEntry(string name, uint crc, long size, long header)
    {
        bool wide = IsWide(size), far = IsWide(header);
        int extra = wide || far ? 4 + (wide ? 16 : 0) + (far ? 8 : 0) : 0;
        byte[] bytes = new byte[46 + name.Length + extra];
        var at = new Cursor(bytes);
        at.U32(0x02014B50);
        at.U16((extra > 0 ? 45 : 20) | 3 << 8);     // made on Unix
        at.U16(extra > 0 ? 45 : 20);
        at.U16(0);
        at.U16(0);
        at.U32(0x0021_0000);
        at.U32(crc);
        at.U32(wide ? uint.MaxValue : (uint)size);
        at.U32(wide ? uint.MaxValue : (uint)size);
        at.U16(name.Length);
        at.U16(extra);
        at.U16(0);
        at.U16(0);
        at.U16(0);
        at.U32(0x0180_0000);        // -rw-------
        at.U32(far ? uint.MaxValue : (uint)header);
        at.Ascii(name);
        if (extra > 0)
        {
            at.U16(1);
            at.U16(extra - 4);
            if (wide) { at.I64(size); at.I64(size); }
            if (far) at.I64(header);
        }
        _directory.Add(bytes);
    }

    void Finish(long start, long size)
    {
        bool far = IsWide(start);
        if (far)
        {
            byte[] wide = new byte[56 + 20];
            var to = new Cursor(wide);
            to.U32(0x06064B50);
            to.I64(44);
            to.U16(45);
            to.U16(45);
            to.U32(0);
            to.U32(0);
            to.I64(_directory.Count);
            to.I64(_directory.Count);
            to.I64(size);
            to.I64(start);
            to.U32(0x07064B50);
            to.U32(0);
            to.I64(start + size);
            to.U32(1);
            Output.Write(wide);
        }
        byte[] bytes = new byte[22];
        var at = new Cursor(bytes);
        at.U32(0x06054B50);
        at.U32(0);
        at.U16(_directory.Count);
        at.U16(_directory.Count);
        at.U32((uint)size);
        at.U32(far ? uint.MaxValue : (uint)start);
        at.U16(0);
        Output.Write(bytes);
    }

    /// <summary>Python draws the line at 2³¹ − 1.</summary>
    static bool IsWide(long value) => value > int.MaxValue;

    ref struct Cursor(Span<byte> bytes)
    {
        Span<byte> _rest = bytes;

        public void U16(int value) { BinaryPrimitives.WriteUInt16LittleEndian(_rest, (ushort)value); _rest = _rest[2..]; }

        public void U32(uint value) { BinaryPrimitives.WriteUInt32LittleEndian(_rest, value); _rest = _rest[4..]; }

        public void I64(long value) { BinaryPrimitives.WriteInt64LittleEndian(_rest, value); _rest = _rest[8..]; }

        public void Ascii(string text) => _rest = _rest[System.Text.Encoding.ASCII.GetBytes(text, _rest)..];
    }
}
