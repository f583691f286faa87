using System.Buffers;
using System.Runtime.InteropServices;

namespace Logits.Kernels;

/// <summary>Rented floats that begin a cache line, for a row's weights.</summary>
internal unsafe ref struct Room
{
    readonly float[]? _rented;
    GCHandle _pin;

    /// <summary>Room for <paramref name="count"/> floats, none for 0.</summary>
    public Room(int count)
    {
        if (count == 0) return;
        _rented = ArrayPool<float>.Shared.Rent(count + 15);
        _pin = GCHandle.Alloc(_rented, GCHandleType.Pinned);
        nint address = _pin.AddrOfPinnedObject();
        Start = (float*)(address + (-address & 63));
    }

    public readonly float* Start { get; }

    public void Dispose()
    {
        if (_rented == null) return;
        _pin.Free();
        ArrayPool<float>.Shared.Return(_rented);
    }
}
