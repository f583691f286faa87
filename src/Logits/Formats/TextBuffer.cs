namespace Logits.Formats;

/// <summary>A window on the bytes of a text: it moves forward, and grows only as far as one piece of the text needs.</summary>
abstract class TextBuffer : IDisposable
{
    readonly Stream _stream;
    readonly int _most;
    bool _ended;

    /// <param name="stream">The text from its first byte, UTF-8.</param>
    /// <param name="name">The file, as errors call it.</param>
    /// <param name="most">The longest piece, in bytes, that is held at once.</param>
    protected TextBuffer(Stream stream, string name, int most)
    {
        _stream = stream;
        _most = most;
        Name = name;
        Bytes = new byte[1 << 16];
        Ensure(3);
        switch (Ahead)
        {
            case [0xEF, 0xBB, 0xBF, ..]: At = 3; break;
            case [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]: throw DataFormatException.AtOffset(name, 0, "the text is UTF-16; save it as UTF-8");
        }
    }

    /// <summary>The file, as errors call it.</summary>
    public string Name { get; }

    /// <summary>The line that the next byte is on, from 1.</summary>
    public long Line { get; protected set; } = 1;

    /// <summary>What is read and not yet used starts at <see cref="At"/> and stops before <see cref="End"/>.</summary>
    protected byte[] Bytes { get; private set; }

    /// <summary>The next byte.</summary>
    protected int At { get; set; }

    /// <summary>Behind the last byte that was read.</summary>
    protected int End { get; private set; }

    /// <summary>What is read and not yet used.</summary>
    protected ReadOnlySpan<byte> Ahead => Bytes.AsSpan(At, End - At);

    /// <summary>Whether <paramref name="count"/> bytes lie ahead; reads on when they do not. False at the end of the text.</summary>
    protected bool Ensure(int count) => End - At >= count || !_ended && Fill(count);

    /// <summary>Takes what ends a line; the text stands on it.</summary>
    protected void TakeLineEnd()
    {
        if (Bytes[At++] == '\r' && Ensure(1) && Bytes[At] == '\n')
            At++;
        Line++;
    }

    /// <summary>The error for a piece that exceeds what is held.</summary>
    protected abstract DataFormatException TooLong(int most);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    bool Fill(int count)
    {
        if (count > _most)
            throw TooLong(_most);
        // Only an unfinished piece moves, and it moves to the front of a window twice its size: each byte moves once on average.
        Bytes.AsSpan(At, End - At).CopyTo(Bytes);
        (At, End) = (0, End - At);
        if (Bytes.Length < 2 * count)
        {
            byte[] larger = new byte[(int)Math.Max(2L * count, 2L * Bytes.Length)];
            Bytes.AsSpan(0, End).CopyTo(larger);
            Bytes = larger;
        }
        while (End < Bytes.Length && !_ended)
        {
            int read = _stream.Read(Bytes, End, Bytes.Length - End);
            End += read;
            _ended = read == 0;
            if (End >= count)
                break;
        }
        return End >= count;
    }
}
