namespace LayerBuild.Formats.Locks;

/// <summary>A package as a lock file holds it.</summary>
/// <param name="Name">Normalized.</param>
/// <param name="Version">As the lock file has it; null where it has none (a folder, a repository).</param>
internal sealed record LockedPackage(string Name, string? Version, PackageSource Source)
{
    /// <summary>Wheels and source archives. Some formats give names, some only hashes, some nothing for what is built here.</summary>
    public IReadOnlyList<PackageFile> Files { get; init; } = [];

    /// <summary>Line in the lock file, from 1; 0 when unknown.</summary>
    public int Line { get; init; }

    /// <summary><c>requests 2.32.0</c></summary>
    public string Title => Version is null ? Name : $"{Name} {Version}";
}

/// <summary>A file that a lock file allows for a package.</summary>
/// <param name="Name">File name; null where the lock file has hashes alone.</param>
/// <param name="Hash"><c>sha256:…</c>, the strongest that there is; null when the lock file has none.</param>
internal sealed record PackageFile(string? Name, string? Hash)
{
    /// <summary>Where it is, when the lock file says so.</summary>
    public string? Url { get; init; }

    /// <summary>Full path, for a file of this machine.</summary>
    public string? Path { get; init; }

    /// <summary>Bytes, when the lock file says so.</summary>
    public long? Size { get; init; }

    public bool IsWheel => Name?.EndsWith(".whl", StringComparison.Ordinal) is true;

    /// <summary>Lower-case hex; null when there is no SHA-256.</summary>
    public string? Sha256 => Hash is ['s', 'h', 'a', '2', '5', '6', ':', .. var hex] ? hex : null;

    /// <summary>
    /// The name that a URL or path ends with, percent-decoded, without query and fragment.
    /// </summary>
    public static string NameIn(string place)
    {
        int end = place.AsSpan().IndexOfAny('#', '?') is >= 0 and int cut ? cut : place.Length;
        string bare = place[..end].TrimEnd('/', '\\');
        string name = bare[(bare.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        return name.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(name) : name;
    }
}
