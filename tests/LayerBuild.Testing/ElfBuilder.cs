using System.Buffers.Binary;
using System.Text;

namespace LayerBuild.Testing;

/// <summary>
/// Makes ELF files with headers, program headers and a dynamic section that say what a test wants, and no code.
/// </summary>
internal sealed class ElfBuilder
{
    public const ushort X64 = 62;
    public const ushort Arm64 = 183;
    public const ushort I386 = 3;

    private const long Base = 0x10000;

    /// <summary>e_machine.</summary>
    public ushort Machine { get; init; } = X64;

    /// <summary>EI_CLASS: 1 (32 bit) or 2.</summary>
    public byte Class { get; init; } = 2;

    /// <summary>EI_DATA: 1 (little-endian) or 2.</summary>
    public byte Data { get; init; } = 1;

    /// <summary>EI_OSABI: 0 (System V), 3 (GNU), 9 (FreeBSD).</summary>
    public byte OsAbi { get; init; }

    /// <summary>e_type: 1 relocatable, 2 executable, 3 shared.</summary>
    public ushort Type { get; init; } = 3;

    /// <summary>PT_INTERP.</summary>
    public string? Interpreter { get; init; }

    public string? Soname { get; init; }

    public IReadOnlyList<string> Needed { get; init; } = [];

    public string? RPath { get; init; }

    public string? RunPath { get; init; }

    /// <summary>Versioned symbols: library, version, and whether the need is weak.</summary>
    public IReadOnlyList<(string Library, string Version, bool Weak)> Versions { get; init; } = [];

    /// <summary>DT_RELR.</summary>
    public bool Relr { get; init; }

    /// <summary>GNU_PROPERTY_X86_ISA_1_NEEDED: 1 to 4; 0 for no note.</summary>
    public int X86Level { get; init; }

    /// <summary>A shared library of glibc that needs the given versions of libc.so.6.</summary>
    public static byte[] Library(ushort machine, params string[] versions) => new ElfBuilder
    {
        Machine = machine,
        Needed = ["libc.so.6"],
        Versions = [.. versions.Select(v => ("libc.so.6", v, false))],
    }.Build();

