using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// Writes the zip of a layer: the same bytes for the same tree and options, whatever way they come about. What a wheel
/// brings deflated keeps the wheel's bytes; all else is deflated by <see cref="DeflateEncoder"/>, or stored where that is
/// not larger.
/// </summary>
internal sealed class LayerPacker(PackOptions options, DiagnosticLog log)
{
    /// <summary>
    /// Of the encoder, for <see cref="LayerCompression.Copy"/>: 9 takes two and a half times as long for 0.4 % (docs/reproducible-zips.md).
    /// </summary>
    public const int CopyLevel = 6;

    /// <summary>Of the encoder, for <see cref="LayerCompression.Smallest"/>.</summary>
    public const int SmallestLevel = 9;

    /// <summary>Most bytes that one piece of work counts for: larger files go through a file of their own.</summary>
    private const long MaxCost = 8 << 20;

    /// <summary>
    /// Writes <paramref name="zipPath"/>, and beside it <paramref name="statePath"/>: what the next build needs to copy
    /// unchanged entries. Neither is trusted before the build has moved both into place.
    /// </summary>
    public PackedLayer Pack(LayerTree tree, string zipPath, string statePath, CancellationToken cancellation)
    {
        ZipIndex? earlier = ZipIndex.TryLoad(options.PreviousState);
        string spillFolder = Path.GetDirectoryName(statePath)!;
        if (options.Compression == LayerCompression.Smallest)
        {
            (PackedLayer smallest, ZipIndex state) = Write(tree, LayerCompression.Smallest, earlier, zipPath, spillFolder, cancellation);
            state.Save(statePath);
            return smallest;
        }

        (PackedLayer copy, ZipIndex copyState) = Write(tree, LayerCompression.Copy, earlier, zipPath, spillFolder, cancellation);
        if (copy.ZippedSize <= options.SmallestAbove)
        {
            copyState.Save(statePath);
            return copy;
        }

        if (PackAgain() is { } packed)
        {
            packed.State.Save(statePath);
            log.Note(
                $"Packed as small as possible, because the zip would have {new ByteSize(copy.ZippedSize)}, more than {new ByteSize(options.SmallestAbove)}; now it has {new ByteSize(packed.Layer.ZippedSize)}.");
            return packed.Layer;
        }

        copyState.Save(statePath);
        return copy;

        (PackedLayer Layer, ZipIndex State)? PackAgain()
        {
            var saving = SmallestSaving.Of(tree, options.CachePath, cancellation);
            if (!saving.MayBring(copy, options.SmallestAbove))
            {
                return null;
            }

            string smallestPath = zipPath + ".smallest";
            try
            {
                (PackedLayer smallest, ZipIndex state) = Write(tree, LayerCompression.Smallest, earlier, smallestPath, spillFolder, cancellation);
                saving.Remember(smallest);
                if (smallest.ZippedSize > options.SmallestAbove)
                {
                    return null;
                }

                File.Move(smallestPath, zipPath, overwrite: true);
                return (smallest with { Path = zipPath }, state);
            }
            finally
            {
                File.Delete(smallestPath);
            }
        }
    }

    private (PackedLayer Layer, ZipIndex State) Write(
        LayerTree tree,
        LayerCompression compression,
        ZipIndex? earlier,
        string zipPath,
        string spillFolder,
        CancellationToken cancellation)
    {
        int level = compression == LayerCompression.Smallest ? SmallestLevel : CopyLevel;
        using var previous = new PreviousZip(options.PreviousZip, earlier?.Level == level ? earlier : null);
        var cache = new DeflatedCache(options.CachePath, level);
        var deflater = new ContentDeflater(level, previous, cache, spillFolder);
        using var wheels = new WheelFiles();
        List<LayerEntry> news = [.. tree.Entries.Where(IsNew)];
        using var prepared = new Prefetch<CompressedContent>(
            news.Count, i => Math.Min(news[i].Content.Size, MaxCost), i => Prepare(news[i], deflater, previous, cancellation));
        using var zip = new ZipWriter(zipPath);
        var packed = new List<PackedEntry>(tree.Entries.Count);
        var origins = new List<PackedContent>(news.Count);
        AddAll();
        WheelFiles.EnsureUnchanged(tree);
        (byte[] sha256, long size) = zip.Finish();
        cache.Trim();
        return (new PackedLayer(zipPath, Convert.ToBase64String(sha256), size, tree.UnzippedSize, packed), new ZipIndex(level, origins));

        void AddAll()
        {
            foreach (LayerEntry entry in tree.Entries)
            {
                cancellation.ThrowIfCancellationRequested();
                Add(entry);
            }
        }

        void Add(LayerEntry entry)
        {
            if (IsEmpty(entry))
            {
                packed.Add(Begin(zip, entry, default));
                return;
            }

            CompressedContent? content = IsNew(entry) ? prepared.Next() : null;
            if (content is null or { IsWheels: true })
            {
                var wheel = (WheelContent)entry.Content;
                WheelMember member = wheel.Member;
                packed.Add(Begin(zip, entry, new CompressedEntry(true, member.Crc32, member.Size, member.CompressedSize)));
                wheels.CopyTo(zip, wheel);
                Remember(entry, content?.Origin, -1);
                return;
            }

            packed.Add(Begin(zip, entry, content.Form));
            Remember(entry, content.Origin, zip.Position);
            content.WriteTo(zip);
        }

        void Remember(LayerEntry entry, PackedContent? origin, long dataOffset)
        {
            if (origin is not null)
            {
                origins.Add(origin with { Path = entry.Path.Value, DataOffset = dataOffset });
            }
        }

        bool IsNew(LayerEntry entry) => !IsEmpty(entry) && (compression == LayerCompression.Smallest || !IsDeflatedInWheel(entry));
    }

    /// <summary>No bytes, whoever says so; of a file on disk it is to be seen.</summary>
    private static bool IsEmpty(LayerEntry entry) => entry.Content is { Size: 0 } and not DiskContent;

    private static bool IsDeflatedInWheel(LayerEntry entry) => entry.Content is WheelContent { Member.Deflated: true, Wheel.Built: false };

    private static PackedEntry Begin(ZipWriter zip, LayerEntry entry, CompressedEntry form) => new(
        entry.Path, entry.Kind, form.Size, form.CompressedSize, zip.Begin(entry.Path, entry.Kind, form), form.Crc32);

    /// <summary>The stored form of an entry; of a wheel's deflated one, the wheel's or ours, whichever is smaller.</summary>
    private static CompressedContent Prepare(LayerEntry entry, ContentDeflater deflater, PreviousZip previous, CancellationToken cancellation)
    {
        if (!IsDeflatedInWheel(entry))
        {
            return deflater.Prepare(entry, cancellation);
        }

        WheelMember member = ((WheelContent)entry.Content).Member;
        if (previous.Find(member.Sha256.Span) is { } known && known.Form.CompressedSize >= member.CompressedSize)
        {
            return CompressedContent.OfWheel(known);
        }

        CompressedContent content = deflater.Prepare(entry, cancellation);
        if (content.Form.CompressedSize < member.CompressedSize)
        {
            return content;
        }

        content.Dispose();
        return CompressedContent.OfWheel(content.Origin);
    }
}
