using System.Buffers.Binary;
using System.Text;

namespace Logits.Formats;

/// <summary>A member of a zip archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Method">0 stored, 8 deflated.</param>
/// <param name="Crc">The checksum of its bytes.</param>
/// <param name="Packed">How many bytes it takes in the archive.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="Header">Where its local header stands.</param>
sealed record ZipMember(string Name, int Method, uint Crc, long Packed, long Size, long Header);

/// <summary>The directory of a zip archive, zip64 included.</summary>
/// <remarks>Format: PKWARE APPNOTE 6.3. Written out rather than taken from System.IO.Compression for errors with offsets, and for the checksum, which that reader passes over.</remarks>
static class ZipArchiveIndex
{
    const int MostDirectoryBytes = 1 << 26;

    /// <summary>Reads the directory at the end of the archive.</summary>
    public static List<ZipMember> Read(ByteSource file)
    {
        if (file.IsSequential || file.Length is not { } length)
            throw file.Wrong(null, "npz cannot be read from a pipe, because its directory stands at the end; name the file itself");
        if (length == 0)
            throw file.Wrong(null, "is empty; a .npz file is a zip archive");
        byte[] tail = new byte[(int)Math.Min(length, 22 + 0xFFFF)];
        file.Read(length - tail.Length, tail);
        int end = -1;
        for (int at = tail.Length - 22; at >= 0 && end < 0; at--)
            if (U32(tail, at) == 0x06054B50 && at + 22 + U16(tail, at + 20) == tail.Length)
                end = at;
        if (end < 0)
            throw tail is [0x93, (byte)'N', ..]
                ? file.Wrong(0, "a .npz file is a zip archive; this looks like a .npy file")
                : file.Wrong(length, "is no zip archive, or is cut off: the record that ends one is missing");

        long entries = U16(tail, end + 10), size = U32(tail, end + 12), start = U32(tail, end + 16), stop = length - tail.Length + end;
        if (stop >= 20)
        {
            byte[] locator = new byte[20];
            file.Read(stop - 20, locator);
            if (U32(locator, 0) == 0x07064B50)
            {
                long at = I64(file, locator, 8, stop - 20);
                byte[] record = new byte[56];
                if (at > length - 56 || file.Read(at, record) < 56 || U32(record, 0) != 0x06064B50)
                    throw file.Wrong(stop - 20, $"the zip64 record is said to be at {at}, and is not there");
                (entries, size, start, stop) = (I64(file, record, 32, at), I64(file, record, 40, at), I64(file, record, 48, at), at);
            }
        }
        if (start > stop || size > stop - start)
            throw file.Wrong(stop, $"the zip directory is said to take {size} bytes from {start} on, which leaves the file");
        if (size > MostDirectoryBytes)
            throw file.Wrong(stop, $"the zip directory is said to take {size} bytes; at most {MostDirectoryBytes} are read");
        byte[] directory = new byte[size];
        file.Read(start, directory);
        return Members(file, directory, start, entries);
    }

    /// <summary>Opens a member for reading from its first byte to its last; its checksum is compared at the end.</summary>
    public static ByteSource Open(ByteSource file, ZipMember member)
    {
        byte[] header = new byte[30];
        if (member.Header > file.Length!.Value - 30 || file.Read(member.Header, header) < 30 || U32(header, 0) != 0x04034B50)
            throw file.Wrong(member.Header, $"the zip member {member.Name} is said to begin here, and does not");
        long start = member.Header + 30 + U16(header, 26) + U16(header, 28);
        if (start > file.Length.Value || member.Packed > file.Length.Value - start)
            throw file.Wrong(start, $"the zip member {member.Name} is said to take {member.Packed} bytes, which leaves the file");
        return member.Method switch
        {
            0 when member.Packed != member.Size => throw file.Wrong(member.Header, $"the zip member {member.Name} is stored, yet of {member.Packed} and of {member.Size} bytes"),
            0 or 8 => new ZipMemberBytes(file, member, start),
            _ => throw file.Wrong(member.Header, $"the zip member {member.Name} is compressed by method {member.Method}; stored (0) and deflated (8) are read: save it with np.savez"),
        };
    }

    static List<ZipMember> Members(ByteSource file, byte[] directory, long start, long entries)
    {
        var members = new List<ZipMember>();
        int at = 0;
        for (; members.Count < entries;)
        {
            if (at > directory.Length - 46 || U32(directory, at) != 0x02014B50)
                throw file.Wrong(start + at, $"entry {members.Count} of the zip directory does not begin here; {entries} are announced");
            int nameLength = U16(directory, at + 28), extraLength = U16(directory, at + 30), next = at + 46 + nameLength + extraLength + U16(directory, at + 32);
            if (next > directory.Length)
                throw file.Wrong(start + at, $"entry {members.Count} leaves the zip directory");
            string name = Encoding.UTF8.GetString(directory, at + 46, nameLength);
            if ((U16(directory, at + 8) & 1) != 0)
                throw file.Wrong(start + at, $"the zip member {name} is encrypted");
            long size = U32(directory, at + 24), packed = U32(directory, at + 20), header = U32(directory, at + 42);
            // A value that does not fit 32 bits stands in extra field 1, in this order.
            for (int extra = at + 46 + nameLength, last = extra + extraLength; extra <= last - 4; extra += 4 + U16(directory, extra + 2))
            {
                int field = extra + 4, fieldEnd = field + U16(directory, extra + 2);
                if (U16(directory, extra) != 1)
                    continue;
                if (fieldEnd > last)
                    throw file.Wrong(start + extra, $"the zip64 field of {name} leaves its entry");
                size = Wide(size);
                packed = Wide(packed);
                header = Wide(header);

                long Wide(long value)
                {
                    if (value != uint.MaxValue)
                        return value;
                    if (field > fieldEnd - 8)
                        throw file.Wrong(start + extra, $"the zip64 field of {name} is too short");
                    long wide = I64(file, directory, field, start);
                    field += 8;
                    return wide;
                }
            }
            members.Add(new(name, U16(directory, at + 10), U32(directory, at + 16), packed, size, header));
            at = next;
        }
        if (at != directory.Length)
            throw file.Wrong(start + at, $"{directory.Length - at} bytes follow the {entries} entries of the zip directory");
        return members;
    }

    static int U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    static long I64(ByteSource file, byte[] bytes, int at, long start) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)) is var value and >= 0 and <= long.MaxValue / 2
        ? value : throw file.Wrong(start + at, $"a place or length of the zip archive is {(ulong)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at))}, beyond any file");
}
