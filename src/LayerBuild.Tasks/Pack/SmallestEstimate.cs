using System.Buffers;
using System.IO.Compression;
using LayerBuild.Stage;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Pack;

/// <summary>
/// Guesses how small a zip would become, from a sample of what its wheels bring deflated: deflating all of a layer again
/// takes seconds, and is only worth them when it could bring the zip under a limit. Depends on the layer alone.
/// </summary>
internal static class SmallestEstimate
{
    private const int Samples = 16;

    /// <summary>Inflated bytes of a sample.</summary>
    private const int SampleSize = 128 << 10;

    /// <summary>What <see cref="LayerPacker.SmallestLevel"/> needs of what <see cref="LayerPacker.CopyLevel"/> needs, which is faster to try.</summary>
    private const double LevelGain = 0.995;

    /// <returns>Bytes of the zip.</returns>
    public static double Of(LayerTree tree, PackedLayer copy, CancellationToken cancellation)
    {
        List<(WheelContent Content, long End)> members = [];
        long total = 0;
        foreach (LayerEntry entry in tree.Entries)
        {
            if (entry.Content is WheelContent { Member.Deflated: true, Wheel.Built: false } content)
            {
                total += content.Member.CompressedSize;
                members.Add((content, total));
            }
        }

        if (total == 0)
        {
            // New content is deflated at a high level already.
            return copy.ZippedSize;
        }

        // Every n-th byte of the wheels' data: large members are in it, small ones stand for their kind.
        var ratios = new double[Samples];
        SideBySide.For(Samples, i =>
        {
            long at = total * ((2 * i) + 1) / (2 * Samples);
            int index = members.BinarySearch((null!, at), Comparer<(WheelContent Content, long End)>.Create((a, b) => a.End.CompareTo(b.End)));
            ratios[i] = RatioOf(members[index < 0 ? ~index : index].Content);
        }, cancellation);
        return copy.ZippedSize - (total * (1 - ratios.Average()));
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
            using var stored = new MemberStream(file, member.DataOffset, member.CompressedSize);
            using var inflated = new DeflateStream(stored, CompressionMode.Decompress);
            int length = inflated.ReadAtLeast(sample.AsSpan(0, SampleSize), SampleSize, throwOnEndOfStream: false);
            int count = new DeflateEncoder(LayerPacker.CopyLevel).Encode(sample, 0, length, last: true, deflated, out _);
            return stored.Position == 0 ? 1 : Math.Min(1, LevelGain * count / stored.Position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sample);
            ArrayPool<byte>.Shared.Return(deflated);
        }
    }
}
