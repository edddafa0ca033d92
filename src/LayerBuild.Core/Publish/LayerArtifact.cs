using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>A built layer, ready to be published.</summary>
/// <param name="Manifest">What the build wrote beside the zip.</param>
/// <param name="ZipPath">Full path of the zip.</param>
internal sealed record LayerArtifact(LayerManifest Manifest, string ZipPath)
{
    /// <summary>Whom every version is shared with.</summary>
    public IReadOnlyList<LayerPrincipal> ShareWith { get; init; } = [];

    /// <summary>Name of the LambdaLayer item, which two zips (one for each architecture) may come from.</summary>
    public string DeclaredName { get; init; } = Manifest.Name;

    public string Name => Manifest.Name;

    public string CodeSha256 => Manifest.CodeSha256;
}
