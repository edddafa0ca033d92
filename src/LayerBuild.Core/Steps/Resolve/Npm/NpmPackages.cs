using System.Text;
using System.Text.Json;
using LayerBuild.Formats.Licenses;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>The packages of an installed tree, by their folders.</summary>
internal sealed class NpmPackages
{
    private readonly SortedDictionary<string, NpmManifest> _manifests = new(StringComparer.Ordinal);

    /// <param name="folder">Full path of the folder that holds node_modules.</param>
    public NpmPackages(string folder, IReadOnlyList<NodeFile> files)
    {
        foreach (string package in files.Select(f => f.Package).Distinct(StringComparer.Ordinal))
        {
            _manifests[package] = Read(Path.Combine(folder, package, "package.json"));
        }
    }

    /// <summary>By their folders: <c>node_modules/a/node_modules/b</c>.</summary>
    public IReadOnlyDictionary<string, NpmManifest> Manifests => _manifests;

    /// <summary>The folder of the package that code in <paramref name="package"/> gets for a name; null when there is none.</summary>
    public string? Resolve(string package, string name)
    {
        for (string? folder = package; folder is not null; folder = Outer(folder))
        {
            string candidate = folder.Length == 0 ? $"node_modules/{name}" : $"{folder}/node_modules/{name}";
            if (_manifests.ContainsKey(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <param name="root">The layer's own package.json.</param>
    public IReadOnlyDictionary<string, InstalledPackage> Describe(NpmManifest root, NpmLock locked, IReadOnlyList<LambdaRuntime> runtimes)
    {
        var packages = new SortedDictionary<string, InstalledPackage>(StringComparer.Ordinal);
        foreach ((string folder, NpmManifest manifest) in _manifests)
        {
            int modules = folder.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length;
            string name = manifest.Name ?? folder[modules..];
            packages[folder] = new InstalledPackage(
                name,
                manifest.Version ?? locked.Find(folder)?.Version ?? "0.0.0",
                Wheel: "",
                Sha256: "",
                Requested: Outer(folder) == "" && root.Dependencies.ContainsKey(folder[modules..]),
                Folder: $"nodejs/{folder[..(modules - 1)]}")
            {
                Runtimes = runtimes,
                // By their own names: a dependency may give them another (npm:other@1).
                Requires = [.. manifest.Dependencies.Keys.Select(d => Resolve(folder, d) is { } found ? _manifests[found].Name ?? d : null).OfType<string>()],
                Integrity = locked.Find(folder)?.Integrity,
                Metadata = Metadata(name, manifest),
            };
        }

        return packages;
    }

    /// <summary>The package around a package; empty for the root, null beyond it.</summary>
    private static string? Outer(string package)
    {
        if (package.Length == 0)
        {
            return null;
        }

        int modules = package.LastIndexOf("/node_modules/", StringComparison.Ordinal);
        return modules < 0 ? "" : package[..modules];
    }

    private static NpmManifest Read(string path)
    {
        try
        {
            return NpmManifest.Read(path);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            // Node.js loads a package without one, too.
            return new NpmManifest
            {
                Dependencies = new Dictionary<string, string>(),
                DevDependencies = new Dictionary<string, string>(),
                Workspaces = [],
                InstallScripts = [],
            };
        }
    }

    /// <summary>What the package says of itself, in the form that all packages of a layer have.</summary>
    private static string Metadata(string name, NpmManifest manifest)
    {
        var text = new StringBuilder();
        Add("Name", name);
        Add("Version", manifest.Version);
        Add("Summary", manifest.Description);
        bool isExpression = manifest.License is { } license && LicenseExpression.Parse(license) is { IsKnown: true };
        Add(isExpression ? "License-Expression" : "License", manifest.License);
        return text.ToString();

        void Add(string field, string? value)
        {
            if (value is not null)
            {
                text.Append(field).Append(": ").Append(value.ReplaceLineEndings(" ").Trim()).Append('\n');
            }
        }
    }
}
