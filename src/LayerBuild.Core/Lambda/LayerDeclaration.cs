using System.IO.Enumeration;
using LayerBuild.Diagnostics;

namespace LayerBuild.Lambda;

/// <summary>How new content is compressed. A wheel's own bytes are kept by <see cref="Copy"/>.</summary>
internal enum LayerCompression
{
    Copy,
    Smallest,
}

/// <summary>Whether the layer carries compiled Python.</summary>
internal enum BytecodeMode
{
    None,
    UncheckedHash,
}

/// <summary>
/// One <c>LambdaLayer</c> item, valid: names, runtimes and sizes are parsed, paths are full paths.
/// Metadata are described in DESIGN.md, section 1.
/// </summary>
internal sealed record LayerDeclaration
{
    public required LayerName Name { get; init; }

    /// <summary>The project file that holds the item, for diagnostics.</summary>
    public string? ProjectFile { get; init; }

    /// <summary>Folder of the project file; lock files of inline <see cref="Packages"/> lie here.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>As declared, without repetition; may be empty.</summary>
    public IReadOnlyList<LambdaRuntime> Runtimes { get; init; } = [];

    /// <summary>At least one, in the order of <see cref="Architecture.All"/>.</summary>
    public IReadOnlyList<Architecture> Architectures { get; init; } = [Architecture.X64];

    public string? Description { get; init; }

    public string? LicenseInfo { get; init; }

    /// <summary>Full path of the folder whose tree becomes the layer's root; null when there is none.</summary>
    public string? SourceDirectory { get; init; }

    /// <summary>Full paths of requirement files, in order.</summary>
    public IReadOnlyList<string> RequirementFiles { get; init; } = [];

    /// <summary>Requirement specifiers in line.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Names (normalized, PEP 503) that may be built from an sdist of an index; <c>*</c> for all.</summary>
    public IReadOnlyList<string> AllowSdist { get; init; } = [];

    /// <summary>Full path of the layer's package.json; null when there is none.</summary>
    public string? PackageJson { get; init; }

    /// <summary>Globs on zip paths that stay out.</summary>
    public IReadOnlyList<string> ExcludeFiles { get; init; } = [];

    public bool Slim { get; init; }

    public BytecodeMode Bytecode { get; init; }

    /// <summary>Modules that must import from the finished layer; <c>auto</c> stands for those of the requested packages.</summary>
    public IReadOnlyList<string> Imports { get; init; } = [];

    public ByteSize? MaxZippedSize { get; init; }

    public ByteSize? MaxUnzippedSize { get; init; }

    /// <summary>As written: <c>5%</c> or a <see cref="ByteSize"/>; valid when not null.</summary>
    public string? MaxGrowth { get; init; }

    public IReadOnlyList<string> ShareWith { get; init; } = [];

    public bool AllowPublic { get; init; }

    /// <summary>Findings to accept: <c>LB3005:libfoo.so</c>, the part behind the colon a glob on the finding's subject.</summary>
    public IReadOnlyList<string> AllowFindings { get; init; } = [];

    public IReadOnlyList<string> DisallowLicenses { get; init; } = [];

    /// <summary>Files that items place into the layer, before excludes: what <c>LambdaLayerContent</c> says.</summary>
    public IReadOnlyList<ContentFile> ContentItems { get; init; } = [];

    /// <summary>What the user was warned of when the item was read: the build says it again while the layer is up to date.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; init; } = [];

    /// <summary>The Python runtimes among <see cref="Runtimes"/>.</summary>
    public IEnumerable<LambdaRuntime> PythonRuntimes => Runtimes.Where(r => r.Family == RuntimeFamily.Python);

    /// <summary>Whether <see cref="AllowFindings"/> accepts a finding: its code alone, or with a glob on what the finding is about.</summary>
    /// <param name="names">What the glob may name: a path, the name of a file, a library, a module, a package.</param>
    public bool Accepts(string code, params string?[] names) => Accepts(code, static text => text, names);

    /// <inheritdoc cref="Accepts(string, string?[])"/>
    /// <param name="normalize">Brings the glob and the names to one spelling, where several mean the same.</param>
    public bool Accepts(string code, Func<string, string> normalize, params string?[] names) =>
        Acceptance(code, glob => names.Any(name => name is not null && FileSystemName.MatchesSimpleExpression(normalize(glob), normalize(name)))) is not null;

    /// <summary>
    /// The entry of <see cref="AllowFindings"/> that accepts a finding, with the reason that it may give in parentheses:
    /// <c>LB6003:GHSA-… (only the command line is concerned)</c>.
    /// </summary>
    /// <param name="fits">Whether a glob names what the finding is about.</param>
    /// <returns>Null when none does.</returns>
    public FindingAcceptance? Acceptance(string code, Predicate<string> fits)
    {
        foreach (string finding in AllowFindings)
        {
            string[] parts = finding.Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts[0] == code && (parts.Length == 1 || fits(parts[1])))
            {
                return new FindingAcceptance(finding, null);
            }

            // A file's name may end like a reason, so the whole is tried first.
            int open = finding.IndexOf(" (", StringComparison.Ordinal);
            if (open < 0 || !finding.EndsWith(')'))
            {
                continue;
            }

            parts = finding[..open].Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts[0] == code && (parts.Length == 1 || fits(parts[1])))
            {
                return new FindingAcceptance(finding[..open].TrimEnd(), finding[(open + 2)..^1].Trim() is { Length: > 0 } reason ? reason : null);
            }
        }

        return null;
    }

    /// <summary>Whether npm may have anything to do for this layer.</summary>
    public bool HasNpmPackages => PackageJson is not null && Runtimes.Any(r => r.Family == RuntimeFamily.Node);

    /// <summary>Whether pip has anything to do for this layer.</summary>
    public bool HasRequirements => RequirementFiles.Count > 0 || Packages.Count > 0;
}

/// <summary>An entry of <c>AllowFindings</c> that accepts a finding.</summary>
/// <param name="Entry">As written, without the reason.</param>
/// <param name="Reason">Null when none is given.</param>
internal sealed record FindingAcceptance(string Entry, string? Reason);
