using ICSharpCode.SharpZipLib.Checksum;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Stage;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Pack;

/// <summary>How a layer is packed.</summary>
internal sealed record PackOptions
{
    public LayerCompression Compression { get; init; }

    /// <summary>Zip of an earlier build whose unchanged entries may be copied; null or missing for none.</summary>
    public string? PreviousZip { get; init; }

    /// <summary>What <see cref="PreviousZip"/> was made of, as this packer wrote it; full path, may be missing.</summary>
    public string? PreviousState { get; init; }

    /// <summary>Full path of the machine's cache of deflated content; null for none.</summary>
    public string? CachePath { get; init; }

    /// <summary>Bytes of a zip above which it is packed smallest by itself.</summary>
    public long SmallestAbove { get; init; } = 52_428_800;
}

/// <summary>Writes the zip of a layer: the same bytes for the same tree and options, whatever way they come about.</summary>
internal sealed class LayerPacker(PackOptions options, DiagnosticLog log)
{
    /// <summary>
    /// Writes <paramref name="zipPath"/>, and beside it <paramref name="statePath"/>: what the next build needs to copy
    /// unchanged entries. Neither is trusted before the build has moved both into place.
    /// </summary>
    public PackedLayer Pack(LayerTree tree, string zipPath, string statePath, CancellationToken cancellation)
    {
        _ = options;
        _ = log;
        var packed = new List<PackedEntry>(tree.Entries.Count);
        var wheels = new Dictionary<string, SafeFileHandle>(StringComparer.Ordinal);
        try
        {
            using var zip = new ZipWriter(zipPath);
            var encoder = new DeflateEncoder(6);
            foreach (LayerEntry entry in tree.Entries)
            {
                cancellation.ThrowIfCancellationRequested();
                if (entry.Content is WheelContent { Member.Deflated: true, Size: > 0 } wheel)
                {
                    if (!wheels.TryGetValue(wheel.Wheel.Path, out SafeFileHandle? file))
                    {
                        wheels[wheel.Wheel.Path] = file = File.OpenHandle(wheel.Wheel.Path);
                    }

                    var stored = new StoredEntry(true, wheel.Member.Crc32, wheel.Size, wheel.Member.CompressedSize);
                    packed.Add(Begin(zip, entry, stored));
                    zip.Write(file, wheel.Member.DataOffset, wheel.Member.CompressedSize);
                    continue;
                }

                using Stream stream = entry.Content.Open();
                byte[] bytes = new byte[entry.Content.Size];
                stream.ReadExactly(bytes);
                var crc = new Crc32();
                crc.Update(bytes);
                var deflated = new MemoryStream();
                byte[] output = new byte[DeflateEncoder.MaxSize(Math.Min(bytes.Length, DeflateEncoder.PieceSize))];
                for (int at = 0; at < bytes.Length; at += DeflateEncoder.PieceSize)
                {
                    int length = Math.Min(DeflateEncoder.PieceSize, bytes.Length - at);
                    int count = encoder.Encode(bytes, at, length, at + length == bytes.Length, output, out int skip);
                    deflated.Write(output, skip, count);
                }

                bool smaller = deflated.Length < bytes.Length;
                packed.Add(Begin(zip, entry, new StoredEntry(smaller, (uint)crc.Value, bytes.Length, smaller ? deflated.Length : bytes.Length)));
                zip.Write(smaller ? deflated.GetBuffer().AsSpan(0, (int)deflated.Length) : bytes);
            }

            (byte[] sha256, long size) = zip.Finish();
            File.WriteAllText(statePath, "");
            return new PackedLayer(zipPath, Convert.ToBase64String(sha256), size, tree.UnzippedSize, packed);
        }
        finally
        {
            foreach (SafeFileHandle file in wheels.Values)
            {
                file.Dispose();
            }
        }
    }

    private static PackedEntry Begin(ZipWriter zip, LayerEntry entry, StoredEntry stored) => new(
        entry.Path, entry.Kind, stored.Size, stored.CompressedSize, zip.Begin(entry.Path, entry.Kind, stored), stored.Crc32);
}
