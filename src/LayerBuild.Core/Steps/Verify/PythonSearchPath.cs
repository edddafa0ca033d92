using System.Text;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>A module that a layer holds.</summary>
/// <param name="Name">Dotted.</param>
/// <param name="Source">Its <c>.py</c> file (<c>__init__.py</c> of a package); null for extension modules and namespace packages.</param>
/// <param name="Folders">Where its submodules are looked for; empty when it is no package.</param>
internal sealed record FoundModule(string Name, LayerEntry? Source, IReadOnlyList<string> Folders)
{
    public bool IsPackage => Folders.Count > 0;
}

/// <summary>Finds modules in a layer as one Python runtime does: the folders, packages, suffixes and .pth files.</summary>
internal sealed class PythonSearchPath
{
    private const int LargestPathFile = 64 * 1024;

    private readonly InspectedLayer _layer;
    private readonly string[] _suffixes;
    private readonly List<string> _roots;
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);

    /// <summary>Paths of files and links that may be modules, without what is behind the first dot of their names.</summary>
    private readonly HashSet<string> _stems = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FoundModule?> _found = new(StringComparer.Ordinal);

    public PythonSearchPath(InspectedLayer layer, LambdaRuntime python)
    {
        _layer = layer;
        _suffixes =
        [
            $".cpython-3{python.PythonVersion.Minor}-{layer.Architecture.Machine}-linux-gnu.so", ".abi3.so", ".so", ".py", ".pyc",
        ];
        AddFoldersAndStems(layer.Tree.Entries);
        _roots = [$"python/lib/python{python.LanguageVersion}/site-packages", "python"];
        _roots.AddRange(_roots.ToArray().SelectMany(AddedByPathFiles));
    }

    /// <summary>The folders of the layer that are on sys.path.</summary>
    public IReadOnlyList<string> Roots => _roots;

    /// <param name="name">Dotted.</param>
    /// <returns>Null when the layer does not have it.</returns>
    public FoundModule? Find(string name)
    {
        if (_found.TryGetValue(name, out FoundModule? known))
        {
            return known;
        }

        int dot = name.LastIndexOf('.');
        IReadOnlyList<string> places = dot < 0 ? _roots : Find(name[..dot])?.Folders ?? [];
        FoundModule? found = places.Count == 0 ? null : FindIn(places, name, name[(dot + 1)..]);
        _found[name] = found;
        return found;
    }

    /// <summary>Top-level modules and packages of the layer, for suggestions.</summary>
    public IEnumerable<string> TopLevel() => _layer.Tree.Entries
        .SelectMany(e => _roots.Where(r => e.Path.IsUnder(r)).Take(1).Select(r => e.Path.Value[(r.Length + 1)..]))
        .Select(p => p.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? p[..slash] : p.EndsWith(".py", StringComparison.Ordinal) ? p[..^3] : "")
        .Where(n => n.Length > 0 && !n.Contains('.') && !n.Contains('-'))
        .Distinct();

    private FoundModule? FindIn(IReadOnlyList<string> places, string name, string last)
    {
        var namespaces = new List<string>();
        foreach (string place in places)
        {
            string path = $"{place}/{last}";
            bool isFolder = _folders.Contains(path);
            bool isStem = _stems.Contains(path);
            if (!isFolder && !isStem)
            {
                continue;
            }

            if (isFolder && _stems.Contains($"{path}/__init__"))
            {
                foreach (string suffix in _suffixes)
                {
                    if (_layer.Find($"{path}/__init__{suffix}") is { } init)
                    {
                        // pkgutil and pkg_resources join the folders of one name; plain packages have one.
                        string[] all = [.. places.Select(p => $"{p}/{last}").Where(_folders.Contains)];
                        return new FoundModule(name, suffix == ".py" ? init : null, all);
                    }
                }
            }

            foreach (string suffix in isStem ? _suffixes : [])
            {
                if (_layer.Find(path + suffix) is { } file)
                {
                    return new FoundModule(name, suffix == ".py" ? file : null, []);
                }
            }

            if (isFolder || _layer.Find(path)?.Kind == EntryKind.SymbolicLink)
            {
                namespaces.Add(path);
            }
        }

        return namespaces.Count > 0 ? new FoundModule(name, null, namespaces) : null;
    }

    private void AddFoldersAndStems(IReadOnlyList<LayerEntry> entries)
    {
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> folders = _folders.GetAlternateLookup<ReadOnlySpan<char>>();
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> stems = _stems.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlySpan<char> last = default;
        foreach (LayerEntry entry in entries)
        {
            ReadOnlySpan<char> path = entry.Path.Value;
            int nameAt = path.LastIndexOf('/') + 1;
            if (path.EndsWith(".py", StringComparison.Ordinal) || path.EndsWith(".so", StringComparison.Ordinal)
                || path.EndsWith(".pyc", StringComparison.Ordinal) || entry.Kind == EntryKind.SymbolicLink)
            {
                int dot = path[nameAt..].IndexOf('.');
                stems.Add(dot < 0 ? path : path[..(nameAt + dot)]);
            }

            // Files of one folder mostly follow each other.
            if (nameAt > 0 && !path[..nameAt].SequenceEqual(last))
            {
                last = path[..nameAt];
                for (int slash = nameAt - 1; slash > 0 && folders.Add(path[..slash]); slash = path[..slash].LastIndexOf('/'))
                {
                }
            }
        }
    }

    private List<string> AddedByPathFiles(string root)
    {
        var added = new List<string>();
        foreach (LayerEntry entry in _layer.Tree.Entries)
        {
            string path = entry.Path.Value;
            if (!path.EndsWith(".pth", StringComparison.Ordinal) || path.Length != root.Length + 1 + entry.Path.FileName.Length
                || !entry.Path.IsUnder(root) || entry.Content.Size > LargestPathFile)
            {
                continue;
            }

            using var reader = new StreamReader(entry.Content.Open(), Encoding.UTF8);
            foreach (string line in reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries))
            {
                if (!line.StartsWith('#') && !line.StartsWith("import", StringComparison.Ordinal) && ZipPath.TryParse($"{root}/{line}", out ZipPath folder)
                    && _folders.Contains(folder.Value))
                {
                    added.Add(folder.Value);
                }
            }
        }

        return added;
    }
}
