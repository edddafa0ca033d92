using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>The requirements of layers, for one target.</summary>
internal sealed class TargetRequest
{
    public TargetRequest(LockScope scope, PythonTarget target)
    {
        Scope = scope;
        Target = target;
        Tags = WheelTags.For(target);
        Lines = [.. scope.Lines.Where(l => l.AppliesTo(target))];
        ProjectDigests = Lines.Where(l => l.IsLocalProject).Select(l => l.LocalPath!).Distinct()
            .ToDictionary(RequirementLine.FileUrl, path => new LocalProject(path).TreeDigest(), StringComparer.Ordinal);
    }

    public LockScope Scope { get; }

    public PythonTarget Target { get; }

    public WheelTags Tags { get; }

    /// <summary>What is required on the target.</summary>
    public IReadOnlyList<RequirementLine> Lines { get; }

    /// <summary>
    /// Digests of local projects, by their URL: as they were before any build, so that a file that changes under it counts
    /// as changed.
    /// </summary>
    public IReadOnlyDictionary<string, string> ProjectDigests { get; }

    /// <summary>The options for pip that requirement files hold, but for the one that lines without hashes must not meet.</summary>
    public IEnumerable<RequirementLine> Settings =>
        Scope.Lines.Where(l => l.Kind == RequirementKind.Option && !l.Text.StartsWith("--require-hashes", StringComparison.Ordinal));
}
