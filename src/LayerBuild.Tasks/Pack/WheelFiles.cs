using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Pack;

/// <summary>The wheels of a layer, open while it is packed.</summary>
internal sealed class WheelFiles : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private string? _lastPath;
    private SafeFileHandle? _last;

    public SafeFileHandle Open(string path)
    {
        // Entries come sorted by path, so the next one is most often of the same wheel.
        if (ReferenceEquals(path, _lastPath))
        {
            return _last!;
        }

        if (!_files.TryGetValue(path, out SafeFileHandle? file))
        {
            _files[path] = file = File.OpenHandle(path);
        }

        (_lastPath, _last) = (path, file);
        return file;
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files.Values)
        {
            file.Dispose();
        }
    }
}
