using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Formats;

/// <summary>The checksum of zip members: polynomial 0xEDB88320, reflected.</summary>
/// <remarks>Eight bytes a step: table j advances a byte over the j zeros that follow it, so eight look-ups replace eight dependent ones.</remarks>
static class Crc32
{
    static readonly uint[] Tables = Build();

    /// <summary>The checksum of some bytes behind those that gave <paramref name="crc"/>; begin with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        if (Pclmulqdq.IsSupported && bytes.Length >= 128)
            crc = Fold(crc, ref bytes);
        return ~AppendByTable(crc, bytes);
    }

    /// <summary>The register after some bytes: the plain version, which judges the fast one.</summary>
    internal static uint AppendByTable(uint register, ReadOnlySpan<byte> bytes)
    {
        uint[] t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ register;
            register = t[7 * 256 + (byte)eight] ^ t[6 * 256 + (byte)(eight >> 8)] ^ t[5 * 256 + (byte)(eight >> 16)] ^ t[4 * 256 + (byte)(eight >> 24)]
                ^ t[3 * 256 + (byte)(eight >> 32)] ^ t[2 * 256 + (byte)(eight >> 40)] ^ t[256 + (byte)(eight >> 48)] ^ t[(byte)(eight >> 56)];
        }
        foreach (byte b in bytes)
            register = register >> 8 ^ t[(byte)(register ^ b)];
        return register;
    }

    /// <summary>
    /// Four runs of 16 bytes at once. A run that lies 64 bytes before another counts for it multiplied by x⁵¹² modulo the polynomial, so each half of it times a
    /// 33-bit constant, without carries, is added to the later run. What is left at the end, 16 bytes with the same remainder, goes through the table.
    /// </summary>
    /// <remarks>Source: Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, Intel 2009; constants for the reflected polynomial.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static uint Fold(uint register, ref ReadOnlySpan<byte> bytes)
    {
        var by64 = Vector128.Create(0x1_5444_2bd4ul, 0x1_c6e4_1596ul);      // x⁵⁷⁶, x⁵¹² modulo P
        var by16 = Vector128.Create(0x1_7519_97d0ul, 0x0_ccaa_009eul);      // x¹⁹², x¹²⁸ modulo P
        var a = Load(bytes, 0) ^ Vector128.CreateScalar((ulong)register);
        var b = Load(bytes, 16);
        var c = Load(bytes, 32);
        var d = Load(bytes, 48);
        for (bytes = bytes[64..]; bytes.Length >= 64; bytes = bytes[64..])
        {
            a = Times(a, by64) ^ Load(bytes, 0);
            b = Times(b, by64) ^ Load(bytes, 16);
            c = Times(c, by64) ^ Load(bytes, 32);
            d = Times(d, by64) ^ Load(bytes, 48);
        }
        a = Times(Times(Times(a, by16) ^ b, by16) ^ c, by16) ^ d;
        for (; bytes.Length >= 16; bytes = bytes[16..])
            a = Times(a, by16) ^ Load(bytes, 0);
        Span<byte> rest = stackalloc byte[16];
        a.AsByte().CopyTo(rest);
        return AppendByTable(0, rest);

        static Vector128<ulong> Load(ReadOnlySpan<byte> bytes, int at) => Vector128.Create(bytes[at..]).AsUInt64();

        static Vector128<ulong> Times(Vector128<ulong> run, Vector128<ulong> power) =>
            Pclmulqdq.CarrylessMultiply(run, power, 0x00) ^ Pclmulqdq.CarrylessMultiply(run, power, 0x11);
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
