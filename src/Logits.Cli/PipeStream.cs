using System.Runtime.InteropServices;

namespace Logits.Cli;

/// <summary>stdout whose reader may leave (<c>logits predict … | head</c>): then <see cref="ClosedPipeException"/>, which ends the program quietly.</summary>
/// <remarks>
/// .NET's own stream swallows the news that the reader has left, so an endless input would be read for ever; here Unix is asked directly. What else can
/// go wrong, such as a full disk, is an <see cref="IOException"/> in the system's words.
/// </remarks>
sealed partial class PipeStream : Stream
{
    const int StandardOutput = 1, Interrupted = 4, BrokenPipe = 32;

    readonly Stream? inner = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : null;

    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        if (inner is not null)
        {
            inner.Write(buffer);
            return;
        }
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = buffer)
                written = WriteTo(StandardOutput, bytes, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            throw error == BrokenPipe ? new ClosedPipeException() : new IOException($"stdout: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner?.Flush();

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteTo(int descriptor, byte* bytes, nint count);
}

/// <summary>Nobody reads stdout any more.</summary>
sealed class ClosedPipeException() : IOException("stdout was closed");
