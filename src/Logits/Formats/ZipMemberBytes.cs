using System.IO.Compression;

namespace Logits.Formats;

/// <summary>A member of a zip archive, stored or deflated, read in order; its length and checksum are compared at its end.</summary>
sealed class ZipMemberBytes : ByteSource
{
    readonly ByteSource _file;
    readonly ZipMember _member;
    readonly long _start;
    readonly DeflateStream? _inflate;
    uint _crc;
    long _position;

    /// <param name="file">The archive; it stays open when this is closed.</param>
    /// <param name="member">What the directory says.</param>
    /// <param name="start">Where the member's bytes begin.</param>
    public ZipMemberBytes(ByteSource file, ZipMember member, long start) : base(file.Name)
    {
        _file = file;
        _member = member;
        _start = start;
        Part = member.Name;
        if (member.Method == 8)
            _inflate = new(new SourceStream(new SliceBytes(file, start, member.Packed)), CompressionMode.Decompress);
        if (member.Size == 0)
            CheckEnd();
    }

    public override long? Length => _member.Size;

    public override bool IsSequential => true;

    public override int Read(long offset, Span<byte> buffer)
    {
        if (offset != _position)
            throw new InvalidOperationException($"{Name}: {Part} stands at {_position}; {offset} was asked for.");
        buffer = buffer[..(int)Math.Min(buffer.Length, _member.Size - _position)];
        int count = _inflate is null ? _file.Read(_start + offset, buffer) : Inflate(buffer);
        if (count < buffer.Length)
            throw Wrong(_position + count, $"the data end early: {_member.Size} bytes are announced");
        _crc = Crc32.Append(_crc, buffer);
        _position += count;
        if (count > 0 && _position == _member.Size)
            CheckEnd();
        return count;
    }

    /// <summary>The bytes in a temporary file, which the system deletes when it is closed: what columns need of a member that is packed or not yet checked.</summary>
    public override ByteSource OutOfOrder()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var unpacked = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 0, Options = FileOptions.DeleteOnClose });
        try
        {
            // The head was read already; what is read out of order lies behind it, so the head's bytes may stay a hole.
            unpacked.Position = _position;
            byte[] block = new byte[1 << 17];
            while (Read(_position, block) is var count and > 0)
                unpacked.Write(block, 0, count);
            unpacked.Position = 0;
            return new Unpacked(unpacked, this);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    int Inflate(Span<byte> buffer)
    {
        try
        {
            return _inflate!.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new DataFormatException(Name, Part, "the compressed data are damaged", e);
        }
    }

    void CheckEnd()
    {
        if (_inflate is not null && Inflate(stackalloc byte[1]) > 0)
            throw Wrong(_member.Size, $"the data go on after the {_member.Size} bytes that are announced");
        if (_crc != _member.Crc)
            throw Wrong(null, $"the checksum is {_crc:x8}; the archive says {_member.Crc:x8}: the data are damaged");
    }

    public override void Dispose() => _inflate?.Dispose();

    sealed class Unpacked(FileStream file, ZipMemberBytes member) : ByteSource(member.Name)
    {
        readonly ByteSource _bytes = Of(file, member.Name);

        public override long? Length => member.Length;

        public override bool IsSequential => false;

        public override int Read(long offset, Span<byte> buffer) => _bytes.Read(offset, buffer);

        public override void Dispose()
        {
            _bytes.Dispose();
            member.Dispose();
        }
    }
}
