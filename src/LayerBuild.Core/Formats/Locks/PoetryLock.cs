using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// poetry.lock 2.x. From 2.1 on each package says for which groups it is there and under which markers, extras among
/// them: no walk is needed. 2.0 says neither, and <see cref="PoetryWalk"/> finds out from the manifest. Files have names
/// and hashes, and no addresses.
/// </summary>
internal sealed class PoetryLock : PackageLock
{
    private readonly Entry[] _entries;
    private readonly HashSet<string> _extras = new(StringComparer.Ordinal);
    private readonly string? _pythonVersions;
    private readonly PoetryManifest? _manifest;
    private readonly PoetryWalk? _walk;

    private PoetryLock(LockText text, PoetryManifest? manifest, bool flat)
        : base(LockFormat.Poetry, text)
    {
        DocumentTable document = text.Document;
        _manifest = manifest;
        _pythonVersions = document.Table("metadata")!.Text("python-versions");
        _entries = [.. document.Tables("package").Select(t => ReadEntry(t, flat))];
        foreach ((string extra, DocumentValue _) in document.Table("extras")?.Entries ?? [])
        {
            _extras.Add(DistributionName.Normalize(extra));
        }

        if (!flat)
        {
            _walk = new PoetryWalk(text, manifest ?? throw text.Fault(LockFaultKind.Missing, $"{text.FileName} is in version 2.0 of its format, which does not say what belongs to which group, and there is no pyproject.toml beside it. Put it there, or run poetry lock with poetry 2."), _entries);
        }
    }

    public static PoetryLock Read(LockText text, string root)
    {
        DocumentTable metadata = text.Document.Table("metadata") ?? throw text.Invalid("it has no [metadata]", 1);
        string version = metadata.Text("lock-version") ?? throw text.Invalid("it has no lock-version", metadata.Line);
        string[] numbers = version.Split('.');
        if (numbers[0] != "2" || numbers.Length < 2 || !numbers.All(n => n.Length is > 0 and < 6 && n.All(char.IsAsciiDigit)))
        {
            string fix = numbers[0] is "0" or "1" ? "Run poetry lock with poetry 1.5 or newer." : "Update LayerBuild, or lock with an older poetry.";
            throw text.Fault(LockFaultKind.UnknownVersion, $"{text.FileName} is written in lock-version {version}, and LayerBuild reads {LockFormat.Poetry.Versions}. {fix}", metadata.Line);
        }

        PyProject? project = PyProject.Beside(text, root);
        return new PoetryLock(text, project is null ? null : new PoetryManifest(project), flat: int.Parse(numbers[1], System.Globalization.CultureInfo.InvariantCulture) >= 1);
    }

    protected override void CheckTarget(SelectionScope scope) =>
        CheckPython(scope, _pythonVersions, "python-versions", versions => PoetryConstraint.Allows(versions, scope.Newest));

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        foreach (string extra in scope.Extras.Where(e => !_extras.Contains(e)))
        {
            throw Text.Fault(LockFaultKind.UnknownExtra, $"there is no extra '{extra}' in {Text.FileName}. {Known("Extras", _extras)} If it is new in pyproject.toml, run poetry lock.");
        }

        if (_walk is not null)
        {
            return _walk.Choose(scope);
        }

        foreach (string group in scope.Groups.Where(g => !_entries.Any(e => e.Groups.ContainsKey(g)) && _manifest?.HasGroup(g) is not true))
        {
            throw Text.Fault(LockFaultKind.UnknownGroup, $"there is no dependency group '{group}' in {Text.FileName}. {Known("Groups", _entries.SelectMany(e => e.Groups.Keys).Where(g => g != PoetryManifest.Main))} If it is new in pyproject.toml, run poetry lock.");
        }

        Entry[] chosen = [.. _entries.Where(e => e.Groups.Any(g => (g.Key == PoetryManifest.Main || scope.Groups.Contains(g.Key)) && scope.Holds(g.Value)))];
        ILookup<string, string> requiredBy = chosen
            .SelectMany(e => e.Dependencies.Select(d => (By: e.Name, Name: d)))
            .ToLookup(d => d.Name, d => d.By, StringComparer.Ordinal);
        return chosen.Select(e => new PackageChoice(e.Package.Value) { RequiredBy = [.. requiredBy[e.Name].Distinct()] });
    }

    private Entry ReadEntry(DocumentTable table, bool flat)
    {
        string name = Text.Name(table.Text("name"), table.Line);
        return new Entry(name, table, new Lazy<LockedPackage>(() => Text.Read(() => ReadPackage(name, table))))
        {
            Groups = flat ? ReadGroups(name, table) : [],
            Dependencies = [.. table.Table("dependencies")?.Entries.Select(d => DistributionName.Normalize(d.Key)) ?? []],
        };
    }

    /// <summary>The marker of each group; one for all, or a table of those that differ.</summary>
    private Dictionary<string, Marker?> ReadGroups(string name, DocumentTable table)
    {
        var groups = new Dictionary<string, Marker?>(StringComparer.Ordinal);
        DocumentValue? markers = table.Find("markers");
        foreach (string group in table.Texts("groups"))
        {
            string? text = markers?.Value switch
            {
                null => null,
                string one => one,
                DocumentTable each => each.Text(group),
                _ => throw markers.Value.Not("markers", "a string or a table"),
            };
            groups[DistributionName.Normalize(group)] = Text.Marker(text, markers?.Line ?? table.Line);
        }

        return groups.Count > 0 ? groups : throw Text.Invalid($"{name} has no groups", table.Line);
    }

    private LockedPackage ReadPackage(string name, DocumentTable table)
    {
        PackageSource source = ReadSource(table);
        string? path = source.Kind == SourceKind.Path ? source.Location : null;
        string? url = source.Kind == SourceKind.Url ? source.Location : null;
        return new LockedPackage(name, Text.Version(table.Text("version"), table.Line), source)
        {
            Files = [.. table.Tables("files").Select(f => Text.FileAt(f.Text("file"), f.Text("url") ?? url, path, f.Text("hash"), f.Number("size"), f.Line))],
            Line = table.Line,
        };
    }

    private PackageSource ReadSource(DocumentTable table)
    {
        if (table.Table("source") is not { } source)
        {
            return PackageSource.DefaultIndex;
        }

        string place = source.Text("url") ?? throw Text.Invalid("a source has no url", source.Line);
        string? subdirectory = source.Text("subdirectory");
        return source.Text("type") switch
        {
            "legacy" => new PackageSource(SourceKind.Index, place) { IndexName = source.Text("reference") },
            "file" => new PackageSource(SourceKind.Path, Text.Inside(place, Text.Folder, source.Line)) { Subdirectory = subdirectory },
            "directory" => new PackageSource(SourceKind.Directory, Text.Inside(place, Text.Folder, source.Line)) { Editable = table.Flag("develop") is true, Subdirectory = subdirectory },
            "url" => new PackageSource(SourceKind.Url, place) { Subdirectory = subdirectory },
            "git" => new PackageSource(SourceKind.Git, place) { Commit = source.Text("resolved_reference"), Reference = source.Text("reference"), Subdirectory = subdirectory },
            var type => throw Text.Invalid($"'{type}' is not a kind of source", source.Line),
        };
    }

    /// <summary>A package of the lock file.</summary>
    internal sealed record Entry(string Name, DocumentTable Table, Lazy<LockedPackage> Package)
    {
        public Dictionary<string, Marker?> Groups { get; init; } = [];

        /// <summary>Normalized names.</summary>
        public string[] Dependencies { get; init; } = [];
    }
}
