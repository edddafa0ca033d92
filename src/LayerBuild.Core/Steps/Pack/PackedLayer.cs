using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

/// <summary>A zip that was written, complete, where the packer was told to write it.</summary>
/// <param name="Path">Full path of the zip: a temporary name until the build moves it into place.</param>
/// <param name="CodeSha256">Base64 of the SHA-256 of the file, as Lambda reports it.</param>
/// <param name="ZippedSize">Bytes of the file.</param>
/// <param name="UnzippedSize">Sum of the entries' inflated bytes.</param>
/// <param name="Entries">In the order of the zip, one for each entry of the tree.</param>
internal sealed record PackedLayer(string Path, string CodeSha256, long ZippedSize, long UnzippedSize, IReadOnlyList<PackedEntry> Entries);

/// <summary>One entry of a zip that was written.</summary>
/// <param name="Size">Inflated bytes.</param>
/// <param name="CompressedSize">Bytes of its data in the zip, without headers.</param>
/// <param name="HeaderSize">Bytes of its local and central header.</param>
/// <param name="Crc32">Of the inflated bytes.</param>
internal sealed record PackedEntry(ZipPath Path, EntryKind Kind, long Size, long CompressedSize, int HeaderSize, uint Crc32);
