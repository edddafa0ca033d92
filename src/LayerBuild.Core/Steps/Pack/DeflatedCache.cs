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

    /// <summary>A file that was used this recently is not touched again, and not deleted.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromDays(1);

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
            if (RandomAccess.Read(file, header, 0) != HeaderSize
                || !header.AsSpan().StartsWith(Magic)
                || !SHA256.HashData(header.AsSpan(0, HeaderSize - SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(header.AsSpan(HeaderSize - SHA256.HashSizeInBytes)))
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

            Touch(place, file);
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
        Magic.CopyTo(header, 0);
        header[8] = origin.Form.Deflated ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), origin.Form.Crc32);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), origin.Form.Size);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), origin.Form.CompressedSize);
        origin.DataSha256.Span.CopyTo(header.AsSpan(FormSize));
        SHA256.HashData(header.AsSpan(0, HeaderSize - SHA256.HashSizeInBytes), header.AsSpan(HeaderSize - SHA256.HashSizeInBytes));

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
            DateTime now = DateTime.UtcNow;
            string folder = Path.Combine(root!, "deflated");
            string marker = Path.Combine(folder, "trimmed");
            if (now - File.GetLastWriteTimeUtc(marker) < Recent)
            {
                return;
            }

            File.WriteAllBytes(marker, []);
            FileInfo[] files = [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)];
            long total = files.Sum(f => f.Length);
            foreach (FileInfo file in files.OrderBy(f => f.LastWriteTimeUtc))
            {
                if (total <= Capacity || now - file.LastWriteTimeUtc < Recent)
                {
                    break;
                }

                total -= file.Length;
                Delete(file.FullName);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another build is at it; tomorrow is another day.
        }
    }

    private static void Touch(string place, SafeFileHandle file)
    {
        if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) < Recent)
        {
            return;
        }

        try
        {
            File.SetLastWriteTimeUtc(place, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that is only read.
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
