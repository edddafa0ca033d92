using LayerBuild.Formats.Licenses;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What <c>Slim="true"</c> leaves out of node_modules: files that no require and no import reads.</summary>
internal static class NodeSlimRule
{
    private static readonly string[] Suffixes = [".d.ts", ".d.mts", ".d.cts", ".map", ".tsbuildinfo", ".js.flow", ".md", ".markdown"];

    /// <param name="path">Below node_modules' parent.</param>
    public static bool Drops(string path) =>
        Array.Exists(Suffixes, s => path.EndsWith(s, StringComparison.OrdinalIgnoreCase)) && !LicenseFileName.IsMatch(path.AsSpan(path.LastIndexOf('/') + 1));
}
