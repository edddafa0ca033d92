using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Zip;

/// <summary>What the central directory of a zip says about one member, checked against the file.</summary>
/// <param name="Name">As stored, slashes and all.</param>
/// <param name="Method">0 stored or 8 deflated.</param>
/// <param name="Mode">Unix mode with file type; 0 when the zip holds none.</param>
/// <param name="DataOffset">Where the member's bytes begin in the file.</param>
internal readonly record struct ZipMemberHeader(
    string Name,
    int Method,
    int Mode,
    uint Crc32,
    long CompressedSize,
    long Size,
    long DataOffset)
{
    private const int TypeMask = 0xF000;

    /// <summary>MS-DOS date of its last change, as stored: years from 1980, month, day.</summary>
    public ushort DosDate { get; init; }

    /// <summary>Day of its last change, in whatever zone its writer was; null when the stored date is none.</summary>
    public DateOnly? ModifiedOn => DateOnly.TryParseExact(
        string.Create(CultureInfo.InvariantCulture, $"{1980 + (DosDate >> 9)}-{(DosDate >> 5) & 15:00}-{DosDate & 31:00}"),
        "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : null;

    public bool IsDirectory => Name.EndsWith('/');

    public bool IsSymbolicLink => (Mode & TypeMask) == 0xA000;

    /// <summary>A regular file with an x bit for anybody: what pip makes executable.</summary>
    public bool IsExecutable => (Mode & TypeMask) == 0x8000 && (Mode & 0x49) != 0;
}

/// <summary>
/// Reads the central directory of an untrusted zip (APPNOTE 6.3, sections 4.3 to 4.5): each offset and length
/// is checked before it is used, each member's local header must agree, no two members may share bytes.
/// </summary>
internal static class ZipDirectory
{
    private const int EndSize = 22;
    private const int End64LocatorSize = 20;
    private const int End64Size = 56;
    private const int CentralHeaderSize = 46;
    private const int LocalHeaderSize = 30;
    private const uint EndSignature = 0x06054b50;
    private const uint End64LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;

    /// <summary>Central directories above this many bytes are refused: a million members.</summary>
    private const long MaxDirectorySize = 256L << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All members, in the order of the directory.</summary>
    /// <exception cref="InvalidDataException">The zip is broken or not of a kind that is read; the message says how.</exception>
    public static List<ZipMemberHeader> Read(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        (long start, long size, long count) = FindDirectory(file, length);
        byte[] directory = ReadExactly(file, start, checked((int)size), length);
        var members = new List<ZipMemberHeader>((int)count);
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            members.Add(ReadCentralHeader(directory, ref at, out long localOffset) with { DataOffset = localOffset });
        }

        if (at != directory.Length)
        {
            throw new InvalidDataException("its central directory has more than its members");
        }

        CheckLocalHeaders(file, start, members);
        return members;
    }

    private static (long Start, long Size, long Count) FindDirectory(SafeFileHandle file, long length)
    {
        // The end record is the last thing in the file but for a comment of at most 65,535 bytes.
        int tailSize = (int)Math.Min(length, EndSize + ushort.MaxValue);
        byte[] tail = ReadExactly(file, length - tailSize, tailSize, length);
        int end = tailSize - EndSize;
        while (end >= 0 && !(ReadUInt32(tail, end) == EndSignature && end + EndSize + ReadUInt16(tail, end + 20) == tailSize))
        {
            end--;
        }

        if (end < 0)
        {
            throw new InvalidDataException("it is not a zip file, or its end is missing");
        }

        long endOffset = length - tailSize + end;
        long count = ReadUInt16(tail, end + 10);
        long size = ReadUInt32(tail, end + 12);
        long start = ReadUInt32(tail, end + 16);
        bool otherDisks = (ReadUInt16(tail, end + 4) != 0 && ReadUInt16(tail, end + 4) != ushort.MaxValue)
            || ReadUInt16(tail, end + 8) != count;
        if (count == ushort.MaxValue || size == uint.MaxValue || start == uint.MaxValue)
        {
            if (endOffset >= End64LocatorSize)
            {
                byte[] locator = ReadExactly(file, endOffset - End64LocatorSize, End64LocatorSize, length);
                if (ReadUInt32(locator, 0) == End64LocatorSignature)
                {
                    endOffset = checked((long)Math.Min(ReadUInt64(locator, 8), long.MaxValue));
                    byte[] end64 = ReadExactly(file, endOffset, End64Size, length);
                    if (ReadUInt32(end64, 0) != End64Signature)
                    {
                        throw new InvalidDataException("its zip64 end record is not where it should be");
                    }

                    otherDisks = ReadUInt32(end64, 16) != 0 || ReadUInt64(end64, 24) != ReadUInt64(end64, 32);
                    count = ToLong(ReadUInt64(end64, 32));
                    size = ToLong(ReadUInt64(end64, 40));
                    start = ToLong(ReadUInt64(end64, 48));
                }
            }
        }

        if (otherDisks)
        {
            throw new InvalidDataException("it is split over several files");
        }

        if (start > endOffset || size != endOffset - start || size > MaxDirectorySize || count > size / CentralHeaderSize)
        {
            throw new InvalidDataException("its central directory is not where its end record says");
        }

        return (start, size, count);
    }

    private static ZipMemberHeader ReadCentralHeader(byte[] directory, ref int at, out long localOffset)
    {
        if (directory.Length - at < CentralHeaderSize || ReadUInt32(directory, at) != CentralSignature)
        {
            throw new InvalidDataException("its central directory is damaged");
        }

        int flags = ReadUInt16(directory, at + 8);
        int method = ReadUInt16(directory, at + 10);
        ushort date = ReadUInt16(directory, at + 14);
        uint crc = ReadUInt32(directory, at + 16);
        long compressedSize = ReadUInt32(directory, at + 20);
        long size = ReadUInt32(directory, at + 24);
        int nameLength = ReadUInt16(directory, at + 28);
        int extraLength = ReadUInt16(directory, at + 30);
        int commentLength = ReadUInt16(directory, at + 32);
        int disk = ReadUInt16(directory, at + 34);
        int mode = (int)(ReadUInt32(directory, at + 38) >> 16);
        localOffset = ReadUInt32(directory, at + 42);
        long total = (long)CentralHeaderSize + nameLength + extraLength + commentLength;
        if (directory.Length - at < total)
        {
            throw new InvalidDataException("its central directory is damaged");
        }

        string name = DecodeName(directory.AsSpan(at + CentralHeaderSize, nameLength));
        ReadOnlySpan<byte> extra = directory.AsSpan(at + CentralHeaderSize + nameLength, extraLength);
        ReadZip64(extra, name, ref size, ref compressedSize, ref localOffset);
        at += (int)total;

        // Bits 1 and 2 are hints of the encoder, bit 3 a data descriptor, bit 11 UTF-8; all others change how data are read.
        if ((flags & ~0x080E) != 0)
        {
            throw new InvalidDataException((flags & 0x2041) != 0
                ? $"'{name}' is encrypted"
                : FormattableString.Invariant($"'{name}' has unknown flags 0x{flags:x4}"));
        }

        if (method is not (0 or 8))
        {
            throw new InvalidDataException(FormattableString.Invariant($"'{name}' uses compression method {method}, which is neither stored nor deflated"));
        }

        if (disk is not (0 or ushort.MaxValue) || size < 0 || compressedSize < 0 || localOffset < 0 || (method == 0 && size != compressedSize))
        {
            throw new InvalidDataException($"the header of '{name}' contradicts itself");
        }

        return new ZipMemberHeader(name, method, mode, crc, compressedSize, size, 0) { DosDate = date };
    }

    private static void ReadZip64(ReadOnlySpan<byte> extra, string name, ref long size, ref long compressedSize, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                // Some writers pad the field with bytes that are no further record; only a zip64 one must be whole.
                if (id == 1)
                {
                    throw new InvalidDataException($"the zip64 field of '{name}' is damaged");
                }

                return;
            }

            if (id == 1)
            {
                ReadOnlySpan<byte> field = extra.Slice(4, length);
                ReadField(ref field, ref size, name);
                ReadField(ref field, ref compressedSize, name);
                ReadField(ref field, ref offset, name);
                return;
            }

            extra = extra[(4 + length)..];
        }

        static void ReadField(ref ReadOnlySpan<byte> field, ref long value, string name)
        {
            if (value != uint.MaxValue)
            {
                return;
            }

            if (field.Length < 8)
            {
                throw new InvalidDataException($"the zip64 field of '{name}' is damaged");
            }

            value = ToLong(BinaryPrimitives.ReadUInt64LittleEndian(field));
            field = field[8..];
        }
    }

    /// <summary>Finds where each member's bytes begin, and refuses members that reach into each other or the directory.</summary>
    private static void CheckLocalHeaders(SafeFileHandle file, long directoryStart, List<ZipMemberHeader> members)
    {
        int[] order = [.. Enumerable.Range(0, members.Count)];
        Array.Sort(order, (a, b) => members[a].DataOffset.CompareTo(members[b].DataOffset));
        byte[] header = new byte[LocalHeaderSize + 512];
        long free = 0;
        foreach (int index in order)
        {
            ZipMemberHeader member = members[index];
            long offset = member.DataOffset;
            if (offset < free || offset > directoryStart - LocalHeaderSize)
            {
                throw new InvalidDataException($"'{member.Name}' is not where the directory says");
            }

            int read = RandomAccess.Read(file, header.AsSpan(0, (int)Math.Min(header.Length, directoryStart - offset)), offset);
            if (read < LocalHeaderSize || ReadUInt32(header, 0) != LocalSignature)
            {
                throw new InvalidDataException($"'{member.Name}' is not where the directory says");
            }

            int nameLength = ReadUInt16(header, 26);
            long start = offset + LocalHeaderSize + nameLength + ReadUInt16(header, 28);
            if (ReadUInt16(header, 8) != member.Method || (ReadUInt16(header, 6) & ~0x080E) != 0)
            {
                throw new InvalidDataException($"the two headers of '{member.Name}' contradict each other");
            }

            byte[] name = nameLength <= read - LocalHeaderSize
                ? header
                : ReadExactly(file, offset, LocalHeaderSize + nameLength, directoryStart);
            if (DecodeName(name.AsSpan(LocalHeaderSize, nameLength)) != member.Name)
            {
                throw new InvalidDataException($"the two headers of '{member.Name}' contradict each other");
            }

            if (start > directoryStart || member.CompressedSize > directoryStart - start)
            {
                throw new InvalidDataException($"'{member.Name}' is longer than the file");
            }

            free = start + member.CompressedSize;
            members[index] = member with { DataOffset = start };
        }
    }

    private static string DecodeName(ReadOnlySpan<byte> name)
    {
        try
        {
            return StrictUtf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"the name of a member is not UTF-8: '{Encoding.Latin1.GetString(name)}'");
        }
    }

    private static byte[] ReadExactly(SafeFileHandle file, long offset, int count, long length)
    {
        if (offset < 0 || count < 0 || offset > length - count)
        {
            throw new InvalidDataException("it is truncated");
        }

        byte[] bytes = new byte[count];
        int done = 0;
        while (done < count)
        {
            int read = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (read == 0)
            {
                throw new InvalidDataException("it is truncated");
            }

            done += read;
        }

        return bytes;
    }

    private static long ToLong(ulong value) => value <= long.MaxValue ? (long)value : throw new InvalidDataException("a size in it is impossible");

    private static ushort ReadUInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint ReadUInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong ReadUInt64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
