using System.Globalization;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Lambda;

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
/// A Lambda runtime and what is known of it. The facts are data: <c>Lambda/runtimes.json</c>.
/// </summary>
internal sealed record LambdaRuntime
{
    private LambdaRuntime(JsonElement row)
    {
        Id = row.Text("id")!;
        OperatingSystem = row.Text("os")!;
        Glibc = Version.Parse(row.Text("glibc")!);
        Architectures = [.. row.Texts("architectures").Select(id => Architecture.Find(id)!)];
        Preview = row.TryGetProperty("preview", out JsonElement preview) && preview.GetBoolean();
        Deprecated = Day(row.Text("deprecated"));
        CreateBlocked = Day(row.Text("createBlocked"));
        UpdateBlocked = Day(row.Text("updateBlocked"));
        (Family, LanguageVersion) = Split(Id);
        SearchPaths = PathsOf(Family, LanguageVersion);
    }

    /// <summary>All known runtimes, in the order of the data file.</summary>
    public static IReadOnlyList<LambdaRuntime> All { get; } =
        [.. DataFile.Read("Lambda/runtimes.json").GetProperty("runtimes").EnumerateArray().Select(row => new LambdaRuntime(row))];

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

    private static DateOnly? Day(string? text) => text is null ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
