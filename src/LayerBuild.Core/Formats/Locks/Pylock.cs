using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// pylock.toml 1.x (pylock.toml specification, PEP 751). Each package has a marker, which may ask for the extras and groups
/// that are chosen; no walk is needed. Keys that are not known are ignored, as the specification wants.
/// </summary>
internal sealed class Pylock : PackageLock
{
    private static readonly string[] Sources = ["vcs", "directory", "archive"];

    private readonly Entry[] _entries;
    private readonly string? _requiresPython;
    private readonly Marker[]? _environments;
    private readonly string[]? _extras;
    private readonly string[]? _groups;
    private readonly string[] _defaultGroups;
    private readonly string _createdBy;
    private readonly string? _newer;

    public Pylock(LockText text)
        : base(LockFormat.Pylock, text)
    {
        DocumentTable document = text.Document;
        _newer = CheckVersion(document);
        _createdBy = document.Text("created-by") ?? throw text.Invalid("it has no created-by", 1);
        _requiresPython = document.Text("requires-python");
        if (document.Find("environments") is { } environments)
        {
            _environments = [.. document.List("environments").Select(v => text.Marker(v.AsText("environments"), v.Line)).OfType<Marker>()];
            if (_environments.Length == 0)
            {
                throw text.Invalid("environments is an empty list", environments.Line);
            }
        }

        _extras = NamesOf(document, "extras");
        _groups = NamesOf(document, "dependency-groups");
        _defaultGroups = NamesOf(document, "default-groups") ?? [];
        if (document.Find("packages") is null)
        {
            throw text.Invalid("it has no packages", 1);
        }

        _entries = [.. document.Tables("packages").Select(ReadEntry)];
    }

    protected override string? NoWheelAdvice =>
        _createdBy == "pip" ? "pip lock locks for the machine that it runs on only: lock for more with uv export or pdm export, or on a machine like the target." : null;

    protected override void CheckTarget(SelectionScope scope)
    {
        if (_newer is not null)
        {
            scope.Warnings.Add(Text.Fault(LockFaultKind.NewerFormat, $"{Text.FileName} is written in lock-version {_newer}; LayerBuild knows 1.0 and ignores what is new in it. Update LayerBuild.").Fault);
        }

        CheckPython(scope, _requiresPython, "requires-python", scope.Allows);
        if (_environments?.Any(scope.Holds) is false)
        {
            throw Text.Fault(LockFaultKind.Environment, $"{Text.FileName} was locked for some environments only, and {scope.Target} is none of them. Lock for it, too, with {_createdBy}.");
        }
    }

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        // Without the lists, extras and groups were chosen when it was written: nothing is left to choose.
        foreach (string extra in _extras is null ? [] : scope.Extras.Where(e => !_extras.Contains(e)))
        {
            throw Text.Fault(LockFaultKind.UnknownExtra, $"there is no extra '{extra}' in {Text.FileName}. {Known("Extras", _extras)}");
        }

        foreach (string group in _groups is null ? [] : scope.Groups.Where(g => !_groups.Contains(g)))
        {
            throw Text.Fault(LockFaultKind.UnknownGroup, $"there is no dependency group '{group}' in {Text.FileName}. {Known("Groups", _groups)}");
        }

