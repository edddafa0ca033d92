using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Whether a lock file is the one of some requirements.</summary>
internal static class LockCheck
{
    /// <returns>Why it does not fit, in words; null when it does.</returns>
    public static string? Run(LockFile locked, LockScope scope, IReadOnlyList<PythonTarget> needed)
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
                    return $"it has {entry.Name} {version}, but {requirement.Normalized} is required";
                }
            }
        }

        return null;
    }
}
