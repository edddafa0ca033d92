using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>The layers that share a lock file: same requirements, any runtimes.</summary>
/// <param name="Path">Full path of the lock file.</param>
/// <param name="Digest">Of <see cref="RequirementsDigest"/>.</param>
/// <param name="Layer">The first of them.</param>
/// <param name="Targets">Of all its layers, without repetition, in the order of a lock file.</param>
internal sealed record LockScope(string Path, string Digest, LayerDeclaration Layer, IReadOnlyList<RequirementLine> Lines, IReadOnlyList<PythonTarget> Targets)
{
    /// <summary>The lock file as messages name it.</summary>
    public string LockName => System.IO.Path.GetRelativePath(Layer.ProjectDirectory, Path);

    /// <summary>Full paths of what the result depends on besides the layers' own files.</summary>
    public IReadOnlyList<string> InputFiles =>
    [
        .. Lines.Select(l => l.File).OfType<string>().Distinct(),
        Path,
        .. LocalPaths.SelectMany(path => Directory.Exists(path) ? new LocalProject(path).Files() : [path]),
    ];

    /// <summary>Full paths of the local projects and archives that are required.</summary>
    public IEnumerable<string> LocalPaths => Lines.Select(l => l.LocalPath).OfType<string>().Distinct();
}
