using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>What a resolution depends on besides the layers.</summary>
internal sealed record ResolveOptions
{
    /// <summary>Interpreter that runs pip, as the user gave it; null to search.</summary>
    public string? Python { get; init; }

    /// <summary>Further arguments for pip, as the user wrote them.</summary>
    public string? PipArguments { get; init; }

    /// <summary>Full path of the wheel cache.</summary>
    public required string CachePath { get; init; }

    /// <summary>Wheels that the cache keeps, in bytes; the least recently used go first.</summary>
    public long CacheSize { get; init; } = WheelCache.DefaultCapacity;

    /// <summary>Full path of a folder for this build's own files.</summary>
    public required string WorkPath { get; init; }

    /// <summary>A lock file that does not fit its requirements is an error (LB2005), not resolved again.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name, not only taken from the CI's settings.</summary>
    public bool LockedModeExplicit { get; init; }

    /// <summary>Resolve again even when the lock file fits, and write it.</summary>
    public bool Relock { get; init; }

    /// <summary>
    /// All layers of the project, when only some are to be resolved: lock files are for all layers that share them.
    /// </summary>
    public IReadOnlyList<LayerDeclaration> ProjectLayers { get; init; } = [];

    /// <summary>
    /// Brings a wheel by its SHA-256 (lower-case hex) into a folder and says its full path, before pip is asked; null where
    /// there is nothing that could.
    /// </summary>
    public Func<string, string, CancellationToken, Task<string?>>? FetchWheel { get; init; }

    /// <summary>
    /// Is told of wheels while others are still looked for, to do ahead what a build does with every wheel. They need not
    /// become part of any layer. May be called from several threads.
    /// </summary>
    public Action<CachedWheel>? WheelArrived { get; init; }

    /// <summary>The build's environment; null for that of this process.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}
