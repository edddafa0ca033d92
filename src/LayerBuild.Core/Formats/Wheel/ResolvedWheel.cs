using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>A wheel that was chosen for a target, present on disk and of the stated hash.</summary>
/// <param name="Name">Distribution name, normalized (PEP 503).</param>
/// <param name="Version">PEP 440 version, as the wheel states it.</param>
/// <param name="FileName">Name of the wheel file, with its tags.</param>
/// <param name="Path">Full path, in the wheel cache.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="Requested">Named by the user, not only by another package.</param>
internal sealed record ResolvedWheel(string Name, string Version, string FileName, string Path, string Sha256, bool Requested)
{
    /// <summary>Names (normalized) of the distributions of this resolution that it requires, for the SBOM's graph.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>
    /// Built from source on this machine. What is in it is the same elsewhere, but its deflated bytes are those of this
    /// machine's zlib, which no output may depend on.
    /// </summary>
    public bool Built { get; init; }

    /// <summary>Of the file when it was hashed; none where that is not known.</summary>
    public FileStamp Stamp { get; init; }

    /// <summary>Where it came from (index file URL without credentials), where known; never part of an output's bytes.</summary>
    public string? Url { get; init; }
}

/// <summary>What one layer installs for each of its targets.</summary>
internal sealed record LayerResolution(IReadOnlyDictionary<PythonTarget, IReadOnlyList<ResolvedWheel>> Wheels)
{
    /// <summary>Full paths of the files that the resolution depended on and that the items do not name: included
    /// requirement files, the lock file, the files of local projects.</summary>
    public IReadOnlyList<string> InputFiles { get; init; } = [];

    /// <summary>What the user was warned of.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; init; } = [];

    public static readonly LayerResolution Empty = new(new Dictionary<PythonTarget, IReadOnlyList<ResolvedWheel>>());
}
