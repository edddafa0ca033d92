using LayerBuild.Lambda;
using LayerBuild.Steps.Audit;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Steps.Measure;

/// <summary>What is known of a tree before its zip exists; computed while it is packed.</summary>
internal sealed record MeasuredTree
{
    public required LayerZip Zip { get; init; }

    public required DependencyGraph Graph { get; init; }

    /// <summary><c>&lt;name&gt;.licenses.txt</c>.</summary>
    public required byte[] LicenseTexts { get; init; }

    /// <summary>A digit for each entry: its <see cref="FileRole"/>.</summary>
    public required string Roles { get; init; }

    /// <summary>Known vulnerabilities of its packages.</summary>
    public IReadOnlyList<AuditFinding> Findings { get; init; } = [];

    public static MeasuredTree Of(LayerZip zip)
    {
        LayerTree tree = zip.Tree;
        var graph = new DependencyGraph(tree.Packages);
        return new MeasuredTree
        {
            Zip = zip,
            Graph = graph,
            LicenseTexts = Measure.LicenseTexts.Write(zip.Name, graph, tree),
            Roles = string.Create(tree.Entries.Count, tree.Entries, static (roles, entries) =>
            {
                for (int i = 0; i < roles.Length; i++)
                {
                    roles[i] = (char)('0' + (int)FileRoles.Of(entries[i]));
                }
            }),
        };
    }
}
