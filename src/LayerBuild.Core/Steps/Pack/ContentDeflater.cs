using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ICSharpCode.SharpZipLib.Checksum;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// Finds the stored form of content that no wheel brings deflated: from the previous zip, from the machine's cache, or by
/// deflating it. The form depends on the content and the level alone: deflated, or stored where that is not larger.
/// </summary>
/// <param name="spillFolder">Full path of a folder for deflated bytes that are too many for memory.</param>
internal sealed class ContentDeflater(int level, PreviousZip previous, DeflatedCache cache, string spillFolder)
{
    /// <summary>Pieces of one large file that are in memory at the same time.</summary>
    private const int MaxPieces = 8;

    private static readonly ConcurrentDictionary<int, ConcurrentBag<DeflateEncoder>> Encoders = [];

    private readonly ConcurrentBag<DeflateEncoder> _encoders = Encoders.GetOrAdd(level, _ => []);

    /// <summary>May be called from any thread.</summary>
    public CompressedContent Prepare(LayerEntry entry, CancellationToken cancellation)
    {
        string path = entry.Path.Value;
        long size = entry.Content.Size;
        FileStamp stamp = entry.Content is DiskContent disk ? FileStamp.Of(disk.Path) : FileStamp.None;
        if (previous.Find(path, stamp) is { } unchanged && previous.Read(unchanged) is { } copied)
        {
            return copied;
        }

        // Content whose hash is known without reading it may not need to be read at all.
        byte[] sha256 = new byte[SHA256.HashSizeInBytes];
        bool isHashed = entry.Content is not DiskContent;
        if (isHashed)
        {
            entry.Content.HashTo(sha256);
            if (Find(path, sha256, size, isHashed, stamp) is { } known)
            {
                return known;
            }
        }

        return size <= DeflateEncoder.PieceSize
            ? PrepareSmall(entry, sha256, isHashed, stamp)
            : PrepareLarge(entry, sha256, isHashed, stamp, cancellation);
    }

    private CompressedContent? Find(string path, byte[] sha256, long size, bool isHashed, FileStamp stamp)
    {
        if (previous.Find(sha256) is { } moved && previous.Read(moved with { Path = path, Stamp = stamp }) is { } copied)
        {
            return copied;
        }

        return cache.Keeps(size, !isHashed) ? cache.Find(path, sha256, size, stamp) : null;
    }

    private CompressedContent PrepareSmall(LayerEntry entry, byte[] sha256, bool isHashed, FileStamp stamp)
    {
        int size = (int)entry.Content.Size;
        byte[]? raw = ArrayPool<byte>.Shared.Rent(Math.Max(size, 1));
        byte[]? deflated = null;
        try
        {
            using (Stream stream = entry.Content.Open())
            {
                if (stream.ReadAtLeast(raw.AsSpan(0, size), size, throwOnEndOfStream: false) < size || stream.ReadByte() >= 0)
                {
                    throw Changed(entry);
                }
            }

            if (size == 0)
            {
                return CompressedContent.Nothing;
            }

            if (!isHashed)
            {
                SHA256.HashData(raw.AsSpan(0, size), sha256);
                if (Find(entry.Path.Value, sha256, size, isHashed, stamp) is { } known)
                {
                    return known;
                }
            }

            var crc = new Crc32();
            crc.Update(new ArraySegment<byte>(raw, 0, size));
            int start = 0;
            int count = size;
            if (size >= DeflateEncoder.SmallestSize)
            {
                deflated = ArrayPool<byte>.Shared.Rent(DeflateEncoder.MaxSize(size));
                count = Encode(raw, 0, size, last: true, deflated, out start);
            }

            bool smaller = count < size;
            byte[] data = smaller ? deflated! : raw;
            (start, count) = smaller ? (start, count) : (0, size);
            var form = new CompressedEntry(smaller, (uint)crc.Value, size, count);
            var origin = new PackedContent(entry.Path.Value, sha256, stamp, form, -1, SHA256.HashData(data.AsSpan(start, count)));
            if (cache.Keeps(size, !isHashed))
            {
                cache.Add(origin, file => file.Write(data.AsSpan(start, count)));
            }

            // The result owns its buffer from here on.
            if (smaller)
            {
                deflated = null;
            }
            else
            {
                raw = null;
            }

            return CompressedContent.InMemory(form, data, start, origin);
        }
        finally
        {
            Return(raw);
            Return(deflated);
        }
    }

