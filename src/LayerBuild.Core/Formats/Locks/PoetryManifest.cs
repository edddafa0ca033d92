using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary><c>[tool.poetry]</c> of a pyproject.toml: what the walk through a lock file of version 2.0 begins with.</summary>
internal sealed class PoetryManifest(PyProject project)
{
    /// <summary>The group of the project's own dependencies.</summary>
    public const string Main = "main";

    /// <summary>The dependencies of the project itself, optional ones of poetry's own table among them.</summary>
    public IEnumerable<PoetryDependency> Dependencies =>
        PoetryDependency.ReadAll(project.Text, project.Poetry?.Table("dependencies"))
            .Concat(project.Dependencies.Select(d => PoetryDependency.Read(project.Text, d)));

    /// <summary>What the standard table of optional dependencies says of an extra.</summary>
    /// <param name="extra">Normalized.</param>
    public IEnumerable<PoetryDependency> Extra(string extra) =>
        project.Extra(extra)?.Select(d => PoetryDependency.Read(project.Text, d)) ?? [];

    /// <summary>Whether there is a group, in poetry's own tables or in the standard one.</summary>
    /// <param name="group">Normalized.</param>
    public bool HasGroup(string group) => Tables(group).Any() || project.Group(group) is not null;

    /// <summary>The dependencies of a group with those of the groups that it includes; null when there is no such group.</summary>
    /// <param name="group">Normalized.</param>
    /// <exception cref="LockFaultException">Groups include each other in a circle, or one that does not exist.</exception>
    public IReadOnlyList<PoetryDependency>? Group(string group)
    {
        var found = new List<PoetryDependency>();
        return Collect(group, [], [], found) ? found : null;
    }

    private bool Collect(string group, List<string> chain, HashSet<string> done, List<PoetryDependency> found)
    {
        if (chain.Contains(group))
        {
            throw project.Text.Fault(LockFaultKind.Cycle, $"dependency groups include each other in a circle: {string.Join(" > ", chain.Append(group))}. Take one of the includes out.");
        }

        DocumentTable[] tables = [.. Tables(group)];
        if (tables.Length == 0)
        {
            return false;
        }

        if (!done.Add(group))
        {
            return true;
        }

        foreach (DocumentTable table in tables)
        {
            bool legacy = ReferenceEquals(table, project.Poetry?.Table("dev-dependencies"));
            found.AddRange(PoetryDependency.ReadAll(project.Text, legacy ? table : table.Table("dependencies")));
            foreach (string included in legacy ? [] : table.Texts("include-groups").Select(DistributionName.Normalize))
            {
                if (!Collect(included, [.. chain, group], done, found))
                {
                    throw project.Text.Fault(LockFaultKind.UnknownGroup, $"the dependency group '{group}' includes '{included}', which does not exist.", table.Line);
                }
            }
        }

        return true;
    }

    /// <summary>The tables of a group: its own, and the old one that means <c>dev</c>.</summary>
    private IEnumerable<DocumentTable> Tables(string group)
    {
        DocumentTable? groups = project.Poetry?.Table("group");
        if (PyProject.KeyIn(groups, group) is { } key)
        {
            yield return groups!.Table(key)!;
        }

        if (group == "dev" && project.Poetry?.Table("dev-dependencies") is { } legacy)
        {
            yield return legacy;
        }
    }
}
