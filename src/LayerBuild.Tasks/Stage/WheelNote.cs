using System.Security.Cryptography;
using System.Text;
using LayerBuild.Resolve;

namespace LayerBuild.Stage;

/// <summary>
/// A small file beside a wheel in the cache that remembers what was learnt from it. It ends with its own hash: a half-written or
/// damaged one is as good as none.
/// </summary>
internal static class WheelNote
{
    /// <param name="magic">Of the kind of note and its layout.</param>
    /// <returns>The bytes of the note and where its content begins; null when there is none for this wheel.</returns>
    public static (byte[] Bytes, BinaryReader Reader)? TryRead(string path, ReadOnlySpan<byte> magic, ResolvedWheel wheel)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < magic.Length || !bytes.AsSpan().StartsWith(magic)
            || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
        {
            return null;
        }

        var reader = new BinaryReader(new MemoryStream(bytes, 0, end) { Position = magic.Length }, Encoding.UTF8);
        return reader.ReadString() == wheel.Sha256 ? (bytes, reader) : null;
    }

    /// <summary>Writes a note; a cache that cannot be written costs time, no more.</summary>
    public static void TryWrite(string path, ReadOnlySpan<byte> magic, ResolvedWheel wheel, Action<BinaryWriter> content)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(magic);
        writer.Write(wheel.Sha256);
        content(writer);
        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, stream.GetBuffer().AsSpan(0, (int)stream.Length));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
