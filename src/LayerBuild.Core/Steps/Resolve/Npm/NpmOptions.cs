namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>How npm's lock files are treated.</summary>
internal sealed record NpmOptions
{
    /// <summary>A lock file that is missing or does not fit package.json is not resolved again.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name, not only taken from the CI's settings.</summary>
    public bool LockedModeExplicit { get; init; }
}
