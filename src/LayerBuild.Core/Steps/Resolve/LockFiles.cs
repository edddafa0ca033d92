using System.Collections.Concurrent;
using LayerBuild.Formats.Locks;

namespace LayerBuild.Steps.Resolve;

/// <summary>The lock files of a build, as they were before it: each is read once.</summary>
internal sealed class LockFiles
{
    private readonly ConcurrentDictionary<string, Lazy<(LockFile? Locked, string? Reason)>> _read = new(StringComparer.Ordinal);

    /// <returns>The file; or why it cannot be used, in words; neither when there is none.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (LockFile? Locked, string? Reason) Read(string path) =>
        _read.GetOrAdd(path, p => new Lazy<(LockFile?, string?)>(() => Parse(p))).Value;

    private static (LockFile? Locked, string? Reason) Parse(string path)
    {
        try
        {
            return File.Exists(path) ? (LockFile.Parse(File.ReadAllText(path)), null) : (null, null);
        }
        catch (FormatException e)
        {
            return (null, $"it cannot be read ({e.Message})");
        }
    }
}
