using LayerBuild.Files;

namespace LayerBuild.Formats.Wheel;

/// <summary>A small <see cref="SealedFile"/> beside a wheel in the cache that remembers what was learnt from it.</summary>
internal static class WheelNote
{
    /// <param name="magic">Of the kind of note and its layout.</param>
    /// <returns>The bytes of the note and where its content begins; null when there is none for this wheel.</returns>
    public static (byte[] Bytes, BinaryReader Reader)? TryRead(string path, ReadOnlySpan<byte> magic, ResolvedWheel wheel) =>
        SealedFile.TryRead(path, magic) is var (bytes, reader) && reader.ReadString() == wheel.Sha256 ? (bytes, reader) : null;

    /// <summary>Writes a note; a cache that cannot be written costs time, no more.</summary>
    public static void TryWrite(string path, ReadOnlySpan<byte> magic, ResolvedWheel wheel, Action<BinaryWriter> content) =>
        AtomicFile.TryWrite(path, SealedFile.Seal(magic, writer =>
        {
            writer.Write(wheel.Sha256);
            content(writer);
        }));
}
