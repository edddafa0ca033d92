using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Whether a lock file is the one of some requirements, and how it is made from a resolution.</summary>
internal static class LockFit
{
    /// <returns>Why it does not fit, in words; null when it does.</returns>
    public static string? Check(LockFile locked, LockScope scope, IReadOnlyList<PythonTarget> needed)
    {
        // Without a digest it was written by hand or by another tool: then what it holds must do.
        if (locked.RequirementsDigest is { } digest)
        {
            if (digest != scope.Digest)
            {
                return "the requirements have changed";
            }

            if (needed.FirstOrDefault(t => !locked.Targets.Contains(t.Id)) is { } absent)
            {
                return $"it is not for {absent}";
            }
        }

        foreach (PythonTarget target in needed)
        {
            Dictionary<string, LockEntry> entries = locked.Entries.Where(e => e.AppliesTo(target)).DistinctBy(e => e.Name).ToDictionary(e => e.Name, StringComparer.Ordinal);
            foreach (Requirement requirement in scope.Lines.Where(l => l.AppliesTo(target) && !l.IsRepository).Select(l => l.Requirement).OfType<Requirement>())
            {
                if (!entries.TryGetValue(requirement.Name, out LockEntry? entry))
                {
                    return $"it lacks {requirement.Name}";
                }

                if (entry.Version is { } version && !requirement.Allows(version))
                {
                    return $"it has {entry.Name} {version}, and {requirement.Normalized} is required";
                }
            }
        }

        return null;
    }

    /// <summary>One lock file for all targets: an entry per package and version, with a marker where targets differ.</summary>
    /// <param name="pins">Of each target, in their order.</param>
    public static LockFile Make(LockScope scope, IReadOnlyList<PythonTarget> targets, IReadOnlyList<IReadOnlyList<LockPin>> pins)
    {
        string folder = Path.GetDirectoryName(scope.Path)!;
        IEnumerable<LockEntry> entries =
            from pair in targets.Zip(pins)
            from pin in pair.Second
            group (Target: pair.First, Pin: pin) by (pin.Name, pin.Version, Place: pin.Place is null ? null : PlaceIn(folder, pin.Place)) into same
            select new LockEntry(
                same.Key.Name,
                same.Key.Version,
                same.Key.Place,
                TargetMarker.For([.. same.Select(p => p.Target)], [.. targets]),
                [.. same.Select(p => p.Pin.File).Distinct()]);
        return new LockFile(scope.Digest, [.. targets.Select(t => t.Id)], [.. entries]);
    }

    /// <summary>A URL as it is; a file by its path from the lock file's folder.</summary>
    private static string PlaceIn(string folder, string place)
    {
        if (!place.StartsWith("file:", StringComparison.Ordinal) || !Uri.TryCreate(place, UriKind.Absolute, out Uri? uri))
        {
            return place;
        }

        string relative = Path.GetRelativePath(folder, uri.LocalPath).Replace('\\', '/');
        return relative.StartsWith('.') || Path.IsPathRooted(relative) ? relative : "./" + relative;
    }
}
