using LayerBuild.Files;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Stage;

/// <summary>Decides which wheels serve all declared Pythons from <c>python/</c>.</summary>
internal static class SharedWheels
{
    /// <summary>
    /// The SHA-256 of the wheels that every target has. Without those that share a regular package (a folder with an
    /// <c>__init__.py</c> of its own) with a wheel that only some have: Python looks for such a package in one place.
    /// </summary>
    public static HashSet<string> Find(IReadOnlyList<IReadOnlyList<ResolvedWheel>> targets, Dictionary<string, WheelIndex> indexes)
    {
        HashSet<string> common = new(indexes.Keys, StringComparer.Ordinal);
        foreach (IReadOnlyList<ResolvedWheel> wheels in targets)
        {
            common.IntersectWith(wheels.Select(w => w.Sha256));
        }

        if (common.Count == indexes.Count)
        {
            return common;
        }

        Dictionary<string, HashSet<string>> packages = indexes.ToDictionary(i => i.Key, i => Folders(i.Value), StringComparer.Ordinal);
        HashSet<string> regular = new(indexes.Values.SelectMany(RegularPackages), StringComparer.Ordinal);
        while (true)
        {
            HashSet<string> apart = new(
                packages.Where(p => !common.Contains(p.Key)).SelectMany(p => p.Value).Where(regular.Contains), StringComparer.Ordinal);
            if (common.RemoveWhere(sha256 => packages[sha256].Overlaps(apart)) == 0)
            {
                return common;
            }
        }
    }

    private static HashSet<string> Folders(WheelIndex index) =>
        FolderSet.Of(index.Members.Where(m => m.Place == WheelPlace.Root).Select(m => m.Path));

    private static IEnumerable<string> RegularPackages(WheelIndex index) =>
        from member in index.Members
        where member.Place == WheelPlace.Root
            && member.Path.EndsWith("/__init__.py", StringComparison.Ordinal)
            && !member.Has(WheelMemberTraits.ExtendsPath)
        select member.Path[..^"/__init__.py".Length];
}
