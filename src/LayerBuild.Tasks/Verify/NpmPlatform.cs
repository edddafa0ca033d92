using System.Text.Json;
using LayerBuild.Collect;
using LayerBuild.Stage;

namespace LayerBuild.Verify;

/// <summary>
/// What a package of npm says it is for, in the os, cpu and libc fields of its package.json: each a list of names, or
/// of names with a <c>!</c> before them that are excluded.
/// </summary>
internal static class NpmPlatform
{
    /// <summary>
    /// The nearest package's own words why the layer's platform is not among those that it is for (<c>libc musl</c>);
    /// null when it is, or nothing is said.
    /// </summary>
    public static string? Excluded(InspectedLayer layer, LayerEntry entry)
    {
        string folder = entry.Path.Value;
        int slash;
        while ((slash = folder.LastIndexOf('/')) > 0)
        {
            folder = folder[..slash];
            if (layer.Find($"{folder}/package.json") is { } manifest && Read(manifest) is { } package)
            {
                using (package)
                {
                    if (package.RootElement.ValueKind == JsonValueKind.Object && package.RootElement.TryGetProperty("name", out _))
                    {
                        return Excluded(package.RootElement, layer.Architecture);
                    }
                }
            }
        }

        return null;
    }

    /// <param name="package">An object with those fields: a package.json, or an entry of a lock file.</param>
    public static string? Excluded(JsonElement package, Architecture architecture) =>
        Excludes(package, "os", "linux") ?? Excludes(package, "cpu", architecture.NodeCpu) ?? Excludes(package, "libc", "glibc");

    private static JsonDocument? Read(LayerEntry manifest)
    {
        if (manifest.Kind == EntryKind.SymbolicLink || manifest.Content.Size > 1_000_000)
        {
            return null;
        }

        try
        {
            using Stream stream = manifest.Content.Open();
            return JsonDocument.Parse(stream);
        }
        catch (JsonException)
        {
            // npm itself could not read it; the file is judged by its content alone.
            return null;
        }
    }

    private static string? Excludes(JsonElement package, string field, string value)
    {
        if (!package.TryGetProperty(field, out JsonElement element))
        {
            return null;
        }

        string[] names = element.ValueKind switch
        {
            JsonValueKind.String => [element.GetString()!],
            JsonValueKind.Array => [.. element.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)],
            _ => [],
        };
        bool excluded = names.Contains($"!{value}");
        string[] wanted = [.. names.Where(n => !n.StartsWith('!'))];
        return excluded || (wanted.Length > 0 && !wanted.Contains(value) && !wanted.Contains("any"))
            ? $"{field} {string.Join(", ", names)}"
            : null;
    }
}
