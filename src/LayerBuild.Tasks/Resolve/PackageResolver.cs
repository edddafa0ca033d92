using LayerBuild.Collect;
using LayerBuild.Diagnostics;

namespace LayerBuild.Resolve;

/// <summary>What a resolution depends on besides the layers.</summary>
internal sealed record ResolveOptions
{
    /// <summary>Interpreter that runs pip, as the user gave it; null to search.</summary>
    public string? Python { get; init; }

    /// <summary>Further arguments for pip, as the user wrote them.</summary>
    public string? PipArguments { get; init; }

    /// <summary>Full path of the wheel cache.</summary>
    public required string CachePath { get; init; }

    /// <summary>Full path of a folder for this build's own files.</summary>
    public required string WorkPath { get; init; }

    /// <summary>A lock file that does not fit its requirements is an error (LB2005), not resolved again.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name, not only taken from the CI's settings.</summary>
    public bool LockedModeExplicit { get; init; }

    /// <summary>Resolve again even when the lock file fits, and write it.</summary>
    public bool Relock { get; init; }
}

/// <summary>Finds, for every layer and target, the wheels to install: from the lock file, or with pip.</summary>
internal sealed class PackageResolver(ResolveOptions options, DiagnosticLog log)
{
    /// <summary>
    /// Resolves all layers side by side; pip runs once per distinct set of requirements and target.
    /// A layer that could not be resolved is missing from the result and has an error in the log.
    /// </summary>
    public Task<IReadOnlyDictionary<LayerName, LayerResolution>> ResolveAsync(
        IReadOnlyList<LayerDeclaration> layers,
        CancellationToken cancellation)
    {
        _ = options;
        _ = log;
        throw new NotImplementedException();
    }
}
