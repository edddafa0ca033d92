namespace LayerBuild.Resolve;

/// <summary>Which of the chosen packages the user named, and which require which.</summary>
internal static class PackageGraph
{
    /// <summary>
    /// Fills in <see cref="ResolvedWheel.Requires"/>, by the metadata of the wheels: the same whether pip chose them
    /// or a lock file.
    /// </summary>
    /// <param name="lines">What the user requires; gives the extras of the roots.</param>
    public static IReadOnlyList<ResolvedWheel> Connect(
        IReadOnlyList<(ResolvedWheel Wheel, WheelMetadata? Metadata)> packages,
        IReadOnlyList<RequirementLine> lines,
        PythonTarget target)
    {
        var extras = packages.Select(p => p.Wheel.Name).Distinct().ToDictionary(name => name, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (RequirementLine line in lines)
        {
            if (line is { Kind: RequirementKind.Requirement, Requirement: { } root } && extras.TryGetValue(root.Name, out HashSet<string>? asked) && Holds(root.Marker, target, []))
            {
                asked.UnionWith(root.Extras);
            }
        }

        var parsed = packages.ToDictionary(
            p => p.Wheel.Name,
            p => (p.Metadata?.RequiresDist ?? []).Select(Requirement.TryParse).OfType<Requirement>().Where(r => extras.ContainsKey(r.Name)).ToList(),
            StringComparer.Ordinal);
        var requires = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach ((string name, List<Requirement> dependencies) in parsed)
            {
                var edges = new SortedSet<string>(StringComparer.Ordinal);
                foreach (Requirement dependency in dependencies.Where(d => Holds(d.Marker, target, extras[name])))
                {
                    int before = extras[dependency.Name].Count;
                    extras[dependency.Name].UnionWith(dependency.Extras);
                    changed |= extras[dependency.Name].Count > before;
                    if (dependency.Name != name)
                    {
                        edges.Add(dependency.Name);
                    }
                }

                requires[name] = edges;
            }
        }

        return [.. packages.Select(p => p.Wheel with { Requires = [.. requires[p.Wheel.Name]] }).OrderBy(w => w.Name, StringComparer.Ordinal)];
    }

    private static bool Holds(string? marker, PythonTarget target, IReadOnlyCollection<string> extras)
    {
        if (marker is null)
        {
            return true;
        }

        try
        {
            return Marker.Parse(marker).Evaluate(target, extras);
        }
        catch (FormatException)
        {
            // pip read it; an edge too many does no harm.
            return true;
        }
    }
}
