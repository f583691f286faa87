using Microsoft.Win32.SafeHandles;

namespace Logits.Formats;

/// <summary>The bytes of a file by their place, or of a stream in order.</summary>
abstract class ByteSource(string name) : IDisposable
{
    /// <summary>The file, as errors call it.</summary>
    public string Name { get; } = name;

    /// <summary>The member of an archive that these bytes are; null for the file itself.</summary>
    public string? Part { get; init; }

    /// <summary>How many bytes there are; null when only the end will tell.</summary>
    public abstract long? Length { get; }

    /// <summary>Whether reads must follow each other without going back.</summary>
    public abstract bool IsSequential { get; }

    /// <summary>Where the bytes lie in a file that can be mapped into memory; null handle where they do not.</summary>
    public virtual (SafeFileHandle? Handle, long Start) Mappable => default;

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/> on.</summary>
    /// <returns>The bytes read: fewer than asked for only at the end.</returns>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>The same bytes for reading out of order.</summary>
    public virtual ByteSource OutOfOrder() => !IsSequential ? this
        : throw Wrong(null, "is in Fortran order, whose rows a stream cannot give one by one; name the file itself, or save np.ascontiguousarray(logits)");

    /// <summary>The error at this byte; null for the whole.</summary>
    public DataFormatException Wrong(long? offset, string cause) => new(Name, (Part, offset) switch
    {
        (null, null) => null,
        (null, { } at) => $"offset {at}",
        ({ } part, null) => part,
        ({ } part, { } at) => $"{part}, offset {at}",
    }, cause);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Opens a file; what cannot be opened is said in one line.</summary>
    public static FileStream OpenFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw DataFormatException.Whole(path, "is a directory; name a file in it");
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw DataFormatException.Whole(path, "does not exist", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw DataFormatException.Whole(path, "cannot be read: permission denied", e);
        }
        catch (IOException e)
        {
            throw DataFormatException.Whole(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The bytes of a stream from where it stands.</summary>
    public static ByteSource Of(Stream stream, string name, bool leaveOpen = false) =>
        stream is FileStream { CanSeek: true } file && !leaveOpen ? new FileBytes(file, name) : new StreamBytes(stream, name, leaveOpen);

    /// <summary>A file, read by place: no position to share, no lock, no copy between.</summary>
    sealed class FileBytes(FileStream file, string name) : ByteSource(name)
    {
        readonly SafeFileHandle _handle = file.SafeFileHandle;
        readonly long _start = file.Position;

        public override long? Length { get; } = file.Length - file.Position;

        public override bool IsSequential => false;

        public override (SafeFileHandle?, long) Mappable => (_handle, _start);

        public override int Read(long offset, Span<byte> buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                int count = RandomAccess.Read(_handle, buffer[done..], _start + offset + done);
                if (count == 0)
                    break;
                done += count;
            }
            return done;
        }

        public override void Dispose() => file.Dispose();
    }

    sealed class StreamBytes(Stream stream, string name, bool leaveOpen) : ByteSource(name)
    {
        readonly long _start = stream.CanSeek ? stream.Position : 0;
        long _position;

        public override long? Length { get; } = stream.CanSeek ? stream.Length - stream.Position : null;

        public override bool IsSequential => !stream.CanSeek;

        public override int Read(long offset, Span<byte> buffer)
        {
            if (offset != _position)
            {
                if (IsSequential)
                    throw new InvalidOperationException($"{Name}: the stream stands at {_position}; {offset} was asked for.");
                stream.Position = _start + offset;
                _position = offset;
            }
            int count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            _position += count;
            return count;
        }

        public override void Dispose()
        {
            if (!leaveOpen)
                stream.Dispose();
        }
    }
}