    private CompressedContent PrepareLarge(LayerEntry entry, byte[] sha256, bool isHashed, FileStamp stamp, CancellationToken cancellation)
    {
        (byte[] hash, uint crc) = Hash(entry, cancellation);
        if (!isHashed)
        {
            hash.CopyTo(sha256, 0);
            if (Find(entry.Path.Value, sha256, entry.Content.Size, isHashed, stamp) is { } known)
            {
                return known;
            }
        }
        else if (!hash.AsSpan().SequenceEqual(sha256))
        {
            throw Changed(entry);
        }

        // Where DeleteOnClose fails (a killed process), the folder is the build's own and the name says what it was.
        string spill = Path.Combine(spillFolder, $"{Guid.NewGuid():N}.tmp");
        SafeFileHandle? file = File.OpenHandle(spill, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.DeleteOnClose);
        try
        {
            using IncrementalHash dataSha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long count = Deflate(entry, file, dataSha256, hash, cancellation);
            bool smaller = count < entry.Content.Size;
            if (!smaller)
            {
                count = CopyRaw(entry, file, hash, cancellation);
            }

            var form = new CompressedEntry(smaller, crc, entry.Content.Size, count);
            var origin = new PackedContent(entry.Path.Value, sha256, stamp, form, -1, smaller ? dataSha256.GetHashAndReset() : sha256);
            SafeFileHandle data = file;
            if (cache.Keeps(origin.Form.Size, !isHashed))
            {
                cache.Add(origin, target => Copy(data, count, target, cancellation));
            }

            file = null;
            return CompressedContent.InFile(form, data, 0, origin, ownsFile: true);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Deflates the pieces of a large file side by side, a few at a time.</summary>
    /// <returns>Bytes written.</returns>
    private long Deflate(LayerEntry entry, SafeFileHandle target, IncrementalHash dataSha256, byte[] expected, CancellationToken cancellation)
    {
        int pieces = Math.Clamp(Environment.ProcessorCount, 1, MaxPieces);
        byte[][] input = new byte[pieces][];
        byte[][] output = new byte[pieces][];
        var results = new (int Start, int Count)[pieces];
        using Stream stream = entry.Content.Open();
        using IncrementalHash check = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] window = [];
        long left = entry.Content.Size;
        long written = 0;
        try
        {
            for (int i = 0; i < pieces; i++)
            {
                input[i] = ArrayPool<byte>.Shared.Rent(DeflateEncoder.WindowSize + DeflateEncoder.PieceSize);
                output[i] = ArrayPool<byte>.Shared.Rent(DeflateEncoder.MaxSize(DeflateEncoder.PieceSize));
            }

            while (left > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                int group = 0;
                var lengths = new (int Window, int Length, bool Last)[pieces];
                for (; group < pieces && left > 0; group++)
                {
                    int length = (int)Math.Min(DeflateEncoder.PieceSize, left);
                    window.CopyTo(input[group], 0);
                    if (stream.ReadAtLeast(input[group].AsSpan(window.Length, length), length, throwOnEndOfStream: false) < length)
                    {
                        throw Changed(entry);
                    }

                    check.AppendData(input[group], window.Length, length);
                    left -= length;
                    lengths[group] = (window.Length, length, left == 0);
                    int end = window.Length + length;
                    window = left == 0 ? [] : input[group].AsSpan(end - DeflateEncoder.WindowSize, DeflateEncoder.WindowSize).ToArray();
                }

                SideBySide.For(group, i =>
                {
                    (int start, int length, bool last) = lengths[i];
                    int count = Encode(input[i], start, length, last, output[i], out int skip);
                    results[i] = (skip, count);
                }, cancellation);
                for (int i = 0; i < group; i++)
                {
                    ReadOnlySpan<byte> data = output[i].AsSpan(results[i].Start, results[i].Count);
                    dataSha256.AppendData(data);
                    RandomAccess.Write(target, data, written);
                    written += data.Length;
                }
            }

            return check.GetHashAndReset().AsSpan().SequenceEqual(expected) ? written : throw Changed(entry);
        }
        finally
        {
            Array.ForEach(input, Return);
            Array.ForEach(output, Return);
        }
    }

    private int Encode(byte[] buffer, int start, int length, bool last, byte[] output, out int skip)
    {
        if (!_encoders.TryTake(out DeflateEncoder? encoder))
        {
            encoder = new DeflateEncoder(level);
        }

        int count = encoder.Encode(buffer, start, length, last, output, out skip);
        _encoders.Add(encoder);
        return count;
    }

    private static (byte[] Sha256, uint Crc32) Hash(LayerEntry entry, CancellationToken cancellation)
    {
        using Stream stream = entry.Content.Open();
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var crc = new Crc32();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            long size = 0;
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                sha256.AppendData(buffer, 0, read);
                crc.Update(new ArraySegment<byte>(buffer, 0, read));
                size += read;
            }

            return size == entry.Content.Size ? (sha256.GetHashAndReset(), (uint)crc.Value) : throw Changed(entry);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long CopyRaw(LayerEntry entry, SafeFileHandle target, byte[] expected, CancellationToken cancellation)
    {
        using Stream stream = entry.Content.Open();
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            long written = 0;
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                sha256.AppendData(buffer, 0, read);
                RandomAccess.Write(target, buffer.AsSpan(0, read), written);
                written += read;
            }

            return sha256.GetHashAndReset().AsSpan().SequenceEqual(expected) ? written : throw Changed(entry);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Copy(SafeFileHandle source, long count, Stream target, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            for (long done = 0; done < count;)
            {
                cancellation.ThrowIfCancellationRequested();
                int read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - done)), done);
                target.Write(buffer.AsSpan(0, read));
                done += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Return(byte[]? buffer)
    {
        if (buffer is { Length: > 0 })
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static DiagnosticException Changed(LayerEntry entry) => new(Diagnostic.Error(
        "LB1020",
        $"The file {(entry.Content as DiskContent)?.Path ?? entry.Path.Value} changed while it was being packed. Build again when whatever writes it has finished."));
}
