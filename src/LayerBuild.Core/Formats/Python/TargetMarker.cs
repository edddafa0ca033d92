
namespace LayerBuild.Formats.Python;

/// <summary>Writes the marker that holds for some of a lock file's targets and not for the others.</summary>
internal static class TargetMarker
{
    /// <returns>Null when it is all of them.</returns>
    public static string? For(IReadOnlyCollection<PythonTarget> some, IReadOnlyCollection<PythonTarget> all)
    {
        if (all.All(some.Contains))
        {
            return null;
        }

        // By architecture alone, by version alone, else each version with its architectures.
        string[] machines = MachinesOf(some);
        if (all.Where(t => machines.Contains(t.Architecture.Machine)).All(some.Contains))
        {
            return AnyOf("platform_machine", machines);
        }

        string[] whole = [.. VersionsOf(some).Where(v => all.Where(t => t.Python.ToString() == v).All(some.Contains))];
        List<string> terms = [.. whole.Select(v => Equal("python_version", v))];
        foreach (string version in VersionsOf(some).Except(whole))
        {
            string[] own = MachinesOf(some.Where(t => t.Python.ToString() == version));
            terms.Add($"{Equal("python_version", version)} and {Group(AnyOf("platform_machine", own), own.Length)}");
        }

        return string.Join(" or ", terms);
    }

    private static string[] MachinesOf(IEnumerable<PythonTarget> targets) =>
        [.. targets.Select(t => t.Architecture.Machine).Distinct().Order(StringComparer.Ordinal)];

    private static string[] VersionsOf(IEnumerable<PythonTarget> targets) =>
        [.. targets.Select(t => t.Python).Distinct().Order().Select(v => v.ToString())];

    private static string AnyOf(string variable, IEnumerable<string> values) => string.Join(" or ", values.Select(v => Equal(variable, v)));

    private static string Group(string text, int terms) => terms > 1 ? $"({text})" : text;

    private static string Equal(string variable, string value) => $"{variable} == \"{value}\"";
}
