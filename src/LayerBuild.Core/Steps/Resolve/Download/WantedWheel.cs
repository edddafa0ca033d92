using LayerBuild.Formats.Locks;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>A package of a lock, of which one file is wanted for a target.</summary>
/// <param name="Name">Normalized.</param>
/// <param name="Version">Null when the lock has none.</param>
/// <param name="Files">Those that the lock allows; with names, addresses and sizes where it has them.</param>
internal sealed record WantedWheel(string Name, string? Version, IReadOnlyList<PackageFile> Files)
{
    /// <summary><c>urllib3==2.7.0</c></summary>
    public string Title => Version is null ? Name : $"{Name}=={Version}";

    /// <summary>The hashes of its files, lower-case hex.</summary>
    public IReadOnlyList<string> Hashes => [.. Files.Select(f => f.Sha256).OfType<string>()];
}

/// <summary>What came of a wanted wheel: the wheel, or why not.</summary>
/// <param name="Wheel">In the cache, its bytes those that the lock names.</param>
/// <param name="Reasons">Clauses without full stops: why places that were tried did not have it.</param>
internal sealed record DownloadOutcome(CachedWheel? Wheel, IReadOnlyList<string> Reasons)
{
    /// <summary>What came was something else.</summary>
    public HashMismatch? Mismatch { get; init; }

    /// <summary>There is no wheel of it to be had, only what a wheel can be built from.</summary>
    public bool NeedsBuild { get; init; }
}
