using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// pdm.lock 4.x. With the strategy <c>inherit_metadata</c> each package says for which groups it is there and under which
/// marker; without it, <see cref="PdmWalk"/> begins at the manifest. A package with extras is a second block of the same
/// version. Targets say for which Pythons and platforms files were locked.
/// </summary>
internal sealed class PdmLock : PackageLock
{
    private const string Default = "default";

    private readonly Entry[] _entries;
    private readonly Target[] _targets;
    private readonly string[]? _groups;
    private readonly string[] _written;
    private readonly PdmWalk? _walk;

    public PdmLock(LockText text, string root)
        : base(LockFormat.Pdm, text)
    {
        DocumentTable metadata = text.Document.Table("metadata") ?? throw text.Invalid("it has no [metadata]", 1);
        string version = metadata.Text("lock_version") ?? throw text.Invalid("it has no lock_version", metadata.Line);
        string[] numbers = version.Split('.');
        if (numbers[0] != "4")
        {
            string fix = numbers[0] is "1" or "2" or "3" ? "Run pdm lock with pdm 2.8 or newer." : "Update LayerBuild, or lock with an older pdm.";
            throw text.Fault(LockFaultKind.UnknownVersion, $"{text.FileName} is written in lock_version {version}, and LayerBuild reads {LockFormat.Pdm.Versions}. {fix}", metadata.Line);
        }

        _targets = [.. metadata.Tables("targets").Select(ReadTarget)];
        _written = [.. metadata.Texts("groups")];
        _groups = metadata.Find("groups") is null ? null : [.. _written.Select(DistributionName.Normalize)];
        _entries = [.. text.Document.Tables("package").Select(ReadEntry)];
        if (!metadata.Texts("strategy").Contains("inherit_metadata"))
        {
            PyProject manifest = PyProject.Beside(text, root)
                ?? throw text.Fault(LockFaultKind.Missing, $"{text.FileName} was locked without inherit_metadata and so does not say what belongs to which group, and there is no pyproject.toml beside it. Put it there, or run pdm lock --strategy inherit_metadata.");
            _walk = new PdmWalk(text, manifest, _entries);
        }
    }

    protected override void CheckTarget(SelectionScope scope)
    {
        if (_targets.Length > 0 && !_targets.Any(t => t.Covers(scope)))
        {
            string locked = string.Join(", ", _targets.Select(t => t.ToString()));
            string platform = $"manylinux_{scope.Target.Glibc.Major}_{scope.Target.Glibc.Minor}_{scope.Target.Architecture.Machine}";
            throw Text.Fault(LockFaultKind.Environment, $"{Text.FileName} was locked for {locked}, and not for {scope.Target}. Add it: pdm lock --append --platform {platform} --python \"=={scope.Target.Python}.*\"");
        }
    }

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        foreach (string name in _groups is null ? [] : scope.Extras.Concat(scope.Groups).Where(g => !_groups.Contains(g)))
        {
            bool extra = scope.Extras.Contains(name);
            throw Text.Fault(
                extra ? LockFaultKind.UnknownExtra : LockFaultKind.UnknownGroup,
                $"{Text.FileName} holds no {(extra ? "extra" : "dependency group")} '{name}'. It holds: {string.Join(", ", _written)}. Correct the name, or lock it, too: pdm lock -G {name}");
        }

        if (_walk is not null)
        {
            return _walk.Choose(scope);
        }

