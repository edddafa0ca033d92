using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LayerBuild.Lambda;

/// <summary>
/// What /opt will hold: the finished layer before it is written anywhere. Stage, Verify, Pack and Measure read it.
/// </summary>
/// <param name="Entries">Sorted by path, ordinal; no path twice, no path that is also another's folder.</param>
/// <param name="Packages">Sorted by name, then version.</param>
internal sealed record LayerTree(IReadOnlyList<LayerEntry> Entries, IReadOnlyList<InstalledPackage> Packages)
{
    /// <summary>Sum of the entries' sizes, in bytes: what counts towards Lambda's limit.</summary>
    public long UnzippedSize => Entries.Sum(e => e.Content.Size);
}

/// <summary>One file of a layer.</summary>
/// <param name="Owner">The package that brought it; null for the user's own content.</param>
internal sealed record LayerEntry(ZipPath Path, EntryKind Kind, EntryContent Content, InstalledPackage? Owner);

/// <summary>The bytes of an entry: of a wheel's member, a file on disk, or made by a step.</summary>
internal abstract class EntryContent
{
    /// <summary>In bytes, inflated.</summary>
    public abstract long Size { get; }

    /// <summary>The inflated bytes. May be called from any thread, more than once.</summary>
    public abstract Stream Open();

    /// <summary>Writes the SHA-256 of the inflated bytes, from memory where it is known.</summary>
    /// <param name="sha256">32 bytes.</param>
    public virtual void HashTo(Span<byte> sha256)
    {
        using Stream stream = Open();
        SHA256.HashData(stream, sha256);
    }
}

/// <summary>A file of the user's.</summary>
internal sealed class DiskContent(string path, long size) : EntryContent
{
    public string Path { get; } = path;

    public override long Size { get; } = size;

    public override Stream Open() => new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
}

/// <summary>Bytes that a step made: a RECORD, a script with its shebang, the target of a link.</summary>
internal sealed class GeneratedContent(ReadOnlyMemory<byte> bytes) : EntryContent
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public override long Size => Bytes.Length;

    public override Stream Open() => MemoryMarshal.TryGetArray(Bytes, out ArraySegment<byte> array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(Bytes.ToArray(), writable: false);

    public override void HashTo(Span<byte> sha256) => SHA256.HashData(Bytes.Span, sha256);
}
