using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Lambda;

/// <summary>
/// An operating system of Lambda: the symbol versions and libraries that it brings. The facts are data:
/// <c>Lambda/systems.json</c>.
/// </summary>
internal sealed class LambdaSystem
{
    private static readonly JsonElement Data = DataFile.Read("Lambda/systems.json");
    private static readonly string[] CommonLibraries = Data.Texts("commonLibraries");
    private static readonly Dictionary<string, string[]> SymbolLibraries = Data.Lists("symbolLibraries");
    private static readonly Dictionary<string, string> Hints = Data.Map("hints", StringComparer.Ordinal);

    private readonly Dictionary<string, SymbolVersions> _symbols = [];
    private readonly HashSet<string> _libraries;

    private LambdaSystem(JsonElement row)
    {
        Id = row.Text("id")!;
        Name = row.Text("name")!;
        foreach (JsonProperty symbols in row.GetProperty("symbols").EnumerateObject())
        {
            string certain = symbols.Value.RequiredText("certain");
            _symbols.Add(symbols.Name, new SymbolVersions(Version.Parse(certain), Version.Parse(symbols.Value.Text("newest") ?? certain)));
        }

        _libraries = [.. CommonLibraries, .. row.Texts("libraries")];
    }

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<LambdaSystem> All { get; } = [.. Data.GetProperty("systems").EnumerateArray().Select(row => new LambdaSystem(row))];

    public string Id { get; }

    /// <summary>For people: <c>Amazon Linux 2</c>.</summary>
    public string Name { get; }

    public static LambdaSystem Of(LambdaRuntime runtime) => All.First(s => s.Id == runtime.OperatingSystem);

    /// <summary>Whether a file name is that of a library which the system has where the loader looks.</summary>
    public bool Provides(string library) => _libraries.Contains(library);

    /// <param name="prefix"><c>GLIBC</c>, <c>GLIBCXX</c>.</param>
    /// <returns>Null when the library is not the system's or not known by versions.</returns>
    public SymbolVersions? Symbols(string prefix, string library) =>
        SymbolLibraries.TryGetValue(prefix, out string[]? libraries) && libraries.Contains(library) ? _symbols.GetValueOrDefault(prefix) : null;

    /// <summary>Whether the library is a part of glibc, which shares private symbols with its other parts.</summary>
    public static bool IsGlibc(string library) => SymbolLibraries["GLIBC"].Contains(library);

    /// <summary>What to do about a library that is often missed; null for others.</summary>
    public static string? Hint(string library) => Hints.GetValueOrDefault(library);
}

/// <param name="Certain">The newest version of a symbol prefix that every image of a system has.</param>
/// <param name="Newest">The newest that one of them has.</param>
internal sealed record SymbolVersions(Version Certain, Version Newest);
