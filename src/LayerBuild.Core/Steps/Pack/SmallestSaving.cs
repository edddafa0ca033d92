using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// What deflating the files of a layer's wheels again would save. It takes seconds, and is only worth them when it could
/// bring the zip under a limit: a sample tells first, and what came out is kept in the machine's cache
/// (<c>smallest/&lt;hash of the wheels' files&gt;</c>). Whatever is known already, the answers depend on the layer alone.
/// </summary>
internal sealed class SmallestSaving
{
    private const int Samples = 48;

    /// <summary>Inflated bytes of a sample.</summary>
    private const int SampleSize = 32 << 10;

    /// <summary>By how much of the wheels' bytes the sample may be wrong.</summary>
    private const double Doubt = 0.01;

    // Change it whenever the layout below, the sample, or the deflate encoder, changes.
    private static readonly byte[] Magic = "LBSMALL\x02"u8.ToArray();

    private readonly string? _path;
    private readonly LayerTree _tree;
    private readonly byte[] _key;
    private readonly long _total;

    /// <summary>Bytes, as the sample has it.</summary>
    private readonly long _estimate;

    /// <summary>Bytes; negative when it was never tried.</summary>
    private readonly long _known = -1;

    private SmallestSaving(LayerTree tree, string? cachePath, CancellationToken cancellation)
    {
        _tree = tree;
        using IncrementalHash key = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        key.AppendData(Magic);
        Span<byte> row = stackalloc byte[sizeof(long) + SHA256.HashSizeInBytes];
        foreach (LayerEntry entry in tree.Entries)
        {
            if (entry.Content is WheelContent { Member.Deflated: true, Wheel.Built: false } content)
            {
                _total += content.Member.CompressedSize;
                BinaryPrimitives.WriteInt64LittleEndian(row, content.Member.CompressedSize);
                content.Member.Sha256.Span.CopyTo(row[sizeof(long)..]);
                key.AppendData(row);
            }
        }

        _key = key.GetHashAndReset();
        _path = cachePath is null ? null : Path.Combine(cachePath, "smallest", Convert.ToHexStringLower(_key));
        if (Load() is var (estimate, known))
        {
            (_estimate, _known) = (estimate, known);
        }
        else
        {
            _estimate = Estimate(tree, _total, cancellation);
            Save(_estimate, -1);
        }
    }

    public static SmallestSaving Of(LayerTree tree, string? cachePath, CancellationToken cancellation) => new(tree, cachePath, cancellation);

    /// <summary>Whether the zip may come down to <paramref name="limit"/> bytes.</summary>
    public bool MayBring(PackedLayer copy, long limit)
    {
        if (copy.ZippedSize - _estimate - (Doubt * _total) > limit)
        {
            return false;
        }

        // What no wheel brought deflated may become smaller too, but never less than nothing.
        long others = copy.Entries.Sum(e => e.CompressedSize) - _total;
        return _known < 0 || copy.ZippedSize - _known - others <= limit;
    }

    /// <summary>Keeps what came out for later builds of layers with the same wheels.</summary>
    public void Remember(PackedLayer smallest)
    {
        long saved = _tree.Entries.Zip(smallest.Entries)
            .Where(pair => pair.First.Content is WheelContent { Member.Deflated: true, Wheel.Built: false })
            .Sum(pair => ((WheelContent)pair.First.Content).Member.CompressedSize - pair.Second.CompressedSize);
        Save(_estimate, saved);
    }

    private static long Estimate(LayerTree tree, long total, CancellationToken cancellation)
    {
        if (total == 0)
        {
            // New content is deflated at a high level already.
            return 0;
        }

        // Every n-th byte of the wheels' data: large members are in it, small ones stand for their kind.
        List<(WheelContent Content, long End)> members = [];
        long end = 0;
        foreach (LayerEntry entry in tree.Entries)
        {
            if (entry.Content is WheelContent { Member.Deflated: true, Wheel.Built: false } content)
            {
                end += content.Member.CompressedSize;
                members.Add((content, end));
            }
        }

        var ratios = new double[Samples];
        SideBySide.For(Samples, i =>
        {
            long at = total * ((2 * i) + 1) / (2 * Samples);
            int index = members.BinarySearch((null!, at), Comparer<(WheelContent Content, long End)>.Create((a, b) => a.End.CompareTo(b.End)));
            ratios[i] = RatioOf(members[index < 0 ? ~index : index].Content);
        }, cancellation);
        return (long)(total * (1 - ratios.Average()));
    }

    /// <summary>Bytes that the encoder needs for the beginning of a member, per byte that the wheel needs.</summary>
    private static double RatioOf(WheelContent content)
    {
        WheelMember member = content.Member;
        byte[] sample = ArrayPool<byte>.Shared.Rent(SampleSize);
        byte[] deflated = ArrayPool<byte>.Shared.Rent(DeflateEncoder.MaxSize(SampleSize));
        try
        {
            using SafeFileHandle file = File.OpenHandle(content.Wheel.Path);
            using var stored = new MemberStream(file, member.DataOffset, member.CompressedSize) { ReadSize = 64 };
            using var inflated = new DeflateStream(stored, CompressionMode.Decompress);
            int length = inflated.ReadAtLeast(sample.AsSpan(0, SampleSize), SampleSize, throwOnEndOfStream: false);
            int count = new DeflateEncoder(LayerPacker.SmallestLevel).Encode(sample, 0, length, last: true, deflated, out _);
            return stored.Position == 0 ? 1 : Math.Min(1, (double)count / stored.Position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sample);
            ArrayPool<byte>.Shared.Return(deflated);
        }
    }

    private (long Estimate, long Known)? Load() =>
        _path is not null && SealedFile.TryRead(_path, Magic) is var (_, reader) && reader.ReadBytes(_key.Length).AsSpan().SequenceEqual(_key)
            ? (reader.ReadInt64(), reader.ReadInt64())
            : null;

    private void Save(long estimate, long known)
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next build finds out again.
            return;
        }

        AtomicFile.TryWrite(_path, SealedFile.Seal(Magic, writer =>
        {
            writer.Write(_key);
            writer.Write(estimate);
            writer.Write(known);
        }));
    }
}
