using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Formats.Licenses;

/// <summary>
/// The SPDX licence ids that Python packages use, and what else they are called. The facts are data:
/// <c>Formats/Licenses/licenses.json</c>. An id that is not in it is still taken as one; it is only not corrected in case.
/// </summary>
internal static class LicenseNames
{
    private static readonly JsonElement Data = DataFile.Read("Formats/Licenses/licenses.json");
    private static readonly Dictionary<string, string> Ids = Data.Texts("ids").ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Deprecated = Data.Map("deprecatedIds", StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Exceptions = Data.Texts("exceptions").ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>What people write into the License field.</summary>
    private static readonly Dictionary<string, string> Names = Data.Map("names", StringComparer.OrdinalIgnoreCase);

    /// <summary>Last parts of trove classifiers; only those that name one licence.</summary>
    private static readonly Dictionary<string, string> Classifiers = Data.Map("classifiers", StringComparer.Ordinal);

    /// <summary>Versions that exist, oldest first, of licences with <c>-only</c> and <c>-or-later</c> ids.</summary>
    private static readonly Dictionary<string, string[]> Families = Data.Lists("families");

    /// <summary>The id as SPDX writes it, deprecated ids replaced; null when it is not known.</summary>
    public static string? Find(string id) => Ids.GetValueOrDefault(id) ?? Deprecated.GetValueOrDefault(id);

    /// <summary>The exception's id as SPDX writes it; the text itself when it is not known.</summary>
    public static string Exception(string id) => Exceptions.GetValueOrDefault(id) ?? id;

    /// <summary>The id for a name in common use, <c>Apache License 2.0</c>; null when it says too little.</summary>
    public static string? ByName(string name) => Names.GetValueOrDefault(name.TrimEnd('.'));

    /// <summary>The id for the last part of a <c>License ::</c> classifier; null when it is ambiguous (<c>BSD License</c>).</summary>
    public static string? ByClassifier(string name) => Classifiers.GetValueOrDefault(name);

    /// <summary>
    /// The licences among which <c>GPL-2.0-or-later</c> lets one choose today: the <c>-only</c> ids of its family from that
    /// version on. Null when <paramref name="id"/> is not such an id.
    /// </summary>
    public static IReadOnlyList<string>? VersionsFrom(string id)
    {
        const string suffix = "-or-later";
        int dash = id.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !id.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            || !Families.TryGetValue(id[..dash].ToUpperInvariant(), out string[]? versions))
        {
            return null;
        }

        string version = id[(dash + 1)..^suffix.Length];
        int first = Array.IndexOf(versions, version);
        return first < 0 ? null : [.. versions[first..].Select(v => $"{id[..dash]}-{v}-only")];
    }
}
