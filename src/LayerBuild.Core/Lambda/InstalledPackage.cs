namespace LayerBuild.Lambda;

/// <summary>A distribution, or a package of npm, that was installed into a layer.</summary>
/// <param name="Name">As its METADATA or package.json writes it.</param>
/// <param name="Version">PEP 440 version; of npm a semantic version.</param>
/// <param name="Wheel">Name of the wheel file; empty for npm.</param>
/// <param name="Sha256">Of the wheel file, lower-case hex; empty for npm.</param>
/// <param name="Requested">Named by the user, not only by another package.</param>
/// <param name="Folder">
/// Folder of the layer it was installed to: <c>python</c> or <c>python/lib/python3.X/site-packages</c>; the node_modules
/// folder that holds a package of npm.
/// </param>
internal sealed record InstalledPackage(
    string Name,
    string Version,
    string Wheel,
    string Sha256,
    bool Requested,
    string Folder)
{
    /// <summary>The runtimes that import it from <see cref="Folder"/>.</summary>
    public required IReadOnlyList<LambdaRuntime> Runtimes { get; init; }

    /// <summary>Names (normalized) of the packages of the layer that it requires.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>Subresource integrity of npm's tarball, as the lock file states it: <c>sha512-…</c>; null for wheels.</summary>
    public string? Integrity { get; init; }

    /// <summary>The text of its METADATA file; for npm, what package.json says in that form.</summary>
    public required string Metadata { get; init; }
}
