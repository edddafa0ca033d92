using System.Security.Cryptography;
using LayerBuild.Files;
using LayerBuild.Formats.Zip;

namespace LayerBuild.Steps.Pack;

/// <summary>What an entry of a zip was deflated from, and where in the zip the result lies.</summary>
/// <param name="Sha256">Of the inflated bytes.</param>
/// <param name="Stamp">Of the file on disk that they came from; none for what came from elsewhere.</param>
/// <param name="DataOffset">Where the stored bytes begin in the zip; -1 when the zip holds another form of the content.</param>
/// <param name="DataSha256">Of the stored bytes.</param>
internal sealed record PackedContent(
    string Path,
    ReadOnlyMemory<byte> Sha256,
    FileStamp Stamp,
    CompressedEntry Form,
    long DataOffset,
    ReadOnlyMemory<byte> DataSha256);

/// <summary>
/// The file beside a zip that says what its new content was made of. What wheels bring deflated is not in it: that is
/// copied from the wheels again.
/// </summary>
/// <param name="Level">Of the deflate encoder.</param>
/// <param name="Contents">One for each entry that was, or could have been, deflated here.</param>
internal sealed record ZipIndex(int Level, IReadOnlyList<PackedContent> Contents)
{
    /// <summary>Beside the stage, in the folder of intermediate files.</summary>
    public const string FileName = "pack.bin";

    // Change it whenever the layout below, or the deflate encoder, changes.
    private static readonly byte[] Magic = "LBPACK\x02\n"u8.ToArray();

    /// <returns>Null when there is none, it is damaged, or it is of another encoder.</returns>
    public static ZipIndex? TryLoad(string? path)
    {
        if (path is null || SealedFile.TryRead(path, Magic) is not var (bytes, reader))
        {
            return null;
        }

        int level = reader.ReadByte();
        var contents = new List<PackedContent>(reader.ReadInt32());
        for (int count = contents.Capacity; count > 0; count--)
        {
            string entryPath = reader.ReadString();
            var stamp = new FileStamp(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            var form = new CompressedEntry(reader.ReadBoolean(), reader.ReadUInt32(), reader.ReadInt64(), reader.ReadInt64());
            long offset = reader.ReadInt64();
            int hashes = (int)reader.BaseStream.Position;
            reader.BaseStream.Position += 2 * SHA256.HashSizeInBytes;
            contents.Add(new PackedContent(
                entryPath,
                bytes.AsMemory(hashes, SHA256.HashSizeInBytes),
                stamp,
                form,
                offset,
                bytes.AsMemory(hashes + SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)));
        }

        return new ZipIndex(level, contents);
    }

    public void Save(string path) => File.WriteAllBytes(path, SealedFile.Seal(Magic, writer =>
    {
        writer.Write((byte)Level);
        writer.Write(Contents.Count);
        foreach (PackedContent content in Contents)
        {
            writer.Write(content.Path);
            writer.Write(content.Stamp.Size);
            writer.Write(content.Stamp.Modified);
            writer.Write(content.Stamp.Created);
            writer.Write(content.Form.Deflated);
            writer.Write(content.Form.Crc32);
            writer.Write(content.Form.Size);
            writer.Write(content.Form.CompressedSize);
            writer.Write(content.DataOffset);
            writer.Write(content.Sha256.Span);
            writer.Write(content.DataSha256.Span);
        }
    }));
}
