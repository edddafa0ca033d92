using System.IO.Compression;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Measure;

/// <summary>What the zip of a built layer holds, by its central directory.</summary>
internal sealed class LayerContents
{
    private readonly BuiltLayer _layer;
    private readonly Dictionary<string, (uint Crc32, long Size)> _files;
    private Dictionary<string, string>? _owners;

    public LayerContents(BuiltLayer layer)
    {
        _layer = layer;
        using ZipArchive zip = ZipFile.OpenRead(layer.ZipPath);
        _files = zip.Entries.Where(e => !e.FullName.EndsWith('/')).ToDictionary(e => e.FullName, e => (e.Crc32, e.Length), StringComparer.Ordinal);
    }

    /// <summary>Paths that both have with different bytes, sorted. Each layer's own records of what it installed do not count.</summary>
    public IEnumerable<string> Differing(LayerContents other) => _files
        .Where(f => other._files.TryGetValue(f.Key, out (uint, long) theirs) && theirs != f.Value && !f.Key.EndsWith(".dist-info/RECORD", StringComparison.Ordinal))
        .Select(f => f.Key)
        .Order(StringComparer.Ordinal);

    /// <summary>For people: the layer, and the package of it that brought the file, if one did.</summary>
    public string OwnerOf(string path)
    {
        _owners ??= ReadOwners();
        return _owners.TryGetValue(path, out string? package) ? $"{package} of '{_layer.Name}'" : $"'{_layer.Name}'";
    }

    /// <summary>Which package owns a path, from the RECORD files of the layer.</summary>
    private Dictionary<string, string> ReadOwners()
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        using ZipArchive zip = ZipFile.OpenRead(_layer.ZipPath);
        foreach (ZipArchiveEntry entry in zip.Entries.Where(e => e.FullName.EndsWith(".dist-info/RECORD", StringComparison.Ordinal)))
        {
            string[] parts = entry.FullName.Split('/');
            string folder = string.Join('/', parts[..^2]);
            string distribution = parts[^2][..^".dist-info".Length];
            int dash = distribution.LastIndexOf('-');
            string package = dash < 0 ? distribution : $"{distribution[..dash]} {distribution[(dash + 1)..]}";
            using var reader = new StreamReader(entry.Open());
            foreach (string path in WheelRecord.Paths(reader.ReadToEnd()))
            {
                owners[$"{folder}/{path}"] = package;
            }
        }

        return owners;
    }
}
