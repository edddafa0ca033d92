using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>A layer that was built: its zip and its manifest, and what its item says of publishing.</summary>
/// <param name="ZipPath">Full path.</param>
/// <param name="Manifest">What the build wrote beside the zip.</param>
internal sealed record BuiltLayer(string ZipPath, LayerManifest Manifest)
{
    /// <summary>Name under which the zip is published: the item's, or with an architecture behind it.</summary>
    public string Name => Manifest.Name;

    public string CodeSha256 => Manifest.CodeSha256;

    /// <summary>Name of the LambdaLayer item, which two zips (one for each architecture) may come from.</summary>
    public string DeclaredName { get; init; } = Manifest.Name;

    /// <summary>Whom every version is shared with.</summary>
    public IReadOnlyList<LayerPrincipal> ShareWith { get; init; } = [];

    public IReadOnlyList<LambdaRuntime> Runtimes { get; } = [.. Manifest.Runtimes.Select(LambdaRuntime.Find).OfType<LambdaRuntime>()];

    public IReadOnlyList<Architecture> Architectures { get; } = [.. Manifest.Architectures.Select(Architecture.Find).OfType<Architecture>()];

    /// <summary>Reads the manifest beside a zip.</summary>
    /// <param name="zip">Full path.</param>
    /// <returns>Null when it cannot be read, which is in the log.</returns>
    public static BuiltLayer? Read(string zip, DiagnosticLog log)
    {
        string manifest = Path.ChangeExtension(zip, LayerManifest.Suffix);
        try
        {
            return new BuiltLayer(zip, LayerManifest.Read(manifest));
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            log.Error("LB5009", $"The manifest {manifest} of the layer cannot be read: {e.Message} Build the layer again.");
            return null;
        }
    }

    /// <summary>
    /// The built layer that a <c>LambdaLayer</c> item's name means on an architecture: the zip of that name, or the one
    /// with the architecture behind it; null when there is none.
    /// </summary>
    /// <param name="architecture">Null: any.</param>
    public static BuiltLayer? Find(IReadOnlyList<BuiltLayer> layers, string name, Architecture? architecture) =>
        (architecture is null ? LayerName.AllPublished(name) : [name, LayerName.Published(name, architecture)])
            .Select(published => layers.FirstOrDefault(l => l.Name == published))
            .FirstOrDefault(l => l is not null);

    /// <summary>The architectures for which the item's name has a zip.</summary>
    public static IEnumerable<Architecture> ArchitecturesOf(IReadOnlyList<BuiltLayer> layers, string name) =>
        Architecture.All.Where(a => Find(layers, name, a) is { } layer && (layer.Architectures.Count == 0 || layer.Architectures.Contains(a)));
}
