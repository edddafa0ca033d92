using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// A requirement in poetry's own syntax, the same in a manifest and in a lock file of version 2.0: a constraint, or a table
/// with version, extras and conditions, or a list of those for different conditions.
/// </summary>
/// <param name="Name">Normalized.</param>
/// <param name="Constraint">See <see cref="PoetryConstraint"/>; <c>*</c> for what has another place than an index.</param>
internal sealed record PoetryDependency(string Name, string Constraint)
{
    /// <summary>Normalized.</summary>
    public IReadOnlyList<string> Extras { get; private init; } = [];

    /// <summary>Taken only when an extra asks for it.</summary>
    public bool IsOptional { get; private init; }

    public int Line { get; private init; }

    private Marker? Marker { get; init; }

    private string? Python { get; init; }

    private string? Platform { get; init; }

    /// <summary>All requirements of a table, <c>python</c> itself left out.</summary>
    public static IEnumerable<PoetryDependency> ReadAll(LockText text, DocumentTable? table) =>
        from entry in table?.Entries ?? []
        where entry.Key != "python"
        let name = text.Name(entry.Key, entry.Value.Line)
        from value in entry.Value.Value is IReadOnlyList<DocumentValue> several ? several : [entry.Value]
        select Read(text, name, value);

    /// <summary>A requirement of the standard tables (project metadata) in the same form.</summary>
    public static PoetryDependency Read(LockText text, ManifestRequirement written)
    {
        Requirement requirement = text.Requirement(written);
        return new PoetryDependency(requirement.Name, requirement.Specifiers.Count == 0 ? "*" : string.Join(',', requirement.Specifiers))
        {
            Extras = requirement.Extras,
            Marker = text.Marker(requirement.Marker, written.Line),
            Line = written.Line,
        };
    }

    /// <summary>Whether its conditions hold.</summary>
    /// <param name="extras">The extras of the requiring package that are asked for.</param>
    public bool Applies(SelectionScope scope, IReadOnlySet<string> extras) =>
        (Marker?.Evaluate(scope.Markers with { Extras = extras }) ?? true)
        && (Python is null || PoetryConstraint.Allows(Python, scope.Oldest) is not false)
        && (Platform is null || IsLinux(Platform));

    private static PoetryDependency Read(LockText text, string name, DocumentValue value)
    {
        if (value.Value is string constraint)
        {
            return new PoetryDependency(name, constraint) { Line = value.Line };
        }

        DocumentTable table = value.AsTable(name);
        return new PoetryDependency(name, table.Text("version") ?? "*")
        {
            Extras = [.. table.Texts("extras").Select(DistributionName.Normalize)],
            IsOptional = table.Flag("optional") is true,
            Marker = text.Marker(table.Text("markers"), value.Line),
            Python = table.Text("python"),
            Platform = table.Text("platform"),
            Line = value.Line,
        };
    }

    /// <summary><c>linux</c>, <c>win32 || linux</c>, <c>!=win32</c>: sys_platform in short.</summary>
    private static bool IsLinux(string platform) =>
        platform.Split('|', StringSplitOptions.RemoveEmptyEntries).Any(one => one.Split(',').All(clause => clause.Trim() switch
        {
            ['!', '=', .. var other] => other.Trim() != "linux",
            ['=', '=', .. var same] => same.Trim() == "linux",
            var same => same is "linux" or "*",
        }));
}
