using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// A pyproject.toml: the requirements of a project as its standards (project metadata, dependency groups) and its tools
/// (poetry, pdm) write them.
/// </summary>
internal sealed class PyProject(LockText text)
{
    private readonly DocumentTable? _project = text.Document.Table("project");

    public LockText Text { get; } = text;

    /// <summary>Normalized; null for a project without a name.</summary>
    public string? Name => (_project?.Text("name") ?? Poetry?.Text("name")) is { } name ? DistributionName.Normalize(name) : null;

    /// <summary>PEP 440 specifiers.</summary>
    public string? RequiresPython => _project?.Text("requires-python");

    /// <summary><c>[project] dependencies</c>.</summary>
    public IEnumerable<ManifestRequirement> Dependencies => Requirements(_project, "dependencies");

    /// <summary><c>[tool.poetry]</c>.</summary>
    public DocumentTable? Poetry => Text.Document.Under("tool", "poetry");

    /// <summary><c>[tool.pdm]</c>.</summary>
    public DocumentTable? Pdm => Text.Document.Under("tool", "pdm");

    /// <summary>The manifest beside a lock file; null when there is none.</summary>
    /// <exception cref="LockFaultException">It is there and cannot be read.</exception>
    public static PyProject? Beside(LockText locked, string root)
    {
        string path = System.IO.Path.Combine(locked.Folder, "pyproject.toml");
        return File.Exists(path) ? new PyProject(LockText.Read(path, root)) : null;
    }

    /// <summary>Optional dependencies; null when there is no such extra.</summary>
    /// <param name="extra">Normalized.</param>
    public IEnumerable<ManifestRequirement>? Extra(string extra)
    {
        DocumentTable? all = _project?.Table("optional-dependencies");
        return KeyIn(all, extra) is { } key ? Requirements(all, key) : null;
    }

    /// <summary>
    /// The requirements of a dependency group with those that it includes (PEP 735), or of pdm's own
    /// <c>dev-dependencies</c>; null when there is no such group.
    /// </summary>
    /// <param name="group">Normalized.</param>
    /// <exception cref="LockFaultException">Groups include each other in a circle, or one that does not exist.</exception>
    public IReadOnlyList<ManifestRequirement>? Group(string group)
    {
        var found = new List<ManifestRequirement>();
        return Collect(group, [], [], found) ? found : null;
    }

    /// <param name="chain">The groups that led here.</param>
    /// <param name="done">Groups that were taken already: each counts once, however often it is included.</param>
    private bool Collect(string group, List<string> chain, HashSet<string> done, List<ManifestRequirement> found)
    {
        DocumentTable? standard = Text.Document.Table("dependency-groups");
        DocumentTable? own = Pdm?.Table("dev-dependencies");
        string? key = KeyIn(standard, group);
        string? ownKey = KeyIn(own, group);
        if (chain.Contains(group))
        {
            throw Text.Fault(LockFaultKind.Cycle, $"dependency groups include each other in a circle: {string.Join(" > ", chain.Append(group))}. Take one of the includes out.", standard?.Line ?? 0);
        }

        if (key is null && ownKey is null)
        {
            return false;
        }

        if (!done.Add(group))
        {
            return true;
        }

        if (ownKey is not null)
        {
            found.AddRange(Requirements(own, ownKey));
        }

        foreach (DocumentValue value in key is null ? [] : standard!.List(key))
        {
            if (value.Value is string requirement)
            {
                found.Add(new ManifestRequirement(requirement, value.Line));
                continue;
            }

            string included = DistributionName.Normalize(value.AsTable(key!).Text("include-group") ?? throw Text.Invalid($"an entry of the dependency group '{group}' is neither a requirement nor an include-group", value.Line));
            if (!Collect(included, [.. chain, group], done, found))
            {
                throw Text.Fault(LockFaultKind.UnknownGroup, $"the dependency group '{group}' includes '{included}', which does not exist.", value.Line);
            }
        }

        return true;
    }

    private static IEnumerable<ManifestRequirement> Requirements(DocumentTable? table, string key) =>
        table?.List(key).Select(v => new ManifestRequirement(v.AsText(key), v.Line)) ?? [];

    /// <summary>A key as it is written; null when there is none of this normalized name.</summary>
    public static string? KeyIn(DocumentTable? table, string name)
    {
        foreach ((string key, DocumentValue _) in table?.Entries ?? [])
        {
            if (DistributionName.Normalize(key) == name)
            {
                return key;
            }
        }

        return null;
    }
}

/// <summary>A requirement of a manifest, as it is written.</summary>
/// <param name="Line">In the manifest, from 1.</param>
internal readonly record struct ManifestRequirement(string Text, int Line);
