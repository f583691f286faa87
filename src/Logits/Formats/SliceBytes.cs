using Microsoft.Win32.SafeHandles;

namespace Logits.Formats;

/// <summary>A stretch of another source, which stays open when this is closed.</summary>
sealed class SliceBytes(ByteSource whole, long start, long length) : ByteSource(whole.Name)
{
    public override long? Length => length;

    public override bool IsSequential => whole.IsSequential;

    public override (SafeFileHandle? Handle, long Start) Mappable => whole.Mappable is { Handle: { } handle, Start: var first } ? (handle, first + start) : default;

    public override int Read(long offset, Span<byte> buffer) =>
        offset >= length ? 0 : whole.Read(start + offset, buffer[..(int)Math.Min(buffer.Length, length - offset)]);

    public override void Dispose()
    {
    }
}
