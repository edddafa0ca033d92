using System.IO.Compression;
using System.Text;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>What a wheel says of itself that the graph of packages needs.</summary>
/// <param name="Version">As its METADATA states it.</param>
/// <param name="Extras">That it provides, normalised; others mean nothing when they are asked for.</param>
/// <param name="RequiresDist">Its requirements, as written.</param>
internal sealed record WheelMetadata(string Version, IReadOnlyList<string> Extras, IReadOnlyList<string> RequiresDist)
{
    /// <summary>Reads it from the wheel at a path.</summary>
    /// <returns>Null when the wheel has no readable METADATA: whoever installs it says what is wrong with it.</returns>
    public static WheelMetadata? Read(string path)
    {
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(path);
            ZipArchiveEntry? entry = zip.Entries.FirstOrDefault(e =>
                e.Name == "METADATA" && e.FullName.Count(c => c == '/') == 1 && e.FullName.EndsWith(".dist-info/METADATA", StringComparison.Ordinal));
            if (entry is null)
            {
                return null;
            }

            using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
            IReadOnlyList<KeyValuePair<string, string>> fields = MetadataFields.Read(reader.ReadToEnd());
            string? version = fields.FirstOrDefault(f => f.Key.Equals("Version", StringComparison.OrdinalIgnoreCase)).Value;
            return string.IsNullOrEmpty(version)
                ? null
                : new WheelMetadata(version, [.. All("Provides-Extra").Select(DistributionName.Normalize)], [.. All("Requires-Dist").Select(r => r.ReplaceLineEndings(" "))]);

            IEnumerable<string> All(string key) => fields.Where(f => f.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
