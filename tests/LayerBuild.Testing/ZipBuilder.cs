using System.IO.Compression;
using System.Text;

namespace LayerBuild.Testing;

/// <summary>How a member's bytes are kept in a zip that <see cref="ZipBuilder"/> makes.</summary>
internal enum ZipMethod
{
    Stored,

    /// <summary>By the platform's zlib: the bytes differ from machine to machine.</summary>
    Deflated,

    /// <summary>Deflate's own stored blocks: valid, the same everywhere, and nothing an encoder would write.</summary>
    DeflatedAsStoredBlocks,
}

/// <summary>A member of a zip, with everything that can be wrong about one.</summary>
internal sealed record ZipMember(string Name, byte[] Data)
{
    public ZipMethod Method { get; init; } = ZipMethod.Deflated;

    /// <summary>Unix mode with its file type: 0100644, 0120777…</summary>
    public int Mode { get; init; } = Convert.ToInt32("100644", 8);

    /// <summary>Host of "version made by": 3 for Unix, 0 for FAT, whose attributes hold no mode.</summary>
    public byte Host { get; init; } = 3;

    /// <summary>Sizes and CRC follow the data (general purpose bit 3).</summary>
    public bool DataDescriptor { get; init; }

    /// <summary>The data descriptor lacks its optional signature.</summary>
    public bool BareDescriptor { get; init; }

    /// <summary>Sizes and offset are in zip64 extra fields, needed or not.</summary>
    public bool Zip64 { get; init; }

    /// <summary>Further general purpose bits: 1 is "encrypted".</summary>
    public int Flags { get; init; }

    /// <summary>A CRC-32 other than the data's.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>An inflated size other than the data's.</summary>
    public uint? Size { get; init; }

    /// <summary>A compressed size other than the data's.</summary>
    public uint? CompressedSize { get; init; }

    /// <summary>An offset of the local header other than the true one.</summary>
    public uint? Offset { get; init; }

    /// <summary>A compression method other than the true one: 12 is bzip2.</summary>
    public ushort? MethodNumber { get; init; }

    /// <summary>A name in the local header other than <see cref="Name"/>.</summary>
    public string? LocalName { get; init; }

    /// <summary>Bytes of an extra field for both headers, complete with id and length.</summary>
    public byte[] Extra { get; init; } = [];
}

/// <summary>Writes zips of any quality, byte by byte: the good ones for tests, and the hostile ones.</summary>
internal sealed class ZipBuilder
{
    private readonly List<ZipMember> _members = [];

    /// <summary>Bytes before the first header, as a self-extracting archive has them.</summary>
    public byte[] Prefix { get; init; } = [];

    public string Comment { get; init; } = "";

    public ZipBuilder Add(ZipMember member)
    {
        _members.Add(member);
        return this;
    }

    public ZipBuilder Add(string name, string text) => Add(new ZipMember(name, Encoding.UTF8.GetBytes(text)));

    public byte[] ToBytes()
    {
        var output = new MemoryStream();
        var central = new MemoryStream();
        output.Write(Prefix);
        using (var local = new BinaryWriter(output, Encoding.UTF8, leaveOpen: true))
        using (var directory = new BinaryWriter(central, Encoding.UTF8, leaveOpen: true))
        {
            foreach (ZipMember member in _members)
            {
                Write(member, local, directory);
            }

            bool zip64 = _members.Exists(m => m.Zip64);
            long start = output.Length;
            local.Write(central.ToArray());
            if (zip64)
            {
                long end = output.Length;
                local.Write(0x06064b50u);
                local.Write(44L);
                local.Write((ushort)45);
                local.Write((ushort)45);
                local.Write(0u);
                local.Write(0u);
                local.Write((long)_members.Count);
                local.Write((long)_members.Count);
                local.Write(central.Length);
                local.Write(start);
                local.Write(0x07064b50u);
                local.Write(0u);
                local.Write(end);
                local.Write(1u);
            }

            local.Write(0x06054b50u);
            local.Write(0u);
            local.Write(zip64 ? ushort.MaxValue : (ushort)_members.Count);
            local.Write(zip64 ? ushort.MaxValue : (ushort)_members.Count);
            local.Write((uint)central.Length);
            local.Write(zip64 ? uint.MaxValue : (uint)start);
            byte[] comment = Encoding.UTF8.GetBytes(Comment);
            local.Write((ushort)comment.Length);
            local.Write(comment);
        }

        return output.ToArray();
    }

