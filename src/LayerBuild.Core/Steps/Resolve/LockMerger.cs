using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Makes one lock file of what was resolved for each target.</summary>
internal static class LockMerger
{
    /// <summary>An entry per package and version, with a marker where targets differ.</summary>
    /// <param name="pins">Of each target, in their order.</param>
    public static LockFile Merge(LockScope scope, IReadOnlyList<PythonTarget> targets, IReadOnlyList<IReadOnlyList<LockPin>> pins)
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
