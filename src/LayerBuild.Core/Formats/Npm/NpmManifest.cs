using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Formats.Npm;

/// <summary>What a package.json says, as far as a layer needs it.</summary>
internal sealed record NpmManifest
{
    private static readonly string[] ScriptsOfInstall = ["preinstall", "install", "postinstall"];

    /// <summary>Null when it does not say.</summary>
    public string? Name { get; init; }

    /// <summary>Null when it does not say.</summary>
    public string? Version { get; init; }

    public string? Description { get; init; }

    /// <summary>SPDX expression, or what stands there; null when nothing does.</summary>
    public string? License { get; init; }

    /// <summary>The versions of Node.js that it is for: <c>engines.node</c>; null when it does not say.</summary>
    public string? Node { get; init; }

    /// <summary>What is installed with it, by name: dependencies, optionalDependencies and peerDependencies.</summary>
    public required IReadOnlyDictionary<string, string> Dependencies { get; init; }

    /// <summary>What only its development needs, by name.</summary>
    public required IReadOnlyDictionary<string, string> DevDependencies { get; init; }

    /// <summary>Globs on folders.</summary>
    public required IReadOnlyList<string> Workspaces { get; init; }

    /// <summary>The commands that npm would run when it installs the package.</summary>
    public required IReadOnlyList<string> InstallScripts { get; init; }

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static NpmManifest Read(string path)
    {
        // From the stream, which takes a byte order mark as npm does.
        using FileStream stream = File.OpenRead(path);
        using JsonDocument document = JsonDocument.Parse(stream);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("It is not an object.");
        }

        var dependencies = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string group in new[] { "peerDependencies", "dependencies", "optionalDependencies" })
        {
            foreach ((string name, string range) in Strings(root, group))
            {
                dependencies[name] = range;
            }
        }

        Dictionary<string, string> scripts = Strings(root, "scripts");
        return new NpmManifest
        {
            Name = Text(root, "name"),
            Version = Text(root, "version"),
            Description = Text(root, "description"),
            License = ReadLicense(root),
            Node = root.Find("engines") is { } engines ? Text(engines, "node") : null,
            Dependencies = dependencies,
            DevDependencies = Strings(root, "devDependencies"),
            Workspaces = ReadWorkspaces(root),
            InstallScripts = [.. ScriptsOfInstall.Where(scripts.ContainsKey).Select(name => scripts[name])],
        };
    }

    private static string? Text(JsonElement element, string property) => element.FindText(property) is { Length: > 0 } text ? text : null;

    private static Dictionary<string, string> Strings(JsonElement element, string property) =>
        element.FindObject(property) is { } values
            ? values.EnumerateObject().Where(v => v.Value.ValueKind == JsonValueKind.String)
                .GroupBy(v => v.Name, StringComparer.Ordinal)
                .ToDictionary(v => v.Key, v => v.Last().Value.GetString()!, StringComparer.Ordinal)
            : [];

    /// <summary>A word today; an object with a type, or a list of those, before npm 3.</summary>
    private static string? ReadLicense(JsonElement root)
    {
        foreach (string property in new[] { "license", "licenses" })
        {
            if (root.Find(property) is { } value)
            {
                string[] names = value.ValueKind == JsonValueKind.Array
                    ? [.. value.EnumerateArray().Select(Name).OfType<string>()]
                    : Name(value) is { } single ? [single] : [];
                if (names.Length > 0)
                {
                    return names.Length == 1 ? names[0] : $"({string.Join(" OR ", names)})";
                }
            }
        }

        return null;

        static string? Name(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : Text(value, "type");
    }

    private static string[] ReadWorkspaces(JsonElement root)
    {
        // A list, or an object with one: Yarn's.
        IEnumerable<JsonElement>? names = root.FindObject("workspaces") is { } workspaces ? workspaces.FindList("packages") : root.FindList("workspaces");
        return names is null ? [] : [.. names.OnlyTexts()];
    }
}
