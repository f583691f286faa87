using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>Reads the little-endian, C-ordered arrays of the calibration data, and nothing else.</summary>
static class Npy
{
    public static T[] Read<T>(string path) where T : unmanaged
    {
        byte[] bytes = File.ReadAllBytes(path);
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        string type = Type<T>();
        if (!header.Contains($"'{type}'") || !header.Contains("'fortran_order': False"))
            throw new InvalidDataException($"{path} is not a C-ordered {type} array: {header}");
        return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(10 + headerLength)).ToArray();
    }

    static string Type<T>() => default(T) switch { float => "<f4", double => "<f8", long => "<i8", short => "<i2", _ => throw new NotSupportedException(typeof(T).Name) };
}