    public byte[] Build()
    {
        if (Class == 1)
        {
            return BuildHeader32();
        }

        var strings = new StringTable();
        byte[] versions = BuildVersions(strings);
        var tags = new List<(long Tag, long Value)>();
        foreach (string needed in Needed)
        {
            tags.Add((1, strings.Add(needed)));
        }

        void Add(long tag, string? text)
        {
            if (text is not null)
            {
                tags.Add((tag, strings.Add(text)));
            }
        }

        Add(14, Soname);
        Add(15, RPath);
        Add(29, RunPath);
        if (Relr)
        {
            tags.Add((36, Base));
        }

        byte[] interpreter = Interpreter is null ? [] : Encoding.UTF8.GetBytes(Interpreter + "\0");
        byte[] property = X86Level == 0 ? [] : BuildProperty();
        bool dynamic = Type != 1 && (tags.Count > 0 || Interpreter is not null || versions.Length > 0);
        int segments = 1 + (interpreter.Length > 0 ? 1 : 0) + (dynamic ? 1 : 0) + (property.Length > 0 ? 1 : 0);

        long interpreterAt = 64 + (segments * 56);
        long propertyAt = Align(interpreterAt + interpreter.Length);
        long versionsAt = Align(propertyAt + property.Length);
        long stringsAt = Align(versionsAt + versions.Length);
        byte[] names = strings.ToArray();
        long dynamicAt = Align(stringsAt + names.Length);
        if (dynamic)
        {
            tags.Add((5, Base + stringsAt));
            tags.Add((10, names.Length));
            if (versions.Length > 0)
            {
                tags.Add((0x6ffffffe, Base + versionsAt));
                tags.Add((0x6fffffff, Versions.Select(v => v.Library).Distinct().Count()));
            }

            tags.Add((0, 0));
        }

        int dynamicSize = dynamic ? tags.Count * 16 : 0;
        byte[] file = new byte[dynamicAt + dynamicSize];
        WriteHeader(file, segments);
        int next = 64;
        void Segment(uint type, long offset, long size)
        {
            Span<byte> header = file.AsSpan(next, 56);
            BinaryPrimitives.WriteUInt32LittleEndian(header, type);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], offset);
            BinaryPrimitives.WriteInt64LittleEndian(header[16..], Base + offset);
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], Base + offset);
            BinaryPrimitives.WriteInt64LittleEndian(header[32..], size);
            BinaryPrimitives.WriteInt64LittleEndian(header[40..], size);
            next += 56;
        }

        Segment(1, 0, file.Length);
        if (interpreter.Length > 0)
        {
            Segment(3, interpreterAt, interpreter.Length);
        }

        if (property.Length > 0)
        {
            Segment(0x6474e553, propertyAt, property.Length);
        }

        if (dynamic)
        {
            Segment(2, dynamicAt, dynamicSize);
        }

        interpreter.CopyTo(file, interpreterAt);
        property.CopyTo(file, propertyAt);
        versions.CopyTo(file, versionsAt);
        names.CopyTo(file, stringsAt);
        for (int i = 0; i < tags.Count && dynamic; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan((int)dynamicAt + (i * 16)), tags[i].Tag);
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan((int)dynamicAt + (i * 16) + 8), tags[i].Value);
        }

        return file;
    }

    private static long Align(long offset) => (offset + 7) & ~7L;

    private byte[] BuildHeader32()
    {
        byte[] file = new byte[52];
        WriteHeader(file, 0);
        return file;
    }

    private void WriteHeader(Span<byte> file, int segments)
    {
        "\u007fELF"u8.CopyTo(file);
        file[4] = Class;
        file[5] = Data;
        file[6] = 1;
        file[7] = OsAbi;
        Write16(file, 16, Type);
        Write16(file, 18, Machine);
        Write16(file, 20, 1);
        if (Class == 2)
        {
            BinaryPrimitives.WriteInt64LittleEndian(file[32..], 64);
            Write16(file, 52, 64);
            Write16(file, 54, 56);
            Write16(file, 56, (ushort)segments);
        }
    }

    private void Write16(Span<byte> file, int offset, ushort value)
    {
        if (Data == 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(file[offset..], value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file[offset..], value);
        }
    }

    private byte[] BuildVersions(StringTable strings)
    {
        var bytes = new List<byte>();
        var libraries = Versions.GroupBy(v => v.Library).ToList();
        for (int i = 0; i < libraries.Count; i++)
        {
            var versions = libraries[i].ToList();
            byte[] need = new byte[16 + (versions.Count * 16)];
            BinaryPrimitives.WriteUInt16LittleEndian(need, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(need.AsSpan(2), (ushort)versions.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(4), (uint)strings.Add(libraries[i].Key));
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(8), 16);
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(12), i + 1 < libraries.Count ? (uint)need.Length : 0);
            for (int j = 0; j < versions.Count; j++)
            {
                Span<byte> version = need.AsSpan(16 + (j * 16));
                BinaryPrimitives.WriteUInt16LittleEndian(version[4..], versions[j].Weak ? (ushort)2 : (ushort)0);
                BinaryPrimitives.WriteUInt32LittleEndian(version[8..], (uint)strings.Add(versions[j].Version));
                BinaryPrimitives.WriteUInt32LittleEndian(version[12..], j + 1 < versions.Count ? 16u : 0u);
            }

            bytes.AddRange(need);
        }

        return [.. bytes];
    }

    private byte[] BuildProperty()
    {
        byte[] note = new byte[32];
        BinaryPrimitives.WriteUInt32LittleEndian(note, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(4), 16);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), 5);
        "GNU\0"u8.CopyTo(note.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(16), 0xc0008002);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(20), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(24), (1u << X86Level) - 1);
        return note;
    }

    private sealed class StringTable
    {
        private readonly List<byte> _bytes = [0];

        public long Add(string text)
        {
            long offset = _bytes.Count;
            _bytes.AddRange(Encoding.UTF8.GetBytes(text));
            _bytes.Add(0);
            return offset;
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
