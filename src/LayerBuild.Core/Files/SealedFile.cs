using System.Security.Cryptography;
using System.Text;

namespace LayerBuild.Files;

/// <summary>
/// What a build remembers for the next one: a mark of the kind and layout, the content, and the SHA-256 of both. A file that is
/// half-written, damaged, or of another version is as good as none. A large file has a sealed head, which says how to check the rest.
/// </summary>
internal static class SealedFile
{
    /// <returns>All bytes of the file, and a reader of them that stands where the content begins; null when there is none.</returns>
    public static (byte[] Bytes, BinaryReader Reader)? TryRead(string path, ReadOnlySpan<byte> magic)
    {
        try
        {
            return Open(File.ReadAllBytes(path), magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>The bytes of a file, and a reader of them that stands where the content begins; null when they are not whole.</returns>
    public static (byte[] Bytes, BinaryReader Reader)? Open(byte[] bytes, ReadOnlySpan<byte> magic) => IsWhole(bytes, magic)
        ? (bytes, new BinaryReader(new MemoryStream(bytes, 0, bytes.Length - SHA256.HashSizeInBytes) { Position = magic.Length }, Encoding.UTF8))
        : null;

    /// <summary>Whether bytes begin with the mark and end with the hash of all before it: a file, or the head of one.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < magic.Length || !bytes.StartsWith(magic))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..end], hash);
        return hash.SequenceEqual(bytes[end..]);
    }

    /// <summary>Writes the mark to the start of <paramref name="bytes"/>, and to their end the hash of all before it.</summary>
    public static void Seal(Span<byte> bytes, ReadOnlySpan<byte> magic)
    {
        magic.CopyTo(bytes);
        int end = bytes.Length - SHA256.HashSizeInBytes;
        SHA256.HashData(bytes[..end], bytes[end..]);
    }

    /// <param name="capacity">About how many bytes there will be.</param>
    /// <returns>The bytes of the file, for one of the ways to write it.</returns>
    public static ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> magic, Action<BinaryWriter> content, int capacity = 0)
    {
        var stream = new MemoryStream(capacity);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(magic);
        content(writer);
        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }
}
