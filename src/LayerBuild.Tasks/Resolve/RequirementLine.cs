namespace LayerBuild.Resolve;

internal enum RequirementKind
{
    /// <summary>A package to install.</summary>
    Requirement,

    /// <summary>A version that must be kept to if the package is installed.</summary>
    Constraint,

    /// <summary>An option for all: an index, a folder of wheels.</summary>
    Option,
}

/// <summary>One requirement or option, on one line, with where the user wrote it.</summary>
/// <param name="Text">
/// As pip reads it, environment variables not yet filled in; local paths are absolute.
/// </param>
/// <param name="Original">The user's words.</param>
/// <param name="File">Full path of the requirement file; null for a requirement in line in the project.</param>
/// <param name="Line">From 1; 0 in line.</param>
internal sealed record RequirementLine(RequirementKind Kind, string Text, string Original, string? File, int Line)
{
    /// <summary>Taken apart, when it is a specifier and not a path, a bare URL or an option.</summary>
    public Requirement? Requirement { get; init; }

    /// <summary>Full path of the local project or archive that it names.</summary>
    public string? LocalPath { get; init; }

    /// <summary>The hashes demanded for it, as <c>sha256:…</c>.</summary>
    public IReadOnlyList<string> Hashes { get; init; } = [];
}