        // The default groups stand for the project's own dependencies: groups are taken besides them.
        MarkerScope markers = scope.Markers with { DependencyGroups = new HashSet<string>(scope.Groups.Concat(_defaultGroups), StringComparer.Ordinal) };
        Entry[] chosen = [.. _entries.Where(e => e.Marker?.Evaluate(markers) ?? true)];
        ILookup<string, string> requiredBy = chosen.SelectMany(e => e.Dependencies.Select(d => (By: e.Name, Name: d))).ToLookup(d => d.Name, d => d.By, StringComparer.Ordinal);
        foreach (Entry entry in chosen)
        {
            CheckPython(scope, entry.RequiresPython, $"requires-python of {entry.Name}", scope.Allows);
            yield return new PackageChoice(entry.Package.Value) { RequiredBy = [.. requiredBy[entry.Name].Distinct()] };
        }
    }

    /// <returns>The version when its minor number is newer than what is known.</returns>
    private string? CheckVersion(DocumentTable document)
    {
        string version = document.Text("lock-version") ?? throw Text.Invalid("it has no lock-version", 1);
        string[] numbers = version.Split('.');
        if (numbers.Any(n => n.Length == 0 || !n.All(char.IsAsciiDigit)))
        {
            throw Text.Invalid($"lock-version '{version}' is not a version", 1);
        }

        return numbers[0] != "1"
            ? throw Text.Fault(LockFaultKind.UnknownVersion, $"{Text.FileName} is written in lock-version {version}, and LayerBuild reads {LockFormat.Pylock.Versions}. Update LayerBuild, or lock with an older tool.")
            : numbers.Skip(1).All(n => n.TrimStart('0').Length == 0) ? null : version;
    }

    private static string[]? NamesOf(DocumentTable document, string key) =>
        document.Find(key) is null ? null : [.. document.Texts(key).Select(DistributionName.Normalize)];

    private Entry ReadEntry(DocumentTable table)
    {
        string written = table.Text("name") ?? throw Text.Invalid("a package has no name", table.Line);
        string name = Text.Name(written, table.Line);
        if (name != written)
        {
            throw Text.Invalid($"the name '{written}' is not normalized ('{name}')", table.Line);
        }

        string[] direct = [.. Sources.Where(s => table.Find(s) is not null)];
        bool hasFiles = table.Find("sdist") is not null || table.List("wheels").Count > 0;
        if (direct.Length > 1 || (direct.Length == 1 && hasFiles))
        {
            throw Text.Invalid($"{name} has more than one source ({string.Join(", ", direct)}{(hasFiles ? ", files" : "")})", table.Line);
        }

        if (direct.Length == 0 && !hasFiles)
        {
            throw Text.Invalid($"{name} has no files", table.Line);
        }

        return new Entry(name, table.Text("requires-python"), Text.Marker(table.Text("marker"), table.Line), new Lazy<LockedPackage>(() => Text.Read(() => ReadPackage(name, table))))
        {
            Dependencies = [.. table.Tables("dependencies").Select(d => d.Text("name")).OfType<string>().Select(DistributionName.Normalize)],
        };
    }

    private LockedPackage ReadPackage(string name, DocumentTable table)
    {
        int line = table.Line;
        string? version = Text.Version(table.Text("version"), line);
        var package = new LockedPackage(name, version, new PackageSource(SourceKind.Index, table.Text("index"))) { Line = line };
        if (table.Table("vcs") is { } vcs)
        {
            string place = vcs.Text("url") ?? (vcs.Text("path") is { } path ? Text.Inside(path, Text.Folder, vcs.Line) : throw Text.Invalid($"vcs of {name} has neither url nor path", vcs.Line));
            if (vcs.Text("type") is not "git" and var type)
            {
                throw Text.Invalid($"{name} comes from {type ?? "a repository without a type"}; only git is known", vcs.Line);
            }

            return package with
            {
                Source = new PackageSource(SourceKind.Git, place)
                {
                    Commit = vcs.Text("commit-id") ?? throw Text.Invalid($"vcs of {name} has no commit-id", vcs.Line),
                    Reference = vcs.Text("requested-revision"),
                    Subdirectory = vcs.Text("subdirectory"),
                },
            };
        }

        if (table.Table("directory") is { } directory)
        {
            string path = directory.Text("path") ?? throw Text.Invalid($"directory of {name} has no path", directory.Line);
            return package with
            {
                Source = new PackageSource(SourceKind.Directory, Text.Inside(path, Text.Folder, directory.Line)) { Editable = directory.Flag("editable") is true, Subdirectory = directory.Text("subdirectory") },
            };
        }

        if (table.Table("archive") is { } archive)
        {
            PackageFile file = ReadFile(archive, name);
            return package with
            {
                Source = new PackageSource(file.Path is null ? SourceKind.Url : SourceKind.Path, file.Path ?? file.Url) { Subdirectory = archive.Text("subdirectory") },
                Files = [file],
            };
        }

        IEnumerable<DocumentTable> rows = table.Tables("wheels");
        return package with { Files = [.. (table.Table("sdist") is { } sdist ? rows.Append(sdist) : rows).Select(r => ReadFile(r, name))] };
    }

    private PackageFile ReadFile(DocumentTable row, string name)
    {
        DocumentTable hashes = row.Table("hashes") ?? throw Text.Invalid($"a file of {name} has no hashes", row.Line);
        string? strongest = new[] { "sha256", "sha512", "sha384", "sha3_256", "sha3_512", "blake2b" }.FirstOrDefault(a => hashes.Find(a) is not null) ?? (hashes.Entries is [var weak, ..] ? weak.Key : null);
        string hash = strongest is null ? throw Text.Invalid($"a file of {name} has no hashes", row.Line) : $"{strongest}:{hashes.Text(strongest)}";
        string? url = row.Text("url");
        string? path = row.Text("path");
        return url is null && path is null
            ? throw Text.Invalid($"a file of {name} has neither url nor path", row.Line)
            : Text.FileAt(row.Text("name"), url, path, hash, row.Number("size"), row.Line);
    }

    private sealed record Entry(string Name, string? RequiresPython, Marker? Marker, Lazy<LockedPackage> Package)
    {
        /// <summary>Normalized names.</summary>
        public string[] Dependencies { get; init; } = [];
    }
}
