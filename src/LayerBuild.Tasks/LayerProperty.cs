using System.Runtime.CompilerServices;
using LayerBuild.Diagnostics;

namespace LayerBuild.Tasks;

/// <summary>
/// All properties that LayerBuild has. The targets, what suggests a name for a misspelt one and the reference are held to this
/// table by tests.
/// </summary>
/// <param name="Default">As the reference writes it; empty for none.</param>
/// <param name="Page">Where in docs/ it is explained.</param>
internal sealed record LayerProperty(string Name, string Default, string Page)
{
    public static readonly LayerProperty[] All =
    [
        new("LambdaLayerRuntimes", "", "reference.md#properties"),
        new("LambdaLayerArchitectures", "", "reference.md#properties"),
        new("LambdaLayerOutputPath", "`$(OutDir)layers/`", "reference.md#properties"),
        new("LambdaLayerIntermediatePath", "`$(IntermediateOutputPath)layers/`", "reference.md#properties"),
        new("LambdaLayerPython", "`python3`, `python`, `py -3`, in this order", "reference.md#properties"),
        new("LambdaLayerPipArguments", "", "reference.md#properties"),
        new("LambdaLayerCachePath", "the user's cache folder", "wheel-cache.md"),
        new("LambdaLayerCacheSize", "`10 GB`", "wheel-cache.md"),
        new("LambdaLayerLockedMode", "true when `ContinuousIntegrationBuild` is", "lock-files.md"),
        new("LambdaLayerCompression", "`Copy`", "reproducible-zips.md#how-content-is-compressed"),
        new("LambdaLayerStage", "`true`", "reference.md#properties"),
        new("LambdaLayerBaseline", "", "size-budgets.md#say-how-much-a-layer-may-grow"),
        new("LambdaLayerAdvisories", "", "advisories.md"),
        new("LambdaLayerRemoteCache", "", "remote-cache.md"),
        new("LambdaLayerRemoteCachePush", "", "remote-cache.md"),
        new("LambdaLayerTemplates", "", "iac.md"),
        new("PublishLayer", "", "publishing.md"),
        new("AttachLayers", "", "publishing.md"),
        new("LambdaLayerRegions", "", "publishing.md"),
        new("LambdaLayerProfile", "", "publishing.md"),
        new("LambdaLayerEndpointUrl", "", "publishing.md"),
        new("LambdaLayerS3Bucket", "", "publishing.md"),
        new("LambdaLayerS3Prefix", "", "publishing.md"),
        new("LambdaLayerS3ObjectStorageMode", "", "publishing.md"),
        new("LambdaLayerKeepVersions", "", "publishing.md"),
        new("LambdaLayerPruneShared", "", "publishing.md"),
        new("LambdaLayerPruneDryRun", "", "publishing.md"),
    ];

    /// <summary>
    /// Names among the properties of a command line that look like misspellings, each with what was likely meant. MSBuild shows
    /// a task the global properties alone.
    /// </summary>
    public static IEnumerable<(string Written, string Meant)> Misspelt(IEnumerable<string> properties)
    {
        foreach (string written in properties)
        {
            if (!written.StartsWith('_')
                && written.Contains("Layer", StringComparison.OrdinalIgnoreCase)
                && !Array.Exists(All, p => p.Name.Equals(written, StringComparison.OrdinalIgnoreCase))
                && Closest(written) is { } meant)
            {
                yield return (written, meant);
            }
        }
    }

    /// <summary>In a method of its own: to compile it is to load the engine.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Closest(string written) => Spelling.Closest(written, All.Select(p => p.Name));
}
