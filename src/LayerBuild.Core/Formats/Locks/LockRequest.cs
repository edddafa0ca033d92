using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>What is asked of a lock file.</summary>
internal sealed record LockRequest(PythonTarget Target)
{
    /// <summary>Optional dependencies to take, as the user wrote them.</summary>
    public IReadOnlyList<string> Extras { get; init; } = [];

    /// <summary>Dependency groups to take besides the project's own dependencies. Development groups are not taken by themselves.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The member of a workspace to start from (<c>uv export --package</c>); null for the root.</summary>
    public string? StartPackage { get; init; }
}
