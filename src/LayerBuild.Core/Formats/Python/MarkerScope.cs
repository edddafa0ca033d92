namespace LayerBuild.Formats.Python;

/// <summary>What markers are evaluated in.</summary>
/// <param name="Environment">The variables, as of <see cref="PythonTarget.MarkerEnvironment"/>.</param>
internal sealed record MarkerScope(IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The one extra (normalized) that <c>extra</c> stands for, as in the metadata of packages; empty for none.</summary>
    public string Extra { get; init; } = "";

    /// <summary>
    /// All extras (normalized) that are chosen: the members of <c>extras</c>. <c>extra == "s3"</c> then asks whether s3 is
    /// one of them, as in the lock files of poetry and uv.
    /// </summary>
    public IReadOnlySet<string>? Extras { get; init; }

    /// <summary>The groups (normalized) that are chosen: the members of <c>dependency_groups</c>.</summary>
    public IReadOnlySet<string>? DependencyGroups { get; init; }
}
