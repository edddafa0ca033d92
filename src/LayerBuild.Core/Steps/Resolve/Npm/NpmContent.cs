using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What npm installed for a layer.</summary>
/// <param name="Installations">By architecture.</param>
/// <param name="InputFiles">Full paths of the files that it depends on.</param>
internal sealed record NpmContent(IReadOnlyDictionary<Architecture, NpmInstallation> Installations, IReadOnlyList<string> InputFiles)
{
    public static readonly NpmContent None = new(Architecture.All.ToDictionary(a => a, _ => NpmInstallation.Empty), []);
}
