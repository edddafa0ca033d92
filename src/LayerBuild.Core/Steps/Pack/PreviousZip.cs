using LayerBuild.Files;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// The zip of the last build as a source of deflated content. Nothing of it is believed before it is hashed: a zip that
/// was tampered with or cut short only costs the time to deflate again.
/// </summary>
internal sealed class PreviousZip : IDisposable
{
    private readonly SafeFileHandle? _file;
    private readonly long _length;
    private readonly Dictionary<string, PackedContent> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PackedContent> _bySha256 = new(StringComparer.Ordinal);

    /// <param name="state">What the zip was made of; null for no zip.</param>
    public PreviousZip(string? zipPath, ZipIndex? state)
    {
        if (zipPath is null || state is null || !File.Exists(zipPath))
        {
            return;
        }

        try
        {
            _file = File.OpenHandle(zipPath);
            _length = RandomAccess.GetLength(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }

        foreach (PackedContent content in state.Contents)
        {
            _byPath[content.Path] = content;
            _bySha256[Convert.ToHexString(content.Sha256.Span)] = content;
        }
    }

    /// <summary>What the file at a path of the layer was, when its stamp says that it still is.</summary>
    public PackedContent? Find(string path, FileStamp stamp) =>
        stamp.IsKnown && _byPath.TryGetValue(path, out PackedContent? content) && content.Stamp == stamp ? content : null;

    public PackedContent? Find(ReadOnlySpan<byte> sha256)
    {
        if (_bySha256.Count == 0)
        {
            return null;
        }

        Span<char> hex = stackalloc char[64];
        Convert.TryToHexString(sha256, hex, out _);
        return _bySha256.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(hex, out PackedContent? content) ? content : null;
    }

    /// <summary>The stored bytes, or null when they are not there any more, or not those.</summary>
    public CompressedContent? Read(PackedContent content) =>
        _file is null ? null : CompressedContent.Verified(_file, _length, content.DataOffset, content);

    public void Dispose() => _file?.Dispose();
}