    /// <summary>CRC-32 as zip files have it, bit by bit.</summary>
    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320u);
            }
        }

        return ~crc;
    }

    private static void Write(ZipMember member, BinaryWriter local, BinaryWriter directory)
    {
        byte[] name = Encoding.UTF8.GetBytes(member.Name);
        byte[] localName = Encoding.UTF8.GetBytes(member.LocalName ?? member.Name);
        byte[] data = Compress(member);
        uint crc = member.Crc32 ?? Crc32(member.Data);
        uint size = member.Size ?? (uint)member.Data.Length;
        uint compressedSize = member.CompressedSize ?? (uint)data.Length;
        uint offset = member.Offset ?? (uint)local.BaseStream.Position;
        ushort method = member.MethodNumber ?? (ushort)(member.Method == ZipMethod.Stored ? 0 : 8);
        ushort flags = (ushort)(member.Flags | (member.DataDescriptor ? 8 : 0) | (name.Any(b => b > 127) ? 0x800 : 0));
        ushort version = (ushort)(member.Zip64 ? 45 : 20);
        byte[] localExtra = member.Zip64 ? [.. Extra64(size, compressedSize), .. member.Extra] : member.Extra;
        byte[] centralExtra = member.Zip64 ? [.. Extra64(size, compressedSize, offset), .. member.Extra] : member.Extra;

        local.Write(0x04034b50u);
        local.Write(version);
        local.Write(flags);
        local.Write(method);
        local.Write((ushort)0x6000);
        local.Write((ushort)0x5a21);
        local.Write(member.DataDescriptor ? 0 : crc);
        local.Write(member.Zip64 ? uint.MaxValue : member.DataDescriptor ? 0 : compressedSize);
        local.Write(member.Zip64 ? uint.MaxValue : member.DataDescriptor ? 0 : size);
        local.Write((ushort)localName.Length);
        local.Write((ushort)localExtra.Length);
        local.Write(localName);
        local.Write(localExtra);
        local.Write(data);
        if (member.DataDescriptor)
        {
            if (!member.BareDescriptor)
            {
                local.Write(0x08074b50u);
            }

            local.Write(crc);
            if (member.Zip64)
            {
                local.Write((ulong)compressedSize);
                local.Write((ulong)size);
            }
            else
            {
                local.Write(compressedSize);
                local.Write(size);
            }
        }

        directory.Write(0x02014b50u);
        directory.Write((ushort)(version | (member.Host << 8)));
        directory.Write(version);
        directory.Write(flags);
        directory.Write(method);
        directory.Write((ushort)0x6000);
        directory.Write((ushort)0x5a21);
        directory.Write(crc);
        directory.Write(member.Zip64 ? uint.MaxValue : compressedSize);
        directory.Write(member.Zip64 ? uint.MaxValue : size);
        directory.Write((ushort)name.Length);
        directory.Write((ushort)centralExtra.Length);
        directory.Write((ushort)0);
        directory.Write((ushort)0);
        directory.Write((ushort)0);
        directory.Write(member.Host == 3 ? (uint)member.Mode << 16 : 0);
        directory.Write(member.Zip64 ? uint.MaxValue : offset);
        directory.Write(name);
        directory.Write(centralExtra);
    }

    private static byte[] Extra64(params ulong[] values) =>
    [
        1, 0, (byte)(values.Length * 8), 0, .. values.SelectMany(BitConverter.GetBytes),
    ];

    private static byte[] Compress(ZipMember member)
    {
        switch (member.Method)
        {
            case ZipMethod.Stored:
                return member.Data;
            case ZipMethod.DeflatedAsStoredBlocks:
            {
                var blocks = new List<byte>();
                int at = 0;
                do
                {
                    int length = Math.Min(0xffff, member.Data.Length - at);
                    bool last = at + length == member.Data.Length;
                    blocks.AddRange([(byte)(last ? 1 : 0), (byte)length, (byte)(length >> 8), (byte)~length, (byte)(~length >> 8)]);
                    blocks.AddRange(member.Data.AsSpan(at, length));
                    at += length;
                }
                while (at < member.Data.Length);
                return [.. blocks];
            }

            default:
            {
                var output = new MemoryStream();
                using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
                {
                    deflate.Write(member.Data);
                }

                // For no bytes at all the stream writes not even the empty block that others write.
                return member.Data.Length == 0 ? [3, 0] : output.ToArray();
            }
        }
    }
}
