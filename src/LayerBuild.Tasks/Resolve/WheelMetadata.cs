using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace LayerBuild.Resolve;

/// <summary>What a wheel says of itself that the graph of packages needs.</summary>
/// <param name="Version">As its METADATA states it.</param>
/// <param name="RequiresDist">Its requirements, as written.</param>
internal sealed record WheelMetadata(string Version, IReadOnlyList<string> RequiresDist)
{
    private const string SideFile = "requires.txt";

    /// <summary>Reads it from the wheel, or from what was noted beside it in the cache at an earlier time.</summary>
    /// <returns>Null when the wheel has no readable METADATA: whoever installs it says what is wrong with it.</returns>
    public static WheelMetadata? Read(CachedWheel wheel, WheelCache cache)
    {
        string note = Path.Combine(cache.DirectoryOf(wheel.Sha256), SideFile);
        try
        {
            if (File.ReadAllLines(note) is [{ Length: > 0 } version, .. var requires] && requires is [.. var all, "end"])
            {
                return new WheelMetadata(version, all);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not noted yet.
        }

        if (ReadWheel(wheel.Path) is not { } metadata)
        {
            return null;
        }

        string temporary = string.Create(CultureInfo.InvariantCulture, $"{note}.{Guid.NewGuid():n}");
        try
        {
            File.WriteAllText(temporary, string.Join('\n', [metadata.Version, .. metadata.RequiresDist, "end"]));
            File.Move(temporary, note, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Read again next time.
        }

        return metadata;
    }

    private static WheelMetadata? ReadWheel(string path)
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
            string? version = null;
            var requires = new List<string>();
            string? header = null;
            while (reader.ReadLine() is { Length: > 0 } line)
            {
                // A header goes on in lines that start with white space.
                if (line[0] is ' ' or '\t')
                {
                    if (header == "requires-dist")
                    {
                        requires[^1] += " " + line.Trim();
                    }

                    continue;
                }

                int colon = line.IndexOf(':');
                header = colon < 0 ? null : line[..colon].ToLowerInvariant();
                if (header == "version")
                {
                    version ??= line[(colon + 1)..].Trim();
                }
                else if (header == "requires-dist")
                {
                    requires.Add(line[(colon + 1)..].Trim());
                }
            }

            return string.IsNullOrEmpty(version) ? null : new WheelMetadata(version, requires);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
