using LayerBuild.Collect;
using LayerBuild.Stage;

namespace LayerBuild.Verify;

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
            modules.AddRange(layer.Tree.Packages
                .Where(p => p.Requested && p.Runtimes.Contains(python))
                .SelectMany(p => TopLevel(layer, p))
                .Where(m => path.Find(m) is not null)
                .Order(StringComparer.Ordinal));
        }

        return [.. modules.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// What one imports of a package, from its files: <c>requests</c>, <c>yaml</c>, <c>google.cloud.storage</c>. Private names
    /// (<c>_yaml</c>) are left to those that import them.
    /// </summary>
    public static IEnumerable<string> TopLevel(InspectedLayer layer, InstalledPackage package)
    {
        string[] paths =
        [
            .. layer.Tree.Entries
                .Where(e => ReferenceEquals(e.Owner, package) && e.Path.IsUnder(package.Folder))
                .Select(e => e.Path.Value[(package.Folder.Length + 1)..]),
        ];
        return TopLevel(paths);
    }

    /// <param name="paths">Of a package's files, relative to the folder that is on sys.path.</param>
    public static IEnumerable<string> TopLevel(IReadOnlyList<string> paths) =>
        Names(paths, "").Where(n => !Strays.Contains(n)).Order(StringComparer.Ordinal);

    /// <param name="paths">Of files, relative to the folder that is searched.</param>
    /// <param name="prefix">Dotted name of the namespace package that the folder is, with a dot behind it.</param>
    private static IEnumerable<string> Names(IReadOnlyList<string> paths, string prefix)
    {
        foreach (IGrouping<string, string> group in paths.GroupBy(p => p.Split('/')[0]))
        {
            string[] inside = [.. group.Where(p => p.Length > group.Key.Length).Select(p => p[(group.Key.Length + 1)..])];
            if (inside.Length == 0)
            {
                string? module = group.Key.EndsWith(".py", StringComparison.Ordinal) ? group.Key[..^3] : ExtensionModuleName.Parse(group.Key)?.Module;
                if (module is not null && IsPublic(module))
                {
                    yield return prefix + module;
                }
            }
            else if (IsPublic(group.Key))
            {
                if (inside.Any(p => p.StartsWith("__init__.", StringComparison.Ordinal)))
                {
                    yield return prefix + group.Key;
                }
                else
                {
                    foreach (string name in Names(inside, $"{prefix}{group.Key}."))
                    {
                        yield return name;
                    }
                }
            }
        }
    }

    private static bool IsPublic(string name) =>
        name.Length > 0 && name[0] != '_' && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c == '_');
}
