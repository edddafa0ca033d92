using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using ICSharpCode.SharpZipLib.Checksum;
using LayerBuild.Files;
using LayerBuild.Formats.Zip;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Osv;

/// <summary>
/// The records of an export, <c>all.zip</c>. It is open from the scan to the end, so that a new export that takes its name does not
/// mix with it.
/// </summary>
internal sealed class OsvZip : OsvSource
{
    /// <summary>Bytes of all records: several times what the largest ecosystem has.</summary>
    private const long MaxSize = 4L << 30;

    /// <summary>Bytes of indexes that are kept. One is about a twentieth of its zip.</summary>
    private const long MaxIndexes = 256 << 20;

    private const string IndexSuffix = ".index";

    private static readonly string TooMuch = string.Create(
        CultureInfo.InvariantCulture, $"it holds more than {MaxRecords:N0} records or {MaxSize:N0} bytes of them; take the export of one ecosystem");

    // Change it whenever the layout below, that of OsvIndex, or anything that the scan reads, changes.
    private static readonly byte[] Magic = "LBOSV\x01"u8.ToArray();

    private static readonly RecentUse Use = new(TimeSpan.FromHours(1));

    private readonly SafeFileHandle _file;
    private readonly ZipMemberHeader[] _members;

    private OsvZip(string path, SafeFileHandle file, ZipMemberHeader[] members)
    {
        Path = path;
        _file = file;
        _members = members;
    }

    public override string Path { get; }

    /// <param name="path">Full path of the zip.</param>
    /// <param name="cache">Full path of a folder that keeps the index, by the hash of the zip's bytes; null for none.</param>
    /// <exception cref="InvalidDataException">It is not a zip, or holds more than anybody needs.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OsvZip Open(string path, string? cache, CancellationToken cancellation)
    {
        SafeFileHandle file = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
        try
        {
            if (RandomAccess.GetLength(file) > MaxSize)
            {
                throw new InvalidDataException(TooMuch);
            }

            // The hash of every byte, at every use: an index can be missing, but never that of another zip.
            string? place = cache is null ? null : System.IO.Path.Combine(cache, Hash(file, cancellation) + IndexSuffix);
            if (place is not null && TryLoad(place) is { } known)
            {
                Use.Mark(new FileInfo(place));
                return new OsvZip(path, file, known.Members) { Index = known.Index };
            }

            ZipMemberHeader[] members = [.. ZipDirectory.Read(file).Where(m => m.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))];
            if (members.Length > MaxRecords || members.Sum(m => m.Size) > MaxSize)
            {
                throw new InvalidDataException(TooMuch);
            }

            OsvIndex index = Scan(
                members.Length,
                (int i, ref byte[] buffer) => Inflate(file, members[i], ref buffer),
                i => members[i].Name,
                i => members[i].ModifiedOn,
                cancellation);
            if (place is not null)
            {
                TrySave(place, members, index);
            }

            return new OsvZip(path, file, members) { Index = index };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override string NameOf(int place) => _members[place].Name;

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    protected override ReadOnlyMemory<byte> Bytes(int place, ref byte[] buffer) => Inflate(_file, _members[place], ref buffer);

    private static ReadOnlyMemory<byte> Inflate(SafeFileHandle file, ZipMemberHeader member, ref byte[] buffer)
    {
        if (member.Size > MaxRecordSize)
        {
            throw new InvalidDataException("it is too large for a record");
        }

        // One byte more shows whether there is more than the header says.
        int size = (int)member.Size;
        Grow(ref buffer, size + 1);
        using var stored = new MemberStream(file, member.DataOffset, member.CompressedSize);
        using Stream content = member.Method == 0 ? stored : new DeflateStream(stored, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            if (content.ReadAtLeast(buffer.AsSpan(0, size + 1), size + 1, throwOnEndOfStream: false) != size)
            {
                throw new InvalidDataException("its size is not what its header says");
            }
        }
        catch (IOException e)
        {
            throw new InvalidDataException(e.Message, e);
        }

        var crc = new Crc32();
        crc.Update(new ArraySegment<byte>(buffer, 0, size));
        return (uint)crc.Value == member.Crc32 ? buffer.AsMemory(0, size) : throw new InvalidDataException("its checksum is not what its header says");
    }

    private static string Hash(SafeFileHandle file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 18];
        long length = RandomAccess.GetLength(file);
        long at = 0;
        while (at < length && RandomAccess.Read(file, buffer, at) is > 0 and int read)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static (ZipMemberHeader[] Members, OsvIndex Index)? TryLoad(string path)
    {
        if (SealedFile.TryRead(path, Magic) is not { } file)
        {
            return null;
        }

        using BinaryReader reader = file.Reader;
        try
        {
            var members = new ZipMemberHeader[reader.ReadInt32()];
            for (int i = 0; i < members.Length; i++)
            {
                members[i] = new ZipMemberHeader(
                    reader.ReadString(), reader.ReadByte(), 0, reader.ReadUInt32(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            }

            return (members, OsvIndex.Read(reader));
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static void TrySave(string path, ZipMemberHeader[] members, OsvIndex index)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder);
            (FileSystemInfo, long)[] others = [.. new DirectoryInfo(folder).EnumerateFiles("*" + IndexSuffix).Select(f => ((FileSystemInfo)f, f.Length))];
            foreach (FileSystemInfo old in Use.Surplus(others, MaxIndexes))
            {
                old.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next build that may write there makes room.
        }

        AtomicFile.TryWrite(path, SealedFile.Seal(
            Magic,
            writer =>
            {
                writer.Write(members.Length);
                foreach (ZipMemberHeader member in members)
                {
                    writer.Write(member.Name);
                    writer.Write((byte)member.Method);
                    writer.Write(member.Crc32);
                    writer.Write7BitEncodedInt64(member.CompressedSize);
                    writer.Write7BitEncodedInt64(member.Size);
                    writer.Write7BitEncodedInt64(member.DataOffset);
                }

                index.Write(writer);
            },
            members.Length * 64));
    }
}
