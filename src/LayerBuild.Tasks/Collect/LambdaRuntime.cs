using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LayerBuild.Collect;

/// <summary>Whose packages and search paths a runtime has.</summary>
internal enum RuntimeFamily
{
    Python,
    Node,
    Java,
    DotNet,
    Ruby,
    Go,
    Provided,
}

/// <summary>
/// A Lambda runtime and what is known of it. The facts are data: <c>Collect/runtimes.json</c>.
/// </summary>
internal sealed record LambdaRuntime
{
    private LambdaRuntime(RuntimeRow row)
    {
        Id = row.Id;
        OperatingSystem = row.Os;
        Glibc = Version.Parse(row.Glibc);
        Architectures = [.. row.Architectures.Select(id => Architecture.Find(id)!)];
        Preview = row.Preview;
        Deprecated = row.Deprecated;
        CreateBlocked = row.CreateBlocked;
        UpdateBlocked = row.UpdateBlocked;
        (Family, LanguageVersion) = Split(Id);
        SearchPaths = PathsOf(Family, LanguageVersion);
    }

    /// <summary>All known runtimes, in the order of the data file.</summary>
    public static IReadOnlyList<LambdaRuntime> All { get; } = Load();

    /// <summary>Lambda's identifier: <c>python3.12</c>.</summary>
    public string Id { get; }

    public RuntimeFamily Family { get; }

    /// <summary>The part of the identifier behind the family's name: <c>3.12</c>, <c>22.x</c>, <c>.al2023</c>.</summary>
    public string LanguageVersion { get; }

    /// <summary><c>AL1</c>, <c>AL2</c> or <c>AL2023</c>.</summary>
    public string OperatingSystem { get; }

    /// <summary>Version of the system's glibc.</summary>
    public Version Glibc { get; }

    public IReadOnlyList<Architecture> Architectures { get; }

    /// <summary>Public preview: AWS gives no promise yet.</summary>
    public bool Preview { get; }

    /// <summary>First day without support, if known.</summary>
    public DateOnly? Deprecated { get; }

    /// <summary>From this day on no function can be created with it, if known.</summary>
    public DateOnly? CreateBlocked { get; }

    /// <summary>From this day on no function can be updated with it, if known.</summary>
    public DateOnly? UpdateBlocked { get; }

    /// <summary>
    /// Folders (with a trailing slash) and files of a layer that the runtime looks at. Empty: any path may be meant.
    /// </summary>
    public IReadOnlyList<string> SearchPaths { get; }

    /// <summary>Major and minor version of CPython, for the python family.</summary>
    public Version PythonVersion => Family == RuntimeFamily.Python
        ? Version.Parse(LanguageVersion)
        : throw new InvalidOperationException($"{Id} is not a Python runtime.");

    public static LambdaRuntime? Find(string id) => All.FirstOrDefault(r => r.Id == id);

    public bool Equals(LambdaRuntime? other) => other is not null && Id == other.Id;

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Id;

    private static (RuntimeFamily, string) Split(string id)
    {
        (string Prefix, RuntimeFamily Family)[] families =
        [
            ("python", RuntimeFamily.Python),
            ("nodejs", RuntimeFamily.Node),
            ("java", RuntimeFamily.Java),
            ("dotnetcore", RuntimeFamily.DotNet),
            ("dotnet", RuntimeFamily.DotNet),
            ("ruby", RuntimeFamily.Ruby),
            ("go", RuntimeFamily.Go),
            ("provided", RuntimeFamily.Provided),
        ];
        (string prefix, RuntimeFamily family) = families.First(f => id.StartsWith(f.Prefix, StringComparison.Ordinal));
        return (family, id[prefix.Length..]);
    }

    private static string[] PathsOf(RuntimeFamily family, string version)
    {
        string[] own = family switch
        {
            RuntimeFamily.Python => ["python/"],
            RuntimeFamily.Node => ["nodejs/"],
            RuntimeFamily.Java => ["java/lib/"],
            RuntimeFamily.Ruby => [$"ruby/gems/{version}.0/", "ruby/lib/"],
            // A package store may lie anywhere, a custom runtime looks where its bootstrap says.
            _ => [],
        };
        return own.Length == 0 ? [] : [.. own, "bin/", "lib/", "extensions/"];
    }

    private static LambdaRuntime[] Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Collect/runtimes.json")!;
        RuntimeFile file = JsonSerializer.Deserialize(stream, RuntimeJson.Default.RuntimeFile)!;
        return [.. file.Runtimes.Select(row => new LambdaRuntime(row))];
    }
}

internal sealed record RuntimeRow(
    string Id,
    string Os,
    string Glibc,
    string[] Architectures,
    bool Preview,
    DateOnly? Deprecated,
    DateOnly? CreateBlocked,
    DateOnly? UpdateBlocked);

internal sealed record RuntimeFile(string Source, RuntimeRow[] Runtimes);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RuntimeFile))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
