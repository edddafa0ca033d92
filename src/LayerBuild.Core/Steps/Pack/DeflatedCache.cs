using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using LayerBuild.Files;
using LayerBuild.Formats.Zip;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// Content that this machine deflated before, by the SHA-256 of its inflated bytes: <c>deflated/ab/abcd….6</c> below the
/// cache's path, the last part being the level. Files come in by renaming and are hashed when they are used; a missing,
/// damaged or unwritable one only costs time.
/// </summary>
/// <param name="root">Full path of the machine's cache; null for none.</param>
internal sealed class DeflatedCache(string? root, int level)
{
    /// <summary>
    /// Inflated bytes below which a file of the user's is not kept: deflating it again costs no more than a file does. What
    /// packages bring and what is made for them is the same in many builds, which need no encoder if all of it is here.
    /// </summary>
    public const int SmallestFile = 8 << 10;

    /// <summary>Bytes of the cache; the least recently used files go first.</summary>
    private const long Capacity = 1_000_000_000;

    private const int FormSize = 32;
    private const int HeaderSize = FormSize + (2 * SHA256.HashSizeInBytes);

    /// <summary>How often the cache is trimmed, and what counts as used just now.</summary>
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly RecentUse Use = new(Day);

    // Change it whenever the layout of the header, or the deflate encoder, changes.
    private static readonly byte[] Magic = "LBDEFL\x01\n"u8.ToArray();

    private volatile bool _grown;
    private volatile bool _broken = root is null;

    /// <param name="size">Inflated bytes.</param>
    /// <param name="isFile">It is a file of the user's.</param>
    public bool Keeps(long size, bool isFile) => !_broken && size >= (isFile ? SmallestFile : DeflateEncoder.SmallestSize);

    /// <returns>The stored bytes; null when they are not here.</returns>
    public CompressedContent? Find(string path, ReadOnlyMemory<byte> sha256, long size, FileStamp stamp)
    {
        SafeFileHandle? file = null;
        try
        {
            string place = PlaceOf(sha256.Span);
            if (!File.Exists(place))
            {
                return null;
            }

            file = File.OpenHandle(place);
            byte[] header = new byte[HeaderSize];
            if (RandomAccess.Read(file, header, 0) != HeaderSize || !SealedFile.IsWhole(header, Magic))
            {
                return null;
            }

            var form = new CompressedEntry(
                header[8] != 0,
                BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12)),
                BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16)),
                BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(24)));
            if (form.Size != size)
            {
                return null;
            }

            Use.Mark(new FileInfo(place));
            var origin = new PackedContent(path, sha256, stamp, form, -1, header.AsMemory(FormSize, SHA256.HashSizeInBytes));
            CompressedContent? found = CompressedContent.Verified(file, RandomAccess.GetLength(file), HeaderSize, origin, ownsFile: true);
            file = found is null ? file : null;
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Keeps stored bytes, if it can.</summary>
    /// <param name="write">Writes the bytes of <see cref="PackedContent.Form"/> to a stream.</param>
    public void Add(PackedContent origin, Action<Stream> write)
    {
        byte[] header = new byte[HeaderSize];
        header[8] = origin.Form.Deflated ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), origin.Form.Crc32);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), origin.Form.Size);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), origin.Form.CompressedSize);
        origin.DataSha256.Span.CopyTo(header.AsSpan(FormSize));
        SealedFile.Seal(header, Magic);

        string place = PlaceOf(origin.Sha256.Span);
        string temporary = AtomicFile.Beside(place);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                file.Write(header);
                write(file);
            }

            File.Move(temporary, place, overwrite: true);
            _grown = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Full, or not ours to write: the build goes on without.
            _broken = true;
            Delete(temporary);
        }
    }

    /// <summary>Deletes the least recently used files when there are too many bytes of them; looks once a day.</summary>
    public void Trim()
    {
        if (!_grown || _broken)
        {
            return;
        }

        try
        {
            string folder = Path.Combine(root!, "deflated");
            string marker = Path.Combine(folder, "trimmed");
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(marker) < Day)
            {
                return;
            }

            File.WriteAllBytes(marker, []);
            (FileSystemInfo, long)[] files = [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Select(f => ((FileSystemInfo)f, f.Length))];
            foreach (FileSystemInfo file in Use.Surplus(files, Capacity))
            {
                Delete(file.FullName);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another build is at it; tomorrow is another day.
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone already, or in use.
        }
    }

    private string PlaceOf(ReadOnlySpan<byte> sha256)
    {
        string hex = Convert.ToHexStringLower(sha256);
        return Path.Combine(root!, "deflated", hex[..2], string.Create(CultureInfo.InvariantCulture, $"{hex}.{level}"));
    }
}
