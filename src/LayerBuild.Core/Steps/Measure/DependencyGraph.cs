using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;
using LayerBuild.Steps.Audit;

namespace LayerBuild.Steps.Measure;

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
        Licenses = [.. Packages.Select(p => PackageLicense.Read(p.Metadata))];
        foreach (InstalledPackage package in Packages)
        {
            _index[package] = _index.Count;
        }

        ILookup<string, int> byName = Packages.ToLookup(p => PackageName.Key(p.Name, p.Folder), p => _index[p], StringComparer.Ordinal);
        Requires = [.. Packages.Select(p => Required(p, byName))];
    }

    public IReadOnlyList<InstalledPackage> Packages { get; }

    /// <summary>For each package what its METADATA says.</summary>
    public IReadOnlyList<PackageLicense> Licenses { get; }

    /// <summary>For each package the indices, ascending, of those that it requires and that are installed for a runtime of its own.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Requires { get; }

    /// <summary>The packages as advisories know them, in the same order, each with the names of those that require it.</summary>
    public IReadOnlyList<AuditedPackage> Audited()
    {
        List<string>[] requiredBy = [.. Packages.Select(_ => new List<string>())];
        for (int i = 0; i < Packages.Count; i++)
        {
            foreach (int required in Requires[i])
            {
                requiredBy[required].Add(Packages[i].Name);
            }
        }

        return
        [
            .. Packages.Select((p, i) => new AuditedPackage(
                PackageName.IsNpm(p.Folder) ? OsvEcosystem.Npm : OsvEcosystem.PyPI, p.Name, p.Version, p.Requested, requiredBy[i])),
        ];
    }

    /// <summary>-1 for no package.</summary>
    public int IndexOf(InstalledPackage? package) => package is null ? -1 : _index[package];

    private int[] Required(InstalledPackage package, ILookup<string, int> byName) =>
    [
        .. package.Requires
            .Select(name => byName[PackageName.Key(name, package.Folder)].Where(i => Packages[i] != package))
            .SelectMany(found => PackageName.IsNpm(package.Folder) ? Nearest(package, found) : found.Where(i => Packages[i].Runtimes.Intersect(package.Runtimes).Any()))
            .Distinct()
            .Order(),
    ];

    /// <summary>Node.js looks into the package's own node_modules, then into those of the folders above it.</summary>
    private IEnumerable<int> Nearest(InstalledPackage package, IEnumerable<int> found)
    {
        const string modules = "node_modules";
        string own = $"{package.Folder}/{package.Name}/";
        return found
            .Where(i => Packages[i].Folder.EndsWith(modules, StringComparison.Ordinal) && own.StartsWith(Packages[i].Folder[..^modules.Length], StringComparison.Ordinal))
            .OrderByDescending(i => Packages[i].Folder.Length)
            .Take(1);
    }
}
