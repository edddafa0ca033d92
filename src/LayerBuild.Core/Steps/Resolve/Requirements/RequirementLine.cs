using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve.Requirements;

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

    /// <summary>URL that it names, variables filled in, without credentials and fragment; of a specifier or bare.</summary>
    public string? Url { get; init; }

    /// <summary>For which targets; null for all.</summary>
    public string? Marker { get; init; }

    /// <summary>Normalized extras that it asks for.</summary>
    public IReadOnlyList<string> Extras { get; init; } = [];

    /// <summary>The hashes demanded for it, as <c>sha256:…</c>.</summary>
    public IReadOnlyList<string> Hashes { get; init; } = [];

    /// <summary>Names a folder: a project to build.</summary>
    public bool IsLocalProject => LocalPath is not null && Directory.Exists(LocalPath);

    /// <summary>Names a repository of a version control system: <c>git+https://…</c>.</summary>
    public bool IsRepository => Url is not null && Url.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus && plus < Url.IndexOf(':', StringComparison.Ordinal);

    /// <summary>Asks for something to be installed on the target.</summary>
    public bool AppliesTo(PythonTarget target) => Kind == RequirementKind.Requirement && Formats.Python.Marker.Holds(Marker, target);

    /// <summary>Whether it is what a package was chosen for.</summary>
    /// <param name="url">Where the package came from, without credentials and fragment.</param>
    public bool Names(string name, string? url) =>
        Requirement?.Name == name
        || (url is not null && (Url ?? (LocalPath is null ? null : FileUrl(LocalPath))) == url);

    /// <summary><c>file:///…</c></summary>
    public static string FileUrl(string path) =>
        (path.StartsWith('/') ? "file://" : "file:///")
        + string.Join('/', path.Replace('\\', '/').Split('/').Select((part, index) => index == 0 && part.EndsWith(':') ? part : Uri.EscapeDataString(part)));
}
