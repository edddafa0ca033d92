namespace LayerBuild.Formats.Locks;

internal enum SourceKind
{
    /// <summary>An index of packages, or a folder that stands for one.</summary>
    Index,

    /// <summary>An archive at a URL.</summary>
    Url,

    /// <summary>A repository of git, at a commit.</summary>
    Git,

    /// <summary>An archive of this machine.</summary>
    Path,

    /// <summary>A project of this machine, which must be built.</summary>
    Directory,

    /// <summary>A project of this machine that only has requirements: it is never installed.</summary>
    Virtual,
}

/// <summary>Where a package comes from.</summary>
/// <param name="Location">URL of the index, the archive or the repository; the full path; null for the default index.</param>
internal sealed record PackageSource(SourceKind Kind, string? Location = null)
{
    public static readonly PackageSource DefaultIndex = new(SourceKind.Index);

    /// <summary>Name of the index in the manifest (<c>[[tool.poetry.source]]</c>, <c>[[source]]</c> of a Pipfile).</summary>
    public string? IndexName { get; init; }

    /// <summary>The commit of a repository, in full.</summary>
    public string? Commit { get; init; }

    /// <summary>The branch or tag that was asked for.</summary>
    public string? Reference { get; init; }

    /// <summary>Folder of the project within the archive or repository.</summary>
    public string? Subdirectory { get; init; }

    /// <summary>The tool would link to the folder instead of building it.</summary>
    public bool Editable { get; init; }
}
