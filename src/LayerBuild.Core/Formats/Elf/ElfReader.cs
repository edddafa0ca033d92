using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LayerBuild.Formats.Elf;

/// <summary>
/// Reads ELF headers, program headers and the dynamic section, and nothing else: sections may be stripped, the loader
/// does not look at them either. The file is not trusted: every offset is checked, every list has a bound.
/// </summary>
internal static class ElfReader
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int DynamicEntrySize = 16;
    private const int VersionEntrySize = 16;
    private const int MaxProgramHeaders = 1024;
    private const int MaxDynamicEntries = 16 * 1024;
    private const int MaxVersionNeeds = 16 * 1024;
    private const int MaxString = 4096;

    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const uint InterpreterSegment = 3;
    private const uint GnuPropertySegment = 0x6474e553;

    private const long Null = 0;
    private const long NeededTag = 1;
    private const long StringTable = 5;
    private const long StringTableSize = 10;
    private const long SonameTag = 14;
    private const long RPathTag = 15;
    private const long RunPathTag = 29;
    private const long RelrTag = 36;
    private const long VersionNeedTag = 0x6ffffffe;
    private const long VersionNeedCount = 0x6fffffff;

    private const ushort WeakFlag = 2;

    public static ReadOnlySpan<byte> Magic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    /// <returns>Null when it is no ELF file.</returns>
    public static ElfFile? Read(ForwardBytes file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        int length = file.ReadUpTo(0, header);
        if (length < 4 || !header.StartsWith(Magic))
        {
            return null;
        }

        bool is64Bit = header[4] == 2;
        bool isLittleEndian = header[5] != 2;
        var elf = new ElfFile
        {
            Is64Bit = is64Bit,
            IsLittleEndian = isLittleEndian,
            OsAbi = header[7],
            Type = (ElfType)ReadUInt16(header[16..], isLittleEndian) is var type && Enum.IsDefined(type) ? type : ElfType.Other,
            Machine = ReadUInt16(header[18..], isLittleEndian),
        };
        if (length < (is64Bit ? HeaderSize : 52))
        {
            return elf with { Damage = "it ends inside its header" };
        }

        // Others cannot load on any Lambda architecture: what they need does not matter.
        return is64Bit && isLittleEndian && elf.Type is ElfType.Executable or ElfType.Shared ? ReadSegments(file, header, elf) : elf;
    }

    private static ElfFile ReadSegments(ForwardBytes file, ReadOnlySpan<byte> header, ElfFile elf)
    {
        long tableOffset = BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header[0x36..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x38..]);
        if (entrySize != ProgramHeaderSize || count is 0 or > MaxProgramHeaders || tableOffset < 0)
        {
            return elf with { Damage = "its program headers make no sense" };
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(count * ProgramHeaderSize);
        try
        {
            Span<byte> table = rented.AsSpan(0, count * ProgramHeaderSize);
            if (!file.TryRead(tableOffset, table))
            {
                return elf with { Damage = "its program headers lie beyond its end" };
            }

            var segments = new Segments(table);
            if (segments.Find(InterpreterSegment) is { } interpreter)
            {
                elf = elf with { Interpreter = ReadString(file, interpreter.Offset, interpreter.Size) };
            }

            if (elf.Machine == Lambda.Architecture.X64.ElfMachine && segments.Find(GnuPropertySegment) is { } property)
            {
                elf = elf with { X86Level = ReadX86Level(file, property) };
            }

            if (segments.Find(DynamicSegment) is { } dynamic)
            {
                elf = ReadDynamic(file, segments, dynamic, elf with { IsDynamic = true });
            }

            // The loader maps the segments; a file that was cut off is refused ("file too short").
            return elf.Damage is null && segments.FileEnd > file.Length
                ? elf with { Damage = "it is cut off before the end of its segments" }
                : elf;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static ElfFile ReadDynamic(ForwardBytes file, Segments segments, Segment dynamic, ElfFile elf)
    {
        int count = (int)Math.Min(dynamic.Size / DynamicEntrySize, MaxDynamicEntries);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(count * DynamicEntrySize, 1));
        try
        {
            Span<byte> table = rented.AsSpan(0, count * DynamicEntrySize);
            if (!file.TryRead(dynamic.Offset, table))
            {
                return elf with { Damage = "its dynamic section lies beyond its end" };
            }

            long stringsAddress = -1, stringsSize = 0, soname = -1, rpath = -1, runpath = -1, versionsAddress = -1, versionCount = 0;
            var needed = new List<long>();
            bool relr = false;
            for (int i = 0; i < count; i++)
            {
                long tag = BinaryPrimitives.ReadInt64LittleEndian(table[(i * DynamicEntrySize)..]);
                long value = BinaryPrimitives.ReadInt64LittleEndian(table[((i * DynamicEntrySize) + 8)..]);
                if (tag == Null)
                {
                    break;
                }

                switch (tag)
                {
                    case NeededTag: needed.Add(value); break;
                    case StringTable: stringsAddress = value; break;
                    case StringTableSize: stringsSize = value; break;
                    case SonameTag: soname = value; break;
                    case RPathTag: rpath = value; break;
                    case RunPathTag: runpath = value; break;
                    case RelrTag: relr = true; break;
                    case VersionNeedTag: versionsAddress = value; break;
                    case VersionNeedCount: versionCount = value; break;
                }
            }

            if (!segments.TryMap(stringsAddress, out long strings) || stringsSize < 0)
            {
                return needed.Count == 0 ? elf : elf with { Damage = "its string table is in no segment" };
            }

            string? Text(long index) =>
                index >= 0 && index < stringsSize ? ReadString(file, strings + index, stringsSize - index) : null;

            var names = needed.ConvertAll(Text);
            elf = elf with
            {
                Needed = [.. names.OfType<string>()],
                Soname = Text(soname),
                RPath = Text(rpath),
                RunPath = Text(runpath),
                HasRelr = relr,
                Damage = names.Contains(null) ? "the name of a needed library is outside its string table" : null,
            };
            return versionsAddress == -1 ? elf
                : segments.TryMap(versionsAddress, out long versions)
                    ? elf with { VersionNeeds = ReadVersionNeeds(file, versions, versionCount, Text) }
                    : elf with { Damage = "its symbol versions are in no segment" };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static List<ElfVersionNeed> ReadVersionNeeds(ForwardBytes file, long offset, long libraries, Func<long, string?> text)
    {
        var needs = new List<ElfVersionNeed>();
        int budget = MaxVersionNeeds;
        Span<byte> entry = stackalloc byte[VersionEntrySize];
        for (; libraries > 0 && budget > 0 && file.TryRead(offset, entry); libraries--, budget--)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]);
            string? library = text(BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
            long auxiliary = offset + BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            for (; count > 0 && budget > 0 && file.TryRead(auxiliary, entry); count--, budget--)
            {
                bool weak = (BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]) & WeakFlag) != 0;
                if (library is not null && text(BinaryPrimitives.ReadUInt32LittleEndian(entry[8..])) is { } version)
                {
                    needs.Add(new ElfVersionNeed(library, version, weak));
                }

                uint step = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
                if (step == 0)
                {
                    break;
                }

                auxiliary += step;
            }

            if (next == 0)
            {
                break;
            }

            offset += next;
        }

        return needs;
    }

    /// <summary>The highest bit of GNU_PROPERTY_X86_ISA_1_NEEDED in a .note.gnu.property; 0 when it is not there.</summary>
    private static int ReadX86Level(ForwardBytes file, Segment note)
    {
        const uint isaNeeded = 0xc0008002;
        Span<byte> bytes = stackalloc byte[512];
        bytes = bytes[..file.ReadUpTo(note.Offset, bytes[..(int)Math.Min(note.Size, bytes.Length)])];
        // namesz, descsz, type, "GNU\0", then properties: type, size, data padded to 8.
        if (bytes.Length < 16)
        {
            return 0;
        }

        bytes = bytes[16..];
        while (bytes.Length >= 12)
        {
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            if (type == isaNeeded)
            {
                uint levels = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) & 0xf;
                return levels == 0 ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount(levels);
            }

            long step = 8 + ((size + 7L) & ~7L);
            if (step > bytes.Length)
            {
                break;
            }

            bytes = bytes[(int)step..];
        }

        return 0;
    }

    /// <summary>Up to a NUL, <paramref name="limit"/> or <see cref="MaxString"/> bytes; null when it lies outside the file.</summary>
    private static string? ReadString(ForwardBytes file, long offset, long limit)
    {
        Span<byte> buffer = stackalloc byte[MaxString];
        int length = 0;
        int max = (int)Math.Min(limit, MaxString);
        while (length < max)
        {
            // Most names are short; the table's end must not be asked for when the name ends before it.
            Span<byte> part = buffer.Slice(length, Math.Min(64, max - length));
            int read = file.ReadUpTo(offset + length, part);
            int end = part[..read].IndexOf((byte)0);
            if (end >= 0)
            {
                return Encoding.UTF8.GetString(buffer[..(length + end)]);
            }

            length += read;
            if (read < part.Length)
            {
                return null;
            }
        }

        return max > 0 ? Encoding.UTF8.GetString(buffer[..length]) : null;
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool littleEndian) => littleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    /// <param name="Offset">In the file.</param>
    /// <param name="Size">Bytes in the file.</param>
    private readonly record struct Segment(uint Type, long Offset, long Address, long Size);

    private sealed class Segments
    {
        private readonly Segment[] _all;

        public Segments(ReadOnlySpan<byte> table)
        {
            _all = new Segment[table.Length / ProgramHeaderSize];
            for (int i = 0; i < _all.Length; i++)
            {
                ReadOnlySpan<byte> header = table[(i * ProgramHeaderSize)..];
                _all[i] = new Segment(
                    BinaryPrimitives.ReadUInt32LittleEndian(header),
                    BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
                    BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
                    BinaryPrimitives.ReadInt64LittleEndian(header[32..]));
            }
        }

        /// <summary>One behind the last byte that is loaded.</summary>
        public long FileEnd => _all.Where(s => s.Type == LoadSegment && s.Size > 0).Max(s => (long?)unchecked(s.Offset + s.Size)) ?? 0;

        public Segment? Find(uint type)
        {
            foreach (Segment segment in _all)
            {
                if (segment.Type == type && segment.Offset >= 0 && segment.Size >= 0)
                {
                    return segment;
                }
            }

            return null;
        }

        /// <summary>The place in the file of a virtual address.</summary>
        public bool TryMap(long address, out long offset)
        {
            foreach (Segment segment in _all)
            {
                if (segment.Type == LoadSegment && segment.Offset >= 0 && address >= segment.Address
                    && address - segment.Address < segment.Size)
                {
                    offset = address - segment.Address + segment.Offset;
                    return offset >= 0;
                }
            }

            offset = 0;
            return false;
        }
    }
}
