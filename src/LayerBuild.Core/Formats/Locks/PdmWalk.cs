using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// Finds what a pdm.lock without inherit_metadata installs: from the manifest's requirements along the locked packages'
/// own, with the markers that stand on them.
/// </summary>
internal sealed class PdmWalk
{
    private readonly LockText _text;
    private readonly PyProject _manifest;
    private readonly Dictionary<string, PdmLock.Entry[]> _entries;

    public PdmWalk(LockText text, PyProject manifest, IReadOnlyList<PdmLock.Entry> entries)
    {
        _text = text;
        _manifest = manifest;
        _entries = entries.GroupBy(e => e.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
    }

    public IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        var chosen = new Dictionary<PdmLock.Entry, HashSet<string>>();
        var queue = new Queue<(Requirement Requirement, PdmLock.Entry? By)>();
        var ownExtras = new HashSet<string>(StringComparer.Ordinal);
        Begin();
        while (queue.TryDequeue(out (Requirement Requirement, PdmLock.Entry? By) next))
        {
            Requirement requirement = next.Requirement;
            if (!scope.Holds(_text.Marker(requirement.Marker, next.By?.Line ?? 0)))
            {
                continue;
            }

            if (requirement.Name == _manifest.Name)
            {
                // A project may require its own extras.
                foreach (string extra in requirement.Extras)
                {
                    AddExtra(extra);
                }

                continue;
            }

            foreach (PdmLock.Entry entry in Fitting(scope, requirement, next.By))
            {
                if (!chosen.TryGetValue(entry, out HashSet<string>? requiredBy))
                {
                    chosen.Add(entry, requiredBy = new HashSet<string>(StringComparer.Ordinal));
                    foreach (Requirement dependency in entry.Dependencies)
                    {
                        queue.Enqueue((dependency, entry));
                    }
                }

                if (next.By is not null && next.By.Name != entry.Name)
                {
                    requiredBy.Add(next.By.Name);
                }
            }
        }

        return chosen.Select(c => new PackageChoice(c.Key.Package.Value) { RequiredBy = [.. c.Value] });

        void Begin()
        {
            Add(_manifest.Dependencies);
            foreach (string extra in scope.Extras)
            {
                AddExtra(extra);
            }

            foreach (string group in scope.Groups)
            {
                // pdm has one list of names for both.
                Add(_manifest.Group(group) ?? _manifest.Extra(group) ?? throw _text.Fault(LockFaultKind.UnknownGroup, $"there is no dependency group '{group}' in the pyproject.toml beside {_text.FileName}. Correct its name."));
            }
        }

        void AddExtra(string extra)
        {
            if (ownExtras.Add(extra))
            {
                Add(_manifest.Extra(extra) ?? _manifest.Group(extra) ?? throw _text.Fault(LockFaultKind.UnknownExtra, $"there is no extra '{extra}' in the pyproject.toml beside {_text.FileName}. Correct its name."));
            }
        }

        void Add(IEnumerable<ManifestRequirement> requirements)
        {
            foreach (ManifestRequirement written in requirements)
            {
                queue.Enqueue((_manifest.Text.Requirement(written), null));
            }
        }
    }

    /// <summary>The blocks that a requirement stands for: of the package itself, and of each extra.</summary>
    private IEnumerable<PdmLock.Entry> Fitting(SelectionScope scope, Requirement requirement, PdmLock.Entry? by)
    {
        if (!_entries.TryGetValue(requirement.Name, out PdmLock.Entry[]? all))
        {
            throw _text.Fault(LockFaultKind.Missing, $"{requirement.Name} is required{(by is null ? "" : $" by {by.Name}")} and is not in {_text.FileName}. Run pdm lock.", by?.Line ?? 0);
        }

        PdmLock.Entry[] fitting = [.. all.Where(e => e.Table.Text("version") is not { } version || requirement.Allows(version))];
        if (fitting.Length == 0)
        {
            // What a package requires may be overridden in the manifest; what the manifest itself requires may not.
            fitting = by is not null && all.Select(e => e.Table.Text("version")).Distinct().Count() == 1
                ? all
                : throw _text.Fault(LockFaultKind.Contradictory, $"{requirement.Normalized} is required{(by is null ? "" : $" by {by.Name}")}, and {_text.FileName} has {string.Join(", ", all.Select(e => e.Package.Value.Title).Distinct())}. Run pdm lock.", all[0].Line);
        }

        if (fitting.Select(e => e.Table.Text("version")).Distinct().Count() > 1)
        {
            fitting = [.. fitting.Where(e => scope.Holds(e.Marker) && scope.Allows(e.Table.Text("requires_python") ?? "") is not false)];
        }

        return fitting.Where(e => e.Extras.Length == 0 || e.Extras.Any(requirement.Extras.Contains));
    }
}
