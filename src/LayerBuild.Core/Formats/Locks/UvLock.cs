using System.Text.RegularExpressions;
using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// uv.lock, version 1 and its revisions: a graph for all platforms. The walk begins at the project (or at the members of a
/// workspace without one) and follows the edges whose markers hold; an edge names version and source where a name stands
/// for several packages. Where extras or groups exclude each other, markers ask which of them are chosen, and the graph
/// is walked twice: first to learn which extras are active anywhere, then to choose.
/// </summary>
internal sealed class UvLock : PackageLock
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, List<Node>> _named = new(StringComparer.Ordinal);
    private readonly string? _requiresPython;
    private readonly Marker[] _supported;
    private readonly ConflictItem[][] _conflicts;
    private readonly HashSet<string> _members;
    private readonly Edge[] _requirements;
    private readonly Dictionary<string, Edge[]> _groups;

    public UvLock(LockText text)
        : base(LockFormat.Uv, text)
    {
        DocumentTable document = text.Document;
        if (document.Number("version") is not { } version)
        {
            throw text.Invalid("it has no version", 1);
        }

        if (version != 1)
        {
            throw UnknownVersion(version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        _requiresPython = document.Text("requires-python");
        _supported = [.. document.List("supported-markers").Select(v => text.Marker(v.AsText("supported-markers"), v.Line)).OfType<Marker>()];
        _conflicts = [.. document.List("conflicts").Select(ReadConflict)];
        foreach (DocumentTable table in document.Tables("package").Concat(document.Tables("distribution")))
        {
            var node = new Node(text.Name(table.Text("name"), table.Line), table);
            _nodes.Add(node);
            if (!_named.TryGetValue(node.Name, out List<Node>? same))
            {
                _named.Add(node.Name, same = []);
            }

            same.Add(node);
        }

        foreach (Node node in _nodes)
        {
            Read(node);
        }

        DocumentTable? manifest = document.Table("manifest");
        _members = [.. manifest?.Texts("members").Select(m => text.Name(m, manifest.Line)) ?? []];
        _requirements = [.. manifest?.Tables("requirements").Select(ReadEdge) ?? []];
        _groups = ReadEdges(manifest?.Table("dependency-groups"));
    }

    protected override void CheckTarget(SelectionScope scope)
    {
        CheckPython(scope, _requiresPython, "requires-python", scope.Allows);
        if (_supported.Length > 0 && !_supported.Any(scope.Holds))
        {
            throw Text.Fault(LockFaultKind.Environment, $"{Text.FileName} was locked for some environments only, and {scope.Target} is none of them. Add it to environments under [tool.uv] in pyproject.toml, and run uv lock.");
        }
    }

    protected override IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        Node[] roots = RootsOf(scope);
        CheckNames(scope, roots);
        CheckConflicts(scope, roots);
        var walk = new Walk(this, scope, roots);
        walk.Run();
        return walk.Chosen
            .Where(c => c.Key.Source.Kind != SourceKind.Virtual)
            .Select(c => new PackageChoice(c.Key.Package.Value) { RequiredBy = [.. c.Value], IsStart = roots.Contains(c.Key) });
    }

    private LockFaultException UnknownVersion(string version) =>
        Text.Fault(LockFaultKind.UnknownVersion, $"{Text.FileName} is written in version {version} of its format, and LayerBuild reads {Format.Versions}. Update LayerBuild, or lock with an older {Format.Tool}.");

    private void Read(Node node)
    {
        DocumentTable table = node.Table;
        node.Source = ReadSource(table.Table("source") ?? throw Text.Invalid($"{node.Name} has no source", table.Line), table.Line);
        node.Forks = [.. table.List("resolution-markers").Select(v => Text.Marker(v.AsText("resolution-markers"), v.Line)).OfType<Marker>()];
        node.Dependencies = [.. table.Tables("dependencies").Select(ReadEdge)];
        node.Optional = ReadEdges(table.Table("optional-dependencies"));
        node.Groups = ReadEdges(table.Table("dev-dependencies") ?? table.Table("dependency-groups"));
        node.Package = new Lazy<LockedPackage>(() => Text.Read(() => ReadPackage(node)));
    }

    private Dictionary<string, Edge[]> ReadEdges(DocumentTable? table)
    {
        var read = new Dictionary<string, Edge[]>(StringComparer.Ordinal);
        foreach ((string key, DocumentValue value) in table?.Entries ?? [])
        {
            read[DistributionName.Normalize(key)] = [.. table!.Tables(key).Select(ReadEdge)];
        }

        return read;
    }

    private Edge ReadEdge(DocumentTable table)
    {
        string name = Text.Name(table.Text("name"), table.Line);
        if (!_named.TryGetValue(name, out List<Node>? candidates))
        {
            throw Text.Fault(LockFaultKind.Missing, $"{Text.FileName} requires {name}, which is not in it. Run uv lock.", table.Line);
        }

        Node[] fitting = [.. candidates];
        if (table.Text("version") is { } version)
        {
            fitting = [.. fitting.Where(c => c.Table.Text("version") == version)];
        }

        if (table.Table("source") is { } source)
        {
            fitting = [.. fitting.Where(c => IsSame(c.Table.Table("source"), source))];
        }

        string[] extras = [.. table.Texts("extra").Concat(table.Texts("extras")).Select(DistributionName.Normalize)];
        return fitting.Length > 0
            ? new Edge(fitting, Text.Marker(table.Text("marker"), table.Line), extras, table.Line)
            : throw Text.Fault(LockFaultKind.Missing, $"{Text.FileName} requires {name} {table.Text("version")}, which is not in it. Run uv lock.", table.Line);
    }

    private static bool IsSame(DocumentTable? left, DocumentTable right) =>
        left is not null && right.Entries.All(e => left.Find(e.Key) is { } value && Equals(value.Value, e.Value.Value));

    private ConflictItem[] ReadConflict(DocumentValue set) => set.Value is IReadOnlyList<DocumentValue> items
        ?
        [
            .. items.Select(i => i.AsTable("conflicts")).Select(item => new ConflictItem(
                Text.Name(item.Text("package"), item.Line),
                item.Text("extra") is { } extra ? DistributionName.Normalize(extra) : null,
                item.Text("group") is { } group ? DistributionName.Normalize(group) : null)),
        ]
        : throw set.Not("conflicts", "a list of lists");

    /// <summary>Where it is from; paths are not looked at before the package is chosen.</summary>
    private UvSource ReadSource(DocumentTable source, int line)
    {
        foreach ((string key, SourceKind kind) in UvSource.Kinds)
        {
            if (source.Text(key) is { } place)
            {
                // Of an index it is the rest of the row that tells, of a project whether it is linked to.
                return new UvSource(kind, key, place, source.Text("subdirectory"));
            }
        }

        throw Text.Invalid("a source is of no known kind", line);
    }

    private LockedPackage ReadPackage(Node node)
    {
        DocumentTable table = node.Table;
        UvSource source = node.Source;
        int line = table.Line;
        PackageSource origin = source.Kind switch
        {
            SourceKind.Index => new PackageSource(SourceKind.Index, IsUrl(source.Place) ? source.Place : Text.Inside(source.Place, Text.Folder, line)),
            SourceKind.Url => new PackageSource(SourceKind.Url, source.Place),
            SourceKind.Git => GitSource.Parse(source.Place),
            _ => new PackageSource(source.Kind, Text.Inside(source.Place, Text.Folder, line)),
        };
        origin = origin with { Editable = source.Key == "editable", Subdirectory = source.Subdirectory ?? origin.Subdirectory };
        IEnumerable<DocumentTable> rows = table.Tables("wheels");
        if (table.Table("sdist") is { } sdist && source.Kind is SourceKind.Index or SourceKind.Url or SourceKind.Path)
        {
            rows = rows.Append(sdist);
        }

        return new LockedPackage(node.Name, Text.Version(table.Text("version"), line), origin)
        {
            Files = [.. rows.Select(row => ReadFile(row, source, origin))],
            Line = line,
        };
    }

    private PackageFile ReadFile(DocumentTable row, UvSource source, PackageSource origin)
    {
        string? path = row.Text("path");
        if (path is not null && source.Kind == SourceKind.Index && !IsUrl(source.Place))
        {
            path = System.IO.Path.Combine(source.Place, path);
        }

        // What a direct place holds needs no place of its own.
        path ??= source.Kind == SourceKind.Path ? source.Place : null;
        string? url = row.Text("url") ?? (source.Kind == SourceKind.Url ? origin.Location : null);
        return Text.FileAt(row.Text("filename"), url, path, row.Text("hash"), row.Number("size"), row.Line);
    }

    private static bool IsUrl(string place) => place.Contains("://", StringComparison.Ordinal);

    private Node[] RootsOf(SelectionScope scope)
    {
        if (scope.StartPackage is { } start)
        {
            Node[] named = [.. _named.GetValueOrDefault(start)?.Where(n => n.Source.IsLocal) ?? []];
            string members = string.Join(", ", _members.Count > 0 ? _members.Order(StringComparer.Ordinal) : _nodes.Where(n => n.Source.IsRoot).Select(n => n.Name));
            return named.Length == 1 && (_members.Contains(start) || named[0].Source.IsRoot)
                ? named
                : throw Text.Fault(LockFaultKind.UnknownPackage, $"'{start}' is not a member of the workspace of {Text.FileName}. Its members are: {members}.");
        }

        Node[] roots = [.. _nodes.Where(n => n.Source.IsRoot)];
        return roots.Length > 0 ? roots : [.. _nodes.Where(n => n.Source.IsLocal && _members.Contains(n.Name))];
    }

    private void CheckNames(SelectionScope scope, Node[] roots)
    {
        foreach (string extra in scope.Extras.Where(e => !roots.Any(r => r.HasExtra(e))))
        {
            throw Text.Fault(LockFaultKind.UnknownExtra, $"there is no extra '{extra}' in {Text.FileName}. {Known("Extras", roots.SelectMany(r => r.Optional.Keys))} If it is new in pyproject.toml, run uv lock.");
        }

        foreach (string group in scope.Groups.Where(g => !_groups.ContainsKey(g) && !roots.Any(r => r.HasGroup(g))))
        {
            throw Text.Fault(LockFaultKind.UnknownGroup, $"there is no dependency group '{group}' in {Text.FileName}. {Known("Groups", roots.SelectMany(r => r.Groups.Keys).Concat(_groups.Keys))} If it is new in pyproject.toml, run uv lock.");
        }
    }

    private void CheckConflicts(SelectionScope scope, Node[] roots)
    {
        foreach (ConflictItem[] set in _conflicts)
        {
            string[] both =
            [
                .. set.Where(i => roots.Any(r => r.Name == i.Package)
                        && (i.Extra is not null ? scope.Extras.Contains(i.Extra) : i.Group is null || scope.Groups.Contains(i.Group)))
                    .Select(i => i.Title),
            ];
            if (both.Length > 1)
            {
                throw Conflict(both);
            }
        }
    }

    private LockFaultException Conflict(IEnumerable<string> both) =>
        Text.Fault(LockFaultKind.Conflict, $"extras or groups that exclude each other were chosen together: {string.Join(", ", both)}. Choose one of them for a layer (conflicts under [tool.uv] in pyproject.toml).");

    private sealed record Edge(Node[] Candidates, Marker? Marker, string[] Extras, int Line);

    private sealed record ConflictItem(string Package, string? Extra, string? Group)
    {
        public string Title => Extra is not null ? $"extra '{Extra}' of {Package}" : Group is not null ? $"group '{Group}' of {Package}" : Package;
    }

    private sealed record UvSource(SourceKind Kind, string Key, string Place, string? Subdirectory)
    {
        public static readonly (string Key, SourceKind Kind)[] Kinds =
        [
            ("registry", SourceKind.Index), ("git", SourceKind.Git), ("url", SourceKind.Url), ("path", SourceKind.Path),
            ("directory", SourceKind.Directory), ("editable", SourceKind.Directory), ("virtual", SourceKind.Virtual),
        ];

        public bool IsLocal => Kind is SourceKind.Directory or SourceKind.Virtual;

        /// <summary>The project beside the lock file.</summary>
        public bool IsRoot => IsLocal && Place == ".";
    }

    private sealed class Node(string name, DocumentTable table)
    {
        public string Name { get; } = name;

        public DocumentTable Table { get; } = table;

        public UvSource Source { get; set; } = null!;

        public Marker[] Forks { get; set; } = [];

        public Edge[] Dependencies { get; set; } = [];

        public Dictionary<string, Edge[]> Optional { get; set; } = [];

        public Dictionary<string, Edge[]> Groups { get; set; } = [];

        public Lazy<LockedPackage> Package { get; set; } = null!;

        /// <summary>Also one that requires nothing, which only the copy of the manifest tells.</summary>
        public bool HasExtra(string name)
        {
            DocumentTable? metadata = Table.Table("metadata");
            return Optional.ContainsKey(name)
                || metadata?.Texts("provides-extras").Any(e => DistributionName.Normalize(e) == name) is true
                || metadata?.Tables("requires-dist").Any(r => r.Text("marker") is { } marker && ExtraOf.Matches(marker).Any(m => DistributionName.Normalize(m.Groups[1].Value) == name)) is true;
        }

        public bool HasGroup(string name) =>
            Groups.ContainsKey(name)
            || Table.Under("metadata", "requires-dev")?.Entries.Any(e => DistributionName.Normalize(e.Key) == name) is true;
    }

    private static Regex ExtraOf { get; } = new(@"\bextra\s*==\s*['""]([^'""]+)['""]");

    /// <summary>One walk through the graph, breadth first.</summary>
    private sealed class Walk(UvLock locked, SelectionScope scope, Node[] roots)
    {
        private readonly HashSet<string> _active = new(StringComparer.Ordinal);
        private readonly HashSet<(string Package, string Extra)> _activeExtras = [];
        private readonly Queue<(Node Node, string? Extra)> _queue = new();
        private MarkerScope? _markers;
        private readonly HashSet<(Node, string?)> _seen = [];

        /// <summary>Every package that is reached, with the names of those that require it.</summary>
        public Dictionary<Node, HashSet<string>> Chosen { get; } = [];

        public void Run()
        {
            if (locked._conflicts.Length > 0)
            {
                Activate();
            }

            Begin();
            if (locked._conflicts.Length > 0)
            {
                LearnExtras();
                CheckExtras();
            }

            while (_queue.TryDequeue(out (Node Node, string? Extra) next))
            {
                foreach (Edge edge in EdgesOf(next.Node, next.Extra))
                {
                    if (Holds(edge.Marker))
                    {
                        Take(edge, next.Node);
                    }
                }
            }
        }

        /// <summary>Says to markers what was chosen, in uv's own spelling: <c>extra-12-model-runner-cpu</c>.</summary>
        private void Activate()
        {
            foreach (Node root in roots)
            {
                _active.Add($"project-{root.Name.Length}-{root.Name}");
                foreach (string extra in scope.Extras.Where(root.Optional.ContainsKey))
                {
                    Activate(root.Name, extra);
                }

                foreach (string group in scope.Groups.Where(root.Groups.ContainsKey))
                {
                    _active.Add($"group-{root.Name.Length}-{root.Name}-{group}");
                }
            }
        }

        private bool Activate(string package, string extra) =>
            _activeExtras.Add((package, extra)) && _active.Add($"extra-{package.Length}-{package}-{extra}");

        private void Begin()
        {
            foreach (Node root in roots)
            {
                Chosen.TryAdd(root, []);
                Enqueue(root, null);
                foreach (string extra in scope.Extras)
                {
                    Enqueue(root, extra);
                }
            }

            foreach (Node root in roots)
            {
                foreach (Edge edge in scope.Groups.SelectMany(g => root.Groups.GetValueOrDefault(g, [])).Where(e => Holds(e.Marker)))
                {
                    Take(edge, root);
                }
            }

            // A member is asked for by itself; what belongs to the workspace is not.
            IEnumerable<Edge> own = scope.StartPackage is null ? locked._requirements.Concat(scope.Groups.SelectMany(g => locked._groups.GetValueOrDefault(g, []))) : [];
            foreach (Edge edge in own.Where(e => Holds(e.Marker)))
            {
                Take(edge, null);
            }
        }

        /// <summary>Which extras are active anywhere, so that markers that ask for them are right from the first package on.</summary>
        private void LearnExtras()
        {
            var queue = new Queue<(Node Node, string? Extra)>(_queue);
            var seen = new HashSet<(Node, string?)>(_seen);
            while (queue.TryDequeue(out (Node Node, string? Extra) next))
            {
                foreach (Edge edge in EdgesOf(next.Node, next.Extra))
                {
                    string name = edge.Candidates[0].Name;
                    string[] added = [.. edge.Extras.Where(e => Activate(name, e))];
                    if (!Holds(edge.Marker))
                    {
                        foreach (string extra in added)
                        {
                            _activeExtras.Remove((name, extra));
                            _active.Remove($"extra-{name.Length}-{name}-{extra}");
                        }

                        continue;
                    }

                    Node target = Candidate(edge);
                    foreach (string? extra in edge.Extras.Prepend(null))
                    {
                        if (seen.Add((target, extra)))
                        {
                            queue.Enqueue((target, extra));
                        }
                    }
                }
            }
        }

        private void CheckExtras()
        {
            foreach (ConflictItem[] set in locked._conflicts)
            {
                ConflictItem[] both = [.. set.Where(i => i.Extra is not null && _activeExtras.Contains((i.Package, i.Extra)))];
                if (both.Length > 1)
                {
                    throw locked.Conflict(both.Select(i => i.Title));
                }
            }
        }

        private void Take(Edge edge, Node? by)
        {
            Node target = Candidate(edge);
            if (!Chosen.TryGetValue(target, out HashSet<string>? requiredBy))
            {
                Chosen.Add(target, requiredBy = new HashSet<string>(StringComparer.Ordinal));
            }

            if (by is not null && by != target)
            {
                requiredBy.Add(by.Name);
            }

            Enqueue(target, null);
            foreach (string extra in edge.Extras)
            {
                Enqueue(target, extra);
            }
        }

        private void Enqueue(Node node, string? extra)
        {
            if (_seen.Add((node, extra)))
            {
                _queue.Enqueue((node, extra));
            }
        }

        /// <summary>The package of an edge: the only one, or the one whose fork the target is in.</summary>
        private Node Candidate(Edge edge)
        {
            if (edge.Candidates is [var only])
            {
                return only;
            }

            Node[] fitting = [.. edge.Candidates.Where(c => c.Forks.Length == 0 || c.Forks.Any(Holds))];
            return fitting is [var single]
                ? single
                : throw locked.Text.Fault(
                    LockFaultKind.Contradictory,
                    $"{locked.Text.FileName} has {(fitting.Length == 0 ? "no" : "more than one")} version of {edge.Candidates[0].Name} for {scope.Target}: {string.Join(", ", edge.Candidates.Select(c => c.Table.Text("version")))}. Run uv lock.",
                    edge.Line);
        }

        private bool Holds(Marker? marker) =>
            locked._conflicts.Length == 0 ? scope.Holds(marker) : marker is null || marker.Evaluate(_markers ??= scope.Markers with { Extras = _active });

        private static Edge[] EdgesOf(Node node, string? extra) =>
            extra is null ? node.Dependencies : node.Optional.GetValueOrDefault(extra, []);
    }
}
