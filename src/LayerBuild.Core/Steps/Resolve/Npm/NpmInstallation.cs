using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What npm installed for a layer and one architecture: files of <c>nodejs/node_modules/</c>, and whose they are.</summary>
internal sealed class NpmInstallation
{
    public static readonly NpmInstallation Empty = new() { Files = [], Packages = [] };

    private readonly Dictionary<ZipPath, InstalledPackage> _owners = [];

    public required IReadOnlyList<ContentFile> Files { get; init; }

    public required IReadOnlyList<InstalledPackage> Packages { get; init; }

    /// <param name="folder">Full path of the folder that holds node_modules.</param>
    /// <param name="files">Below it.</param>
    /// <param name="packages">By their folders, like <c>node_modules/ms</c>.</param>
    public static NpmInstallation Create(string folder, IReadOnlyList<NodeFile> files, IReadOnlyDictionary<string, InstalledPackage> packages)
    {
        var installation = new NpmInstallation
        {
            Packages = [.. packages.Values],
            Files =
            [
                .. files.Select(f => new ContentFile(
                    ZipPath.Parse($"nodejs/{f.Path}"),
                    Path.Combine(folder, f.Path),
                    f.IsExecutable ? EntryKind.Executable : EntryKind.File,
                    f.Size)),
            ],
        };
        for (int i = 0; i < files.Count; i++)
        {
            if (packages.GetValueOrDefault(files[i].Package) is { } owner)
            {
                installation._owners[installation.Files[i].Path] = owner;
            }
        }

        return installation;
    }

    /// <summary>Gives the files of packages their owners, and the tree the packages that have a file left in it.</summary>
    public LayerTree Claim(LayerTree tree)
    {
        if (_owners.Count == 0)
        {
            return tree;
        }

        LayerEntry[] entries = [.. tree.Entries.Select(e => e.Owner is null && _owners.TryGetValue(e.Path, out InstalledPackage? owner) ? e with { Owner = owner } : e)];
        var left = new HashSet<InstalledPackage>(entries.Select(e => e.Owner).OfType<InstalledPackage>(), ReferenceEqualityComparer.Instance);
        return new LayerTree(entries,
        [
            .. tree.Packages.Concat(Packages.Where(left.Contains))
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .ThenBy(p => p.Version, StringComparer.Ordinal)
                .ThenBy(p => p.Folder, StringComparer.Ordinal),
        ]);
    }
}
