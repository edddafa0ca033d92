using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Pack;

/// <summary>
/// The wheels of a layer, open while it is packed. Members that lie behind each other, as most do, are read many at a
/// time. (Mapping a wheel into memory is as fast, and takes twice the memory.)
/// </summary>
internal sealed class WheelFiles : IDisposable
{
    private const int WindowSize = 256 << 10;

    /// <summary>Most bytes between two members that are still one behind the other: a local header with its name.</summary>
    private const int MaxGap = 1024;

    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(WindowSize);
    private string? _path;
    private SafeFileHandle? _file;
    private long _windowStart;
    private int _windowLength;
    private long _end;

    /// <summary>Copies a member's stored bytes.</summary>
    /// <exception cref="DiagnosticException">LB2004: the wheel became shorter.</exception>
    public void CopyTo(ZipWriter zip, WheelContent content)
    {
        try
        {
            Copy(zip, content);
        }
        catch (EndOfStreamException)
        {
            throw Changed(content.Wheel);
        }
    }

    private void Copy(ZipWriter zip, WheelContent content)
    {
        long offset = content.Member.DataOffset;
        long count = content.Member.CompressedSize;
        if (!ReferenceEquals(content.Wheel.Path, _path))
        {
            Open(content.Wheel.Path);
        }

        bool follows = offset >= _end && offset - _end <= MaxGap;
        _end = offset + count;
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            if (!follows || count > WindowSize / 4)
            {
                zip.Write(_file!, offset, count);
                return;
            }

            _windowStart = offset;
            _windowLength = RandomAccess.Read(_file!, _window, offset);
            if (_windowLength < count)
            {
                throw new EndOfStreamException();
            }
        }

        zip.Write(_window.AsSpan((int)(offset - _windowStart), (int)count));
    }

    /// <summary>Proves that the wheels of a layer are still those that were hashed when they were resolved.</summary>
    /// <exception cref="DiagnosticException">LB2004: one is not.</exception>
    public static void EnsureUnchanged(LayerTree tree)
    {
        foreach (ResolvedWheel wheel in tree.Entries.Select(e => e.Content).OfType<WheelContent>().Select(c => c.Wheel).Distinct(ReferenceEqualityComparer.Instance).Cast<ResolvedWheel>())
        {
            // Another build may have put the same bytes in its place.
            if ((!wheel.Stamp.IsKnown || FileStamp.Of(wheel.Path) != wheel.Stamp) && WheelCache.Hash(wheel.Path) != wheel.Sha256)
            {
                throw Changed(wheel);
            }
        }
    }

    private static DiagnosticException Changed(ResolvedWheel wheel) => new(Diagnostic.Error(
        "LB2004",
        $"The wheel {wheel.Path} changed while the layer was being built: its hash is no longer sha256:{wheel.Sha256}. Nothing of it was kept. Build again when whatever writes to the cache has finished."));

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files.Values)
        {
            file.Dispose();
        }
    }

    private void Open(string path)
    {
        if (!_files.TryGetValue(path, out SafeFileHandle? file))
        {
            _files[path] = file = File.OpenHandle(path);
        }

        (_path, _file) = (path, file);
        _windowLength = 0;
        _end = 0;
    }
}
