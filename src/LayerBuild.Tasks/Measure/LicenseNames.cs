using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LayerBuild.Measure;

/// <summary>
/// The SPDX licence ids that Python packages use, and what else they are called. The facts are data:
/// <c>Measure/licenses.json</c>. An id that is not in it is still taken as one; it is only not corrected in case.
/// </summary>
internal static class LicenseNames
{
    private static readonly LicenseFile File = Load();
    private static readonly Dictionary<string, string> Ids = File.Ids.ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Deprecated = new(File.DeprecatedIds, StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Names = new(File.Names, StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Exceptions = File.Exceptions.ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>The id as SPDX writes it, deprecated ids replaced; null when it is not known.</summary>
    public static string? Find(string id) => Ids.GetValueOrDefault(id) ?? Deprecated.GetValueOrDefault(id);

    /// <summary>The exception's id as SPDX writes it; the text itself when it is not known.</summary>
    public static string Exception(string id) => Exceptions.GetValueOrDefault(id) ?? id;

    /// <summary>The id for a name in common use, <c>Apache License 2.0</c>; null when it says too little.</summary>
    public static string? ByName(string name) => Names.GetValueOrDefault(name.TrimEnd('.'));

    /// <summary>The id for the last part of a <c>License ::</c> classifier; null when it is ambiguous (<c>BSD License</c>).</summary>
    public static string? ByClassifier(string name) => File.Classifiers.GetValueOrDefault(name);

    /// <summary>
    /// The licences among which <c>GPL-2.0-or-later</c> lets one choose today: the <c>-only</c> ids of its family from that
    /// version on. Null when <paramref name="id"/> is not such an id.
    /// </summary>
    public static IReadOnlyList<string>? VersionsFrom(string id)
    {
        const string suffix = "-or-later";
        int dash = id.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !id.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            || !File.Families.TryGetValue(id[..dash].ToUpperInvariant(), out string[]? versions))
        {
            return null;
        }

        string version = id[(dash + 1)..^suffix.Length];
        int first = Array.IndexOf(versions, version);
        return first < 0 ? null : [.. versions[first..].Select(v => $"{id[..dash]}-{v}-only")];
    }

    private static LicenseFile Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Measure/licenses.json")!;
        return JsonSerializer.Deserialize(stream, LicenseJson.Default.LicenseFile)!;
    }
}

/// <param name="Names">What people write into the License field, by SPDX id.</param>
/// <param name="Classifiers">Last part of a trove classifier, by SPDX id; only those that name one licence.</param>
/// <param name="Families">Versions that exist, oldest first, of licences with <c>-only</c> and <c>-or-later</c> ids.</param>
internal sealed record LicenseFile(
    string[] Ids,
    Dictionary<string, string> DeprecatedIds,
    string[] Exceptions,
    Dictionary<string, string[]> Families,
    Dictionary<string, string> Names,
    Dictionary<string, string> Classifiers);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LicenseFile))]
internal sealed partial class LicenseJson : JsonSerializerContext;
