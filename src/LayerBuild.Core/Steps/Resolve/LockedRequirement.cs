using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>An entry of a lock file as a requirement.</summary>
internal static class LockedRequirement
{
    /// <summary>Where the requirements say that an entry comes from, to tell whether they name it; null for an index.</summary>
    public static string? PlaceOf(LockEntry entry, LockScope scope) => entry.Place is null ? null
        : entry.Place.Contains("://", StringComparison.Ordinal) ? entry.Place
        : RequirementLine.FileUrl(Path.GetFullPath(entry.Place, Path.GetDirectoryName(scope.Path)!));

    /// <summary>A line for pip: of a place, as the requirements write it, since they may hold what a lock file must not.</summary>
    public static RequirementLine LineOf(LockEntry entry, LockScope scope)
    {
        string? place = PlaceOf(entry, scope);
        RequirementLine? named = place is null ? null : scope.Lines.FirstOrDefault(l => l.Kind == RequirementKind.Requirement && l.Names("", place));
        string specifier = named is null ? entry.Place is null ? entry.Specifier : $"{entry.Name} @ {place}" : WithoutOptions(named.Text);
        string text = specifier + string.Concat(entry.Files.Select(f => $" --hash=sha256:{f.Sha256}"));
        return new RequirementLine(RequirementKind.Requirement, text, entry.Specifier, scope.Path, entry.Number)
        {
            Requirement = Requirement.TryParse(entry.Specifier),
            Url = entry.Place is null ? null : place,
        };
    }

    private static string WithoutOptions(string text)
    {
        int options = text.IndexOf(" --", StringComparison.Ordinal);
        return options < 0 ? text : text[..options];
    }
}
