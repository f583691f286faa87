namespace Logits.Formats;

/// <summary>Bytes on their way to a stream, gathered into large writes.</summary>
sealed class OutputBuffer(Stream stream)
{
    readonly byte[] _bytes = new byte[1 << 16];
    int _used;

    /// <summary>Where the bytes go.</summary>
    public Stream Stream => stream;

    /// <summary>Room for at least <paramref name="least"/> bytes, at most 64 KiB; <see cref="Use"/> says how many were put there.</summary>
    public Span<byte> Room(int least)
    {
        if (_bytes.Length - _used < least)
            Flush();
        return _bytes.AsSpan(_used);
    }

    /// <summary>Takes the first <paramref name="count"/> bytes of the room.</summary>
    public void Use(int count) => _used += count;

    /// <summary>Appends one byte.</summary>
    public void Write(byte value)
    {
        if (_used == _bytes.Length)
            Flush();
        _bytes[_used++] = value;
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _used)
        {
            Flush();
            if (bytes.Length > _bytes.Length)
            {
                stream.Write(bytes);
                return;
            }
        }
        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
    }

    /// <summary>Gives the stream what is gathered.</summary>
    public void Flush()
    {
        stream.Write(_bytes, 0, _used);
        _used = 0;
    }

    /// <summary>Writes over bytes that are already in the stream, and comes back to its end.</summary>
    public void Overwrite(long position, ReadOnlySpan<byte> bytes)
    {
        Flush();
        long end = stream.Position;
        stream.Position = position;
        stream.Write(bytes);
        stream.Position = end;
    }
}
