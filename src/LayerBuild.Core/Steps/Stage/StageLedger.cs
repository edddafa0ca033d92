using System.Security.Cryptography;
using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>A file of the stage, and what it was written from.</summary>
/// <param name="Source">Tells the bytes apart: the SHA-256 of a wheel's file or of what a step made; for a file of the user's a hash of its path and stamp.</param>
/// <param name="Stamp">Of the staged file, once it is written.</param>
internal sealed record StagedFile(string Path, EntryKind Kind, ReadOnlyMemory<byte> Source, FileStamp Stamp)
{
    public static StagedFile Of(LayerEntry entry)
    {
        if (entry.Content is WheelContent wheel)
        {
            return new StagedFile(entry.Path.Value, entry.Kind, wheel.Member.Sha256, FileStamp.None);
        }

        byte[] source = new byte[SHA256.HashSizeInBytes];
        if (entry.Content is not DiskContent disk)
        {
            entry.Content.HashTo(source);
        }
        else if (FileStamp.Of(disk.Path) is { IsKnown: true } stamp)
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{disk.Path}\n{stamp}")), source);
        }
        else
        {
            // Changed just now: fits nothing, not even itself.
            RandomNumberGenerator.Fill(source);
        }

        return new StagedFile(entry.Path.Value, entry.Kind, source, FileStamp.None);
    }

    public bool IsSame(StagedFile other) => Kind == other.Kind && Source.Span.SequenceEqual(other.Source.Span);
}

/// <summary>The file beside a stage folder that says what a finished build left in it.</summary>
internal static class StageLedger
{
    // Change it whenever the layout below changes.
    private static readonly byte[] Magic = "LBSTAGE\x01"u8.ToArray();

    /// <returns>By path; empty when there is none, or it is damaged.</returns>
    public static Dictionary<string, StagedFile> TryLoad(string path)
    {
        var files = new Dictionary<string, StagedFile>(StringComparer.Ordinal);
        if (SealedFile.TryRead(path, Magic) is not var (bytes, reader))
        {
            return files;
        }

        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            string file = reader.ReadString();
            var kind = (EntryKind)reader.ReadByte();
            var stamp = new FileStamp(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            int source = (int)reader.BaseStream.Position;
            reader.BaseStream.Position += SHA256.HashSizeInBytes;
            files[file] = new StagedFile(file, kind, bytes.AsMemory(source, SHA256.HashSizeInBytes), stamp);
        }

        return files;
    }

    public static void Save(string path, IReadOnlyList<StagedFile> files) => AtomicFile.Write(path, SealedFile.Seal(Magic, writer =>
    {
        writer.Write(files.Count);
        foreach (StagedFile file in files)
        {
            writer.Write(file.Path);
            writer.Write((byte)file.Kind);
            writer.Write(file.Stamp.Size);
            writer.Write(file.Stamp.Modified);
            writer.Write(file.Stamp.Created);
            writer.Write(file.Source.Span);
        }
    }, capacity: files.Count * 160));
}
