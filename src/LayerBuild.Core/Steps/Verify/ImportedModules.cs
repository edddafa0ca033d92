using System.Runtime.InteropServices;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>The modules that <c>Imports</c> means; <c>auto</c> stands for the top-level names of the requested packages.</summary>
internal static class ImportedModules
{
    private const string Auto = "auto";

    /// <summary>Folders that many packages leave beside their own by mistake.</summary>
    private static readonly string[] Strays = ["test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "scripts", "tools", "bin", "share"];

    public static IReadOnlyList<string> Of(InspectedLayer layer, LambdaRuntime python, PythonSearchPath path)
    {
        var modules = new List<string>(layer.Layer.Imports.Where(m => m != Auto));
        if (layer.Layer.Imports.Contains(Auto))
        {
            modules.AddRange(PathsOf(layer, p => p.Requested && p.Runtimes.Contains(python))
                .SelectMany(p => TopLevel(p.Value, p.Key.Folder.Length + 1))
                .Where(m => path.Find(m) is not null)
                .Order(StringComparer.Ordinal));
        }

        return [.. modules.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// What one imports of a package, from its files: <c>requests</c>, <c>yaml</c>, <c>google.cloud.storage</c>. Private names
    /// (<c>_yaml</c>) are left to those that import them.
    /// </summary>
    public static IEnumerable<string> TopLevel(InspectedLayer layer, InstalledPackage package) =>
        PathsOf(layer, p => ReferenceEquals(p, package)).SelectMany(p => TopLevel(p.Value, package.Folder.Length + 1));

    /// <param name="paths">Of a package's files, relative to the folder that is on sys.path.</param>
    public static IEnumerable<string> TopLevel(IReadOnlyList<string> paths)
    {
        List<string> sorted = [.. paths];
        sorted.Sort(StringComparer.Ordinal);
        return TopLevel(sorted, 0);
    }

    private static IEnumerable<string> TopLevel(List<string> sorted, int start)
    {
        var names = new List<string>();
        AddNames(CollectionsMarshal.AsSpan(sorted), start, "", names);
        return names.Where(n => !Strays.Contains(n)).Order(StringComparer.Ordinal);
    }

    /// <summary>The files of packages below their folders, sorted, by one walk through the layer.</summary>
    private static Dictionary<InstalledPackage, List<string>> PathsOf(InspectedLayer layer, Func<InstalledPackage, bool> isMeant)
    {
        var paths = new Dictionary<InstalledPackage, List<string>>(ReferenceEqualityComparer.Instance);
        foreach (InstalledPackage package in layer.Tree.Packages.Where(isMeant))
        {
            paths[package] = [];
        }

        InstalledPackage? owner = null;
        List<string>? owned = null;
        foreach (LayerEntry entry in layer.Tree.Entries)
        {
            if (!ReferenceEquals(entry.Owner, owner))
            {
                owner = entry.Owner;
                owned = owner is null ? null : paths.GetValueOrDefault(owner);
            }

            if (owned is not null && entry.Path.IsUnder(owner!.Folder))
            {
                owned.Add(entry.Path.Value);
            }
        }

        return paths;
    }

    /// <param name="paths">Sorted, so that a folder's files follow each other.</param>
    /// <param name="start">Where in each path the part begins that is relative to the folder that is searched.</param>
    /// <param name="prefix">Dotted name of the namespace package that the folder is, with a dot behind it.</param>
    private static void AddNames(ReadOnlySpan<string> paths, int start, string prefix, List<string> names)
    {
        for (int at = 0, next; at < paths.Length; at = next)
        {
            next = at + 1;
            string path = paths[at];
            int slash = path.IndexOf('/', start);
            string name = path[start..(slash < 0 ? path.Length : slash)];
            if (slash < 0)
            {
                string? module = name.EndsWith(".py", StringComparison.Ordinal) ? name[..^3] : ExtensionModuleName.Parse(name)?.Module;
                if (module is not null && IsPublic(module))
                {
                    names.Add(prefix + module);
                }

                continue;
            }

            ReadOnlySpan<char> folder = path.AsSpan(0, slash + 1);
            bool isPackage = IsInit(path, slash + 1);
            while (next < paths.Length && paths[next].AsSpan().StartsWith(folder, StringComparison.Ordinal))
            {
                isPackage |= IsInit(paths[next++], slash + 1);
            }

            if (IsPublic(name))
            {
                if (isPackage)
                {
                    names.Add(prefix + name);
                }
                else
                {
                    AddNames(paths[at..next], slash + 1, $"{prefix}{name}.", names);
                }
            }
        }
    }

    private static bool IsInit(string path, int start) => path.AsSpan(start).StartsWith("__init__.", StringComparison.Ordinal);

    private static bool IsPublic(string name) =>
        name.Length > 0 && name[0] != '_' && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c == '_');
}
