using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using LayerBuild.Collect;

namespace LayerBuild.Verify;

/// <summary>
/// An operating system of Lambda: the symbol versions and libraries that it brings. The facts are data:
/// <c>Verify/systems.json</c>.
/// </summary>
internal sealed class LambdaSystem
{
    private static readonly SystemFile Data = Load();

    private readonly Dictionary<string, (Version Certain, Version Newest)> _symbols;
    private readonly HashSet<string> _libraries;

    private LambdaSystem(SystemRow row)
    {
        Id = row.Id;
        Name = row.Name;
        _symbols = row.Symbols.ToDictionary(
            s => s.Key,
            s => (Version.Parse(s.Value.Certain), Version.Parse(s.Value.Newest ?? s.Value.Certain)));
        _libraries = [.. Data.CommonLibraries, .. row.Libraries];
    }

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<LambdaSystem> All { get; } = [.. Data.Systems.Select(row => new LambdaSystem(row))];

    public string Id { get; }

    /// <summary>For people: <c>Amazon Linux 2</c>.</summary>
    public string Name { get; }

    public static LambdaSystem Of(LambdaRuntime runtime) => All.First(s => s.Id == runtime.OperatingSystem);

    /// <summary>Whether a file name is that of a library which the system has where the loader looks.</summary>
    public bool Provides(string library) => _libraries.Contains(library);

    /// <summary>
    /// The newest version of a symbol prefix (<c>GLIBC</c>, <c>GLIBCXX</c>) that every image of the system has, and
    /// the newest that one has; null when the library is not the system's or not known by versions.
    /// </summary>
    public (Version Certain, Version Newest)? Symbols(string prefix, string library) =>
        Data.SymbolLibraries.TryGetValue(prefix, out string[]? libraries) && libraries.Contains(library)
        && _symbols.TryGetValue(prefix, out (Version, Version) versions)
            ? versions
            : null;

    /// <summary>Whether the library is a part of glibc, which shares private symbols with its other parts.</summary>
    public static bool IsGlibc(string library) => Data.SymbolLibraries["GLIBC"].Contains(library);

    /// <summary>What to do about a library that is often missed; null for others.</summary>
    public static string? Hint(string library) => Data.Hints.GetValueOrDefault(library);

    private static SystemFile Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Verify/systems.json")!;
        return JsonSerializer.Deserialize(stream, SystemJson.Default.SystemFile)!;
    }
}

internal sealed record SystemFile(
    string Source,
    SystemRow[] Systems,
    Dictionary<string, string[]> SymbolLibraries,
    string[] CommonLibraries,
    Dictionary<string, string> Hints);

internal sealed record SystemRow(string Id, string Name, Dictionary<string, SymbolRow> Symbols, string[] Libraries);

internal sealed record SymbolRow(string Certain, string? Newest);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SystemFile))]
internal sealed partial class SystemJson : JsonSerializerContext;
