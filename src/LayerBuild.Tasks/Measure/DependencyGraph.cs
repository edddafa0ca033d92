using LayerBuild.Stage;

namespace LayerBuild.Measure;

/// <summary>The packages of a layer in the order of manifests (name, version, folder), and what requires what.</summary>
internal sealed class DependencyGraph
{
    private readonly Dictionary<InstalledPackage, int> _index = new(ReferenceEqualityComparer.Instance);

    public DependencyGraph(IEnumerable<InstalledPackage> packages)
    {
        Packages =
        [
            .. packages
                .OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(p => p.Name, StringComparer.Ordinal)
                .ThenBy(p => p.Version, StringComparer.Ordinal)
                .ThenBy(p => p.Folder, StringComparer.Ordinal),
        ];
        foreach (InstalledPackage package in Packages)
        {
            _index[package] = _index.Count;
        }

        ILookup<string, int> byName = Packages.ToLookup(p => PackageName.Normalise(p.Name), p => _index[p], StringComparer.Ordinal);
        Requires = [.. Packages.Select(p => Required(p, byName))];
    }

    public IReadOnlyList<InstalledPackage> Packages { get; }

    /// <summary>For each package the indices, ascending, of those that it requires and that are installed for a runtime of its own.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Requires { get; }

    /// <summary>-1 for no package.</summary>
    public int IndexOf(InstalledPackage? package) => package is null ? -1 : _index[package];

    private int[] Required(InstalledPackage package, ILookup<string, int> byName) =>
    [
        .. package.Requires
            .SelectMany(name => byName[PackageName.Normalise(name)])
            .Where(i => Packages[i] != package && Packages[i].Runtimes.Intersect(package.Runtimes).Any())
            .Distinct()
            .Order(),
    ];
}
