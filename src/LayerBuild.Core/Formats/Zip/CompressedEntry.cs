namespace LayerBuild.Formats.Zip;

/// <summary>The form in which an entry's bytes lie in a zip.</summary>
/// <param name="Deflated">Else stored.</param>
/// <param name="Crc32">Of the inflated bytes.</param>
/// <param name="Size">Inflated bytes.</param>
/// <param name="CompressedSize">Bytes in the zip, without headers.</param>
internal readonly record struct CompressedEntry(bool Deflated, uint Crc32, long Size, long CompressedSize);
