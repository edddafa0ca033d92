using System.Buffers.Binary;
using System.Text;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Zip;

/// <summary>
/// Writes a zip whose bytes say nothing of the machine (APPNOTE 6.3): 1980-01-01 stamps, Unix host and modes, no extra
/// fields, no data descriptors, zip64 only where a number asks for it. It takes members as they are to be stored.
/// </summary>
internal sealed class ZipWriter(string path) : IDisposable
{
    private const int LocalHeaderSize = 30;
    private const int CentralHeaderSize = 46;
    private const ushort Utf8Flag = 0x0800;

    /// <summary>1980-01-01, the first day that the format knows: year 0, month 1, day 1.</summary>
    private const ushort Date = (1 << 5) | 1;

    private readonly HashedFile _file = new(path);
    private readonly MemoryStream _directory = new();
    private readonly byte[] _header = new byte[CentralHeaderSize + 64];
    private long _count;

    /// <summary>Bytes so far.</summary>
    public long Position => _file.Position;

    /// <summary>Begins a member; its <see cref="CompressedEntry.CompressedSize"/> bytes must follow through the Write methods.</summary>
    /// <returns>Bytes of its two headers.</returns>
    public int Begin(ZipPath name, EntryKind kind, in CompressedEntry entry)
    {
        long offset = _file.Position;
        Span<byte> nameBytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(name.Value.Length) is var most and <= 1024 ? most : 0];
        nameBytes = nameBytes.IsEmpty ? Encoding.UTF8.GetBytes(name.Value) : nameBytes[..Encoding.UTF8.GetBytes(name.Value, nameBytes)];
        if (nameBytes.Length > ushort.MaxValue)
        {
            throw new InvalidDataException($"The path {name.Value[..80]}… is longer than a zip can hold.");
        }

        ushort flags = nameBytes.Length == name.Value.Length ? (ushort)0 : Utf8Flag;
        bool largeSizes = entry.Size >= uint.MaxValue || entry.CompressedSize >= uint.MaxValue;
        bool largeOffset = offset >= uint.MaxValue;
        ushort needed = largeSizes || largeOffset ? (ushort)45 : entry.Deflated ? (ushort)20 : (ushort)10;

        // The fields that both headers have, from "version needed" to the length of the name.
        Span<byte> common = stackalloc byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(common, needed);
        BinaryPrimitives.WriteUInt16LittleEndian(common[2..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(common[4..], entry.Deflated ? (ushort)8 : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(common[6..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(common[8..], Date);
        BinaryPrimitives.WriteUInt32LittleEndian(common[10..], entry.Crc32);
        BinaryPrimitives.WriteUInt32LittleEndian(common[14..], largeSizes ? uint.MaxValue : (uint)entry.CompressedSize);
        BinaryPrimitives.WriteUInt32LittleEndian(common[18..], largeSizes ? uint.MaxValue : (uint)entry.Size);
        BinaryPrimitives.WriteUInt16LittleEndian(common[22..], (ushort)nameBytes.Length);

        Span<byte> header = _header;
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x04034b50);
        common.CopyTo(header[4..]);
        int extra = largeSizes ? WriteExtra(header[LocalHeaderSize..], entry.Size, entry.CompressedSize) : 0;
        BinaryPrimitives.WriteUInt16LittleEndian(header[28..], (ushort)extra);
        _file.Write(header[..LocalHeaderSize]);
        _file.Write(nameBytes);
        _file.Write(header.Slice(LocalHeaderSize, extra));
        int size = LocalHeaderSize + extra + nameBytes.Length;

        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x02014b50);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)((3 << 8) | Math.Max(needed, (ushort)20)));
        common.CopyTo(header[6..]);
        header[30..CentralHeaderSize].Clear();
        uint mode = kind switch
        {
            EntryKind.SymbolicLink => 0xA1FF, // 0120777
            EntryKind.Executable => 0x81ED, // 0100755
            _ => 0x81A4, // 0100644
        };
        BinaryPrimitives.WriteUInt32LittleEndian(header[38..], mode << 16);
        BinaryPrimitives.WriteUInt32LittleEndian(header[42..], largeOffset ? uint.MaxValue : (uint)offset);
        extra = (largeSizes, largeOffset) switch
        {
            (true, true) => WriteExtra(header[CentralHeaderSize..], entry.Size, entry.CompressedSize, offset),
            (true, false) => WriteExtra(header[CentralHeaderSize..], entry.Size, entry.CompressedSize),
            (false, true) => WriteExtra(header[CentralHeaderSize..], offset),
            _ => 0,
        };
        BinaryPrimitives.WriteUInt16LittleEndian(header[30..], (ushort)extra);
        _directory.Write(header[..CentralHeaderSize]);
        _directory.Write(nameBytes);
        _directory.Write(header.Slice(CentralHeaderSize, extra));
        _count++;
        return size + CentralHeaderSize + nameBytes.Length + extra;
    }

    public void Write(ReadOnlySpan<byte> data) => _file.Write(data);

    /// <summary>Copies bytes of another file.</summary>
    /// <exception cref="EndOfStreamException">It has fewer.</exception>
    public void Write(SafeFileHandle source, long offset, long count)
    {
        while (count > 0)
        {
            Span<byte> room = _file.GetSpan();
            int read = RandomAccess.Read(source, room[..(int)Math.Min(room.Length, count)], offset);
            if (read == 0)
            {
                throw new EndOfStreamException("A file was cut short while it was being copied into a zip.");
            }

            _file.Advance(read);
            offset += read;
            count -= read;
        }
    }

    /// <summary>Writes the central directory; returns the SHA-256 of the file and its size in bytes.</summary>
    public (byte[] Sha256, long Size) Finish()
    {
        long start = _file.Position;
        _file.Write(_directory.GetBuffer().AsSpan(0, (int)_directory.Length));
        long size = _file.Position - start;
        Span<byte> end = stackalloc byte[22];
        if (_count >= ushort.MaxValue || start >= uint.MaxValue || size >= uint.MaxValue)
        {
            Span<byte> end64 = stackalloc byte[76];
            end64.Clear();
            long offset = _file.Position;
            BinaryPrimitives.WriteUInt32LittleEndian(end64, 0x06064b50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[4..], 44);
            BinaryPrimitives.WriteUInt16LittleEndian(end64[12..], (3 << 8) | 45);
            BinaryPrimitives.WriteUInt16LittleEndian(end64[14..], 45);
            BinaryPrimitives.WriteInt64LittleEndian(end64[24..], _count);
            BinaryPrimitives.WriteInt64LittleEndian(end64[32..], _count);
            BinaryPrimitives.WriteInt64LittleEndian(end64[40..], size);
            BinaryPrimitives.WriteInt64LittleEndian(end64[48..], start);
            BinaryPrimitives.WriteUInt32LittleEndian(end64[56..], 0x07064b50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[64..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(end64[72..], 1);
            _file.Write(end64);
        }

        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)Math.Min(_count, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)Math.Min(_count, ushort.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)Math.Min(size, uint.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)Math.Min(start, uint.MaxValue));
        _file.Write(end);
        return (_file.Finish(), _file.Position);
    }

    public void Dispose()
    {
        _file.Dispose();
        _directory.Dispose();
    }

    private static int WriteExtra(Span<byte> extra, params ReadOnlySpan<long> values)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], (ushort)(values.Length * 8));
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(extra[(4 + (i * 8))..], values[i]);
        }

        return 4 + (values.Length * 8);
    }
}
