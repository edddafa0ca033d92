using System.Text.Json;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>Finds the package that brought a file of node_modules, and asks it for which platforms it is.</summary>
internal static class PackagePlatform
{
    /// <summary>
    /// Why the nearest package is not for the layer's platform, as its package.json says it (<c>libc musl</c>);
    /// null when it is, or when package.json does not say.
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
                        return NpmPlatform.Excluded(package.RootElement, layer.Architecture);
                    }
                }
            }
        }

        return null;
    }

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
}
