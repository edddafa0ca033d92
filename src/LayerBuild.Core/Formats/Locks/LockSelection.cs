namespace LayerBuild.Formats.Locks;

/// <summary>What a lock file installs on one target.</summary>
internal sealed record LockSelection
{
    /// <summary>Sorted by name, each name once.</summary>
    public IReadOnlyList<SelectedPackage> Packages { get; init; } = [];

    /// <summary>What should be installed and cannot be, each with its package.</summary>
    public IReadOnlyList<LockFault> Cannot { get; init; } = [];

    /// <summary>Why nothing at all can be installed; then there are no packages.</summary>
    public LockFault? Refusal { get; init; }

    public IReadOnlyList<LockFault> Warnings { get; init; } = [];
}

/// <summary>A package to install.</summary>
/// <param name="File">
/// The wheel that serves the target best. Null for what is built on this machine, for what a URL alone tells, and where the
/// lock file has hashes without names: then the index's page has the names, and <see cref="WheelChoice"/> chooses.
/// </param>
internal sealed record SelectedPackage(LockedPackage Package, PackageFile? File)
{
    /// <summary>Names of the selected packages that require it, sorted; empty where the lock file does not tell.</summary>
    public IReadOnlyList<string> RequiredBy { get; init; } = [];

    /// <summary>The project itself, or the member that the walk started at.</summary>
    public bool IsStart { get; init; }
}
