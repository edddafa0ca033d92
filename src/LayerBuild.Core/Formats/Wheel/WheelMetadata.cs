using System.IO.Compression;
using System.Text;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>What a wheel says of itself that the graph of packages needs.</summary>
/// <param name="Version">As its METADATA states it.</param>
/// <param name="Extras">That it provides, normalized; others mean nothing when they are asked for.</param>
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
            var fields = MetadataFields.Read(reader.ReadToEnd());
            return fields.Line("Version") is { } version
                ? new WheelMetadata(version, [.. fields.All("Provides-Extra").Select(DistributionName.Normalize)], [.. fields.All("Requires-Dist").Select(r => r.ReplaceLineEndings(" "))])
                : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
