using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>
/// Which of the chosen packages the user named, and which require which: by the metadata of the wheels, so that it is the
/// same whether pip chose them or a lock file.
/// </summary>
/// <param name="Wheels">Sorted by name.</param>
/// <param name="Lacking">A requirement that none of the packages meets, in words; null when all are met.</param>
internal sealed record PackageGraph(IReadOnlyList<ResolvedWheel> Wheels, string? Lacking)
{
    public static PackageGraph Connect(IReadOnlyList<ChosenWheel> packages, TargetRequest request)
    {
        Dictionary<string, HashSet<string>> extras = packages.ToDictionary(p => p.Name, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        var requested = new HashSet<string>(StringComparer.Ordinal);
        foreach (RequirementLine line in request.Lines)
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
        string? lacking = null;
        for (bool changed = true; changed;)
        {
            changed = false;
            lacking = null;
            foreach ((string name, Requirement[] all) in dependencies)
            {
                edges[name] = new SortedSet<string>(StringComparer.Ordinal);
                string[] valid = [.. extras[name].Intersect(provided[name])];
                foreach (Requirement dependency in all.Where(d => Marker.Holds(d.Marker, request.Target, valid)))
                {
                    if (!extras.TryGetValue(dependency.Name, out HashSet<string>? asked))
                    {
                        lacking ??= $"{dependency.Name}, which {name} requires";
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

        return new PackageGraph(
            [
                .. packages.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p =>
                    new ResolvedWheel(p.Name, p.Version, p.File.FileName, p.File.Path, p.File.Sha256, requested.Contains(p.Name))
                    {
                        Requires = [.. edges[p.Name]],
                        Url = p.Url,
                        Built = p.File.Built,
                        Stamp = p.File.Stamp,
                    }),
            ],
            lacking);
    }
}