        HashSet<string> groups = [Default, .. scope.Extras, .. scope.Groups];
        Entry[] chosen = [.. _entries.Where(e => e.Groups.Any(groups.Contains) && scope.Holds(e.Marker))];
        ILookup<string, string> requiredBy = (
            from entry in chosen
            from requirement in entry.Dependencies
            where requirement.Name != entry.Name && scope.Holds(Text.Marker(requirement.Marker, entry.Line))
            select (By: entry.Name, requirement.Name)).Distinct().ToLookup(d => d.Name, d => d.By, StringComparer.Ordinal);
        return chosen.Select(e => new PackageChoice(e.Package.Value) { RequiredBy = [.. requiredBy[e.Name]] });
    }

    private Entry ReadEntry(DocumentTable table)
    {
        string name = Text.Name(table.Text("name"), table.Line);
        Requirement[] dependencies = [.. table.List("dependencies").Select(v => Text.Requirement(new ManifestRequirement(v.AsText("dependencies"), v.Line)))];
        foreach (Requirement dependency in dependencies)
        {
            _ = Text.Marker(dependency.Marker, table.Line);
        }

        return new Entry(name, table, new Lazy<LockedPackage>(() => Text.Read(() => ReadPackage(name, table))))
        {
            Groups = [.. table.Texts("groups").Select(DistributionName.Normalize)],
            Extras = [.. table.Texts("extras").Select(DistributionName.Normalize)],
            Marker = Text.Marker(table.Text("marker"), table.Line),
            Dependencies = dependencies,
        };
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
        string? subdirectory = table.Text("subdirectory");
        if (table.Text("git") is { } git)
        {
            return new PackageSource(SourceKind.Git, git) { Commit = table.Text("revision"), Reference = table.Text("ref"), Subdirectory = subdirectory };
        }

        string? place = table.Text("path") ?? table.Text("url");
        if (place is null)
        {
            return PackageSource.DefaultIndex;
        }

        const string root = "${PROJECT_ROOT}";
        if (place.IndexOf(root, StringComparison.Ordinal) is >= 0 and int at)
        {
            // file:///${PROJECT_ROOT}/core is a URL: what follows is relative, and percent-encoded.
            place = "./" + Uri.UnescapeDataString(place[(at + root.Length)..].TrimStart('/'));
        }

        if (place.Contains("://", StringComparison.Ordinal) && !place.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return new PackageSource(SourceKind.Url, place) { Subdirectory = subdirectory };
        }

        string full = Text.Inside(place, Text.Folder, table.Line);
        bool archive = DistributionArchive.IsOne(full);
        return new PackageSource(archive ? SourceKind.Path : SourceKind.Directory, full) { Editable = table.Flag("editable") is true, Subdirectory = subdirectory };
    }

    private Target ReadTarget(DocumentTable table)
    {
        string python = table.Text("requires_python") ?? "";
        return SelectionScope.AreSpecifiers(python)
            ? new Target(python, table.Text("platform"), table.Text("implementation"), table.Flag("gil_disabled") is true)
            : throw Text.Invalid($"requires_python '{python}' of a target is not a set of versions", table.Line);
    }

    /// <summary>A block of the lock file.</summary>
    internal sealed record Entry(string Name, DocumentTable Table, Lazy<LockedPackage> Package)
    {
        public int Line => Table.Line;

        /// <summary>Normalized.</summary>
        public string[] Groups { get; init; } = [];

        /// <summary>Normalized; what the block stands for besides the package itself.</summary>
        public string[] Extras { get; init; } = [];

        public Marker? Marker { get; init; }

        public Requirement[] Dependencies { get; init; } = [];
    }

    /// <summary>A target that was locked. Parts that are not named stand for all.</summary>
    private sealed record Target(string Pythons, string? Platform, string? Implementation, bool FreeThreaded)
    {
        public bool Covers(SelectionScope scope) =>
            scope.AllowsAnyPatch(Pythons)
            && Implementation is null or "cpython"
            && !FreeThreaded
            && (Platform is null || IsPlatform(scope.Target.Architecture.Machine));

        public override string ToString() => $"Python {(Pythons.Length == 0 ? "of any version" : Pythons)}{(Platform is null ? "" : $" on {Platform}")}{(Implementation is null or "cpython" ? "" : $" ({Implementation})")}";

        /// <summary>
        /// Linux with glibc on the same CPU. A version of glibc is no limit: pdm, too, takes a lock for a newer one, and
        /// whether a wheel loads is seen at the wheel.
        /// </summary>
        private bool IsPlatform(string machine) =>
            Platform == "linux" ? machine == "x86_64" : Platform!.StartsWith("manylinux_", StringComparison.Ordinal) && Platform.EndsWith("_" + machine, StringComparison.Ordinal);
    }
}
