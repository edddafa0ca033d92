using System.IO.Compression;
using System.Text.Json;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// Manifests of an earlier build, to compare with: a folder of them, or a zip (an artefact of a CI) that holds them
/// anywhere. Of two manifests of one name the one nearest to the root counts, then the first by path.
/// </summary>
internal sealed class LayerBaseline
{
    private const string Suffix = LayerManifest.Suffix;

    private readonly IReadOnlyDictionary<string, Func<byte[]>> _manifests;

    private LayerBaseline(string? path, IReadOnlyDictionary<string, Func<byte[]>> manifests, string? problem)
    {
        Path = path;
        _manifests = manifests;
        Problem = problem;
    }

    /// <summary>No baseline, and none was asked for.</summary>
    public static LayerBaseline None { get; } = new(null, new Dictionary<string, Func<byte[]>>(), null);

    /// <summary>Full path of the folder or zip; null for <see cref="None"/>.</summary>
    public string? Path { get; }

    /// <summary>Why there is nothing in it, as a sentence; null when all is well.</summary>
    public string? Problem { get; }

    /// <param name="path">Full path of a folder or a zip; null or empty for none.</param>
    public static LayerBaseline Open(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return None;
        }

        var found = new List<(string Path, Func<byte[]> Read)>();
        try
        {
            if (Directory.Exists(path))
            {
                foreach (string file in Directory.EnumerateFiles(path, "*" + Suffix, SearchOption.AllDirectories))
                {
                    found.Add((System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'), () => File.ReadAllBytes(file)));
                }
            }
            else if (File.Exists(path))
            {
                ReadZip(path, found);
            }
            else
            {
                return Broken(path, $"There is nothing at '{path}'.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Broken(path, $"'{path}' could not be read: {e.Message}");
        }

        if (found.Count == 0)
        {
            return Broken(path, $"'{path}' has no *{Suffix} file.");
        }

        var manifests = new Dictionary<string, Func<byte[]>>(StringComparer.Ordinal);
        foreach ((string relative, Func<byte[]> read) in found.OrderBy(f => f.Path.Count(c => c == '/')).ThenBy(f => f.Path, StringComparer.Ordinal))
        {
            manifests.TryAdd(relative[(relative.LastIndexOf('/') + 1)..], read);
        }

        return new LayerBaseline(path, manifests, null);
    }

    /// <summary>The manifest under which the layer was built then; null when it is new.</summary>
    /// <param name="problem">Why a manifest that is there cannot be read, as a sentence.</param>
    public LayerManifest? Find(string publishedName, out string? problem)
    {
        problem = null;
        if (!_manifests.TryGetValue(publishedName + Suffix, out Func<byte[]>? read))
        {
            return null;
        }

        try
        {
            return LayerManifest.Parse(read());
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            problem = $"{publishedName}{Suffix} in '{Path}' is not a manifest: {e.Message}";
            return null;
        }
    }

    private static LayerBaseline Broken(string path, string problem) => new(path, new Dictionary<string, Func<byte[]>>(), problem);

    private static void ReadZip(string path, List<(string Path, Func<byte[]> Read)> found)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            if (name.EndsWith(Suffix, StringComparison.Ordinal))
            {
                using Stream stream = entry.Open();
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                byte[] content = bytes.ToArray();
                found.Add((name, () => content));
            }
        }
    }
}
