using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>A layer that was built: its zip and its manifest.</summary>
/// <param name="ZipPath">Full path.</param>
internal sealed record BuiltLayer(string ZipPath, LayerManifest Manifest)
{
    /// <summary>Name under which the zip is published: the item's, or with an architecture behind it.</summary>
    public string Name => Manifest.Name;

    public IReadOnlyList<LambdaRuntime> Runtimes { get; } = [.. Manifest.Runtimes.Select(LambdaRuntime.Find).OfType<LambdaRuntime>()];

    public IReadOnlyList<Architecture> Architectures { get; } = [.. Manifest.Architectures.Select(Architecture.Find).OfType<Architecture>()];

    /// <summary>Reads the manifests beside the zips; one that cannot be read is reported and left out.</summary>
    /// <param name="zips">Full paths.</param>
    public static IReadOnlyList<BuiltLayer> Read(IEnumerable<string> zips, DiagnosticLog log)
    {
        var layers = new List<BuiltLayer>();
        foreach (string zip in zips)
        {
            string manifest = Path.ChangeExtension(zip, ".layer.json");
            try
            {
                layers.Add(new BuiltLayer(zip, LayerManifest.Read(manifest)));
            }
            catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
            {
                log.Error("LB1099", $"The manifest {manifest} cannot be read: {e.Message} Build the layer again.");
            }
        }

        return layers;
    }

    /// <summary>
    /// The built layer that a <c>LambdaLayer</c> item's name means on an architecture: the zip of that name, or the one
    /// with the architecture behind it; null when there is none.
    /// </summary>
    /// <param name="architecture">Null: any.</param>
    public static BuiltLayer? Find(IReadOnlyList<BuiltLayer> layers, string name, Architecture? architecture) =>
        layers.FirstOrDefault(l => l.Name == name)
        ?? (architecture is not null
            ? layers.FirstOrDefault(l => l.Name == $"{name}-{architecture}")
            : Architecture.All.Select(a => layers.FirstOrDefault(l => l.Name == $"{name}-{a}")).FirstOrDefault(l => l is not null));

    /// <summary>The architectures for which the item's name has a zip.</summary>
    public static IEnumerable<Architecture> ArchitecturesOf(IReadOnlyList<BuiltLayer> layers, string name) =>
        Architecture.All.Where(a => Find(layers, name, a) is { } layer && (layer.Architectures.Count == 0 || layer.Architectures.Contains(a)));
}
