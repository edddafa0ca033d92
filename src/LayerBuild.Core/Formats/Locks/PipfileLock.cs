using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// Pipfile.lock (pipfile-spec 6): a list for each category of packages. It was locked on one machine: what a marker left
/// out there has the version <c>*</c> and is not locked at all. Files are hashes without names.
/// </summary>
internal sealed class PipfileLock : PackageLock
{
    private const string Default = "default";

    private const string Develop = "develop";

    private static readonly string[] MarkerKeys =
    [
        "sys_platform", "os_name", "platform_machine", "platform_system", "platform_release", "platform_version",
        "platform_python_implementation", "implementation_name", "implementation_version", "python_version", "python_full_version",
    ];

    private readonly Dictionary<string, Entry[]> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _sources;
    private readonly string? _python;

    public PipfileLock(LockText text)
        : base(LockFormat.Pipfile, text)
    {
        DocumentTable meta = text.Document.Table("_meta") ?? throw text.Invalid("it has no _meta", 1);
        if (meta.Number("pipfile-spec") is { } version and not 6)
        {
            throw text.Fault(LockFaultKind.UnknownVersion, $"{text.FileName} is written in pipfile-spec {version}, and LayerBuild reads {LockFormat.Pipfile.Versions}. {(version < 6 ? "Run pipenv lock with a newer pipenv." : "Update LayerBuild, or lock with an older pipenv.")}", meta.Line);
        }

        DocumentTable? requires = meta.Table("requires");
        _python = requires?.Text("python_version") ?? requires?.Text("python_full_version");
        _sources = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DocumentTable source in meta.Tables("sources"))
        {
            _sources[source.Text("name") ?? ""] = source.Text("url");
        }

        foreach ((string category, DocumentValue value) in text.Document.Entries)
        {
            if (category != "_meta")
            {
                DocumentTable packages = value.AsTable(category);
                _categories[DistributionName.Normalize(category)] = [.. packages.Entries.Select(e => ReadEntry(e.Key, e.Value.AsTable(e.Key)))];
            }
        }
    }

    protected override void CheckTarget(SelectionScope scope)
    {
        if (_python is not null && _python != $"{scope.Target.Python}" && !_python.StartsWith($"{scope.Target.Python}.", StringComparison.Ordinal))
        {
            scope.Warnings.Add(Text.Fault(
                LockFaultKind.OtherPython,
                $"{Text.FileName} was locked with Python {_python}, and the layer is for {scope.Target.Python}. What only {scope.Target.Python} needs is not in it. Declare the runtime python{_python}, or lock with Python {scope.Target.Python}.").Fault);
        }
    }

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        if (scope.Extras.FirstOrDefault() is { } extra)
        {
            throw Text.Fault(LockFaultKind.UnknownExtra, $"there is no extra '{extra}': pipenv has categories instead. Name them in Groups.");
        }

        foreach (string category in scope.Groups.Select(CategoryOf).Prepend(Default).Distinct().ToArray())
        {
            if (!_categories.TryGetValue(category, out Entry[]? entries))
            {
                if (category != Default)
                {
                    throw Text.Fault(LockFaultKind.UnknownGroup, $"there is no category '{category}' in {Text.FileName}. {Known("Categories", _categories.Keys.Where(c => c != Default))} If it is new in Pipfile, run pipenv lock.");
                }

                continue;
            }

            foreach (Entry entry in entries.Where(e => e.Markers.All(scope.Holds)))
            {
                yield return new PackageChoice(entry.Package.Value) { Fault = entry.IsPinned ? null : NotPinned(scope, entry) };
            }
        }
    }

    private LockFault NotPinned(SelectionScope scope, Entry entry) => Text.Fault(
        LockFaultKind.NotPinned,
        $"{Text.FileName} does not lock {entry.Name}: its marker did not hold on the machine that locked, and it holds on {scope.Target}. Lock where it holds, or give it a version in Pipfile ({entry.Name} = \"==1.0\") and take its marker out.").Fault;

    /// <summary>pipenv's name for what its users call dev-packages, or dev for short.</summary>
    private static string CategoryOf(string group) => group switch
    {
        "dev" or "dev-packages" => Develop,
        "packages" => Default,
        _ => group,
    };

    private Entry ReadEntry(string key, DocumentTable table)
    {
        string name = Text.Name(key, table.Line);
        var markers = new List<Marker>();
        foreach (string text in MarkersOf(table))
        {
            markers.Add(Text.Marker(text, table.Line)!);
        }

        string? version = table.Text("version");
        bool isPinned = version is not "*" && (version is not null || PlaceOf(table) is not null);
        if (isPinned && version is not null && !version.StartsWith("==", StringComparison.Ordinal))
        {
            throw Text.Invalid($"{name} has the version '{version}', which does not begin with ==", table.Line);
        }

        return new Entry(name, isPinned, [.. markers], new Lazy<LockedPackage>(() => Text.Read(() => ReadPackage(name, table))));
    }

    /// <summary>The condition of an entry, and those that stand under the name of a variable: <c>"sys_platform": "== 'win32'"</c>.</summary>
    private static IEnumerable<string> MarkersOf(DocumentTable table)
    {
        if (table.Text("markers") is { } markers && !string.IsNullOrWhiteSpace(markers))
        {
            yield return markers;
        }

        foreach (string variable in MarkerKeys)
        {
            if (table.Text(variable) is { } condition)
            {
                yield return $"{variable} {condition}";
            }
        }
    }

    private LockedPackage ReadPackage(string name, DocumentTable table)
    {
        string? version = table.Text("version");
        PackageSource source = ReadSource(table);
        string? path = source.Kind == SourceKind.Path ? source.Location : null;
        string? url = source.Kind == SourceKind.Url ? source.Location : null;
        PackageFile[] files = [.. table.List("hashes").Select(v => new PackageFile(null, Text.Hash(v.AsText("hashes"), v.Line)))];
        if (path is not null || url is not null)
        {
            // One place has one file, whatever the number of its hashes.
            files = [Text.FileAt(null, url, path, files is [var only] ? only.Hash : null, null, table.Line)];
        }

        return new LockedPackage(name, Text.Version(version is null or "*" ? null : version.TrimStart('='), table.Line), source)
        {
            Files = source.Kind is SourceKind.Directory or SourceKind.Git ? [] : files,
            Line = table.Line,
        };
    }

    private static string? PlaceOf(DocumentTable table) => table.Text("git") ?? table.Text("path") ?? table.Text("file");

    private PackageSource ReadSource(DocumentTable table)
    {
        string? subdirectory = table.Text("subdirectory");
        if (table.Text("git") is { } git)
        {
            return new PackageSource(SourceKind.Git, git) { Commit = table.Text("ref"), Subdirectory = subdirectory, Editable = table.Flag("editable") is true };
        }

        string? place = PlaceOf(table);
        if (place is null)
        {
            string? index = table.Text("index");
            return new PackageSource(SourceKind.Index, index is null ? null : _sources.GetValueOrDefault(index)) { IndexName = index };
        }

        if (place.Contains("://", StringComparison.Ordinal) && !place.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return new PackageSource(SourceKind.Url, place) { Subdirectory = subdirectory };
        }

        string full = Text.Inside(place, Text.Folder, table.Line);
        return new PackageSource(DistributionArchive.IsOne(full) ? SourceKind.Path : SourceKind.Directory, full) { Editable = table.Flag("editable") is true, Subdirectory = subdirectory };
    }

    private sealed record Entry(string Name, bool IsPinned, Marker[] Markers, Lazy<LockedPackage> Package);
}
