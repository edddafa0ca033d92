using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>A wheel that was chosen for a target, before it is known who requires it.</summary>
/// <param name="Url">Where it came from, without credentials and fragment; null when a lock file pins it to no place.</param>
/// <param name="Pin">How a lock file holds it; null for what is built at each change.</param>
internal sealed record ChosenWheel(CachedWheel File, WheelMetadata? Metadata, string Name, string Version, string? Url, LockPin? Pin);

/// <summary>A package as one target's share of a lock file.</summary>
/// <param name="Place">URL or full path of what is not taken from an index.</param>
internal sealed record LockPin(string Name, string? Version, string? Place, LockedFile File);

/// <summary>
/// Which of the chosen packages the user named, and which require which: by the metadata of the wheels, so that it is the
/// same whether pip chose them or a lock file.
/// </summary>
internal static class PackageGraph
{
    /// <param name="lines">What the user requires.</param>
    /// <param name="missing">A requirement that none of the packages meets, in words; null when all are met.</param>
    /// <returns>Sorted by name.</returns>
    public static IReadOnlyList<ResolvedWheel> Connect(IReadOnlyList<ChosenWheel> packages, IReadOnlyList<RequirementLine> lines, PythonTarget target, out string? missing)
    {
        Dictionary<string, HashSet<string>> extras = packages.ToDictionary(p => p.Name, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        var requested = new HashSet<string>(StringComparer.Ordinal);
        foreach (RequirementLine line in lines.Where(l => l.AppliesTo(target)))
        {
            foreach (ChosenWheel package in packages.Where(p => line.Names(p.Name, p.Url)))
            {
                requested.Add(package.Name);
                extras[package.Name].UnionWith(line.Extras);
            }
        }

        Dictionary<string, IReadOnlyList<string>> provided = packages.ToDictionary(p => p.Name, p => p.Metadata?.Extras ?? [], StringComparer.Ordinal);
        Dictionary<string, Requirement[]> dependencies = packages.ToDictionary(
            p => p.Name,
            p => (p.Metadata?.RequiresDist ?? []).Select(Requirement.TryParse).OfType<Requirement>().ToArray(),
            StringComparer.Ordinal);
        var edges = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        missing = null;
        for (bool changed = true; changed;)
        {
            changed = false;
            missing = null;
            foreach ((string name, Requirement[] all) in dependencies)
            {
                edges[name] = new SortedSet<string>(StringComparer.Ordinal);
                string[] valid = [.. extras[name].Intersect(provided[name])];
                foreach (Requirement dependency in all.Where(d => Marker.Holds(d.Marker, target, valid)))
                {
                    if (!extras.TryGetValue(dependency.Name, out HashSet<string>? asked))
                    {
                        missing ??= $"{dependency.Name}, which {name} requires";
                        continue;
                    }

                    int before = asked.Count;
                    asked.UnionWith(dependency.Extras);
                    changed |= asked.Count > before;
                    if (dependency.Name != name)
                    {
                        edges[name].Add(dependency.Name);
                    }
                }
            }
        }

        return
        [
            .. packages.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p =>
                new ResolvedWheel(p.Name, p.Version, p.File.FileName, p.File.Path, p.File.Sha256, requested.Contains(p.Name))
                {
                    Requires = [.. edges[p.Name]],
                    Url = p.Url,
                    Built = p.File.Built,
                    Stamp = p.File.Stamp,
                }),
        ];
    }
}
