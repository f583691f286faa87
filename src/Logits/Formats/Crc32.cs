using System.Buffers.Binary;

namespace Logits.Formats;

/// <summary>The checksum of zip members: polynomial 0xEDB88320, reflected.</summary>
/// <remarks>Eight bytes a step: table j advances a byte over the j zeros that follow it, so eight look-ups replace eight dependent ones.</remarks>
static class Crc32
{
    static readonly uint[] Tables = Build();

    /// <summary>The checksum of some bytes behind those that gave <paramref name="crc"/>; begin with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] t = Tables;
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = t[7 * 256 + (byte)eight] ^ t[6 * 256 + (byte)(eight >> 8)] ^ t[5 * 256 + (byte)(eight >> 16)] ^ t[4 * 256 + (byte)(eight >> 24)]
                ^ t[3 * 256 + (byte)(eight >> 32)] ^ t[2 * 256 + (byte)(eight >> 40)] ^ t[256 + (byte)(eight >> 48)] ^ t[(byte)(eight >> 56)];
        }
        foreach (byte b in bytes)
            crc = crc >> 8 ^ t[(byte)(crc ^ b)];
        return ~crc;
    }

    /// <summary>The checksum of two runs of bytes from the checksums of each, without looking at them again.</summary>
    /// <param name="first">Of the first run.</param>
    /// <param name="second">Of the second run, begun with 0.</param>
    /// <param name="length">How many bytes the second run has.</param>
    /// <remarks>Bytes that follow multiply the first checksum by x⁸ˡᵉⁿᵍᵗʰ modulo the polynomial; the power is built from its squares.</remarks>
    public static uint Join(uint first, uint second, long length)
    {
        uint power = 0x4000_0000;       // x, in the reflected order where bit 31 is 1
        for (long bits = checked(8 * length); bits > 0; bits >>= 1, power = Times(power, power))
            if ((bits & 1) != 0)
                first = Times(first, power);
        return first ^ second;
    }

    static uint Times(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = 0x8000_0000; bit != 0; bit >>= 1)
        {
            if ((b & bit) != 0)
                product ^= a;
            a = a >> 1 ^ ((a & 1) != 0 ? 0xEDB8_8320 : 0);
        }
        return product;
    }

    static uint[] Build()
    {
        uint[] tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB8_8320 : 0);
            tables[i] = crc;
        }
        for (int i = 256; i < tables.Length; i++)
            tables[i] = tables[i - 256] >> 8 ^ tables[(byte)tables[i - 256]];
        return tables;
    }
}
