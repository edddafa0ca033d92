using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3009: the folders of a layer come before the standard library and the runtime's own packages on sys.path, so that a
/// module of the same name takes their place; and <c>.pth</c> files there are read at every start.
/// </summary>
internal static class ShadowingCheck
{
    private const string Code = "LB3009";
    private const int LargestPathFile = 64 * 1024;

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        LambdaRuntime[] pythons = [.. layer.Layer.PythonRuntimes];
        if (pythons.Length == 0)
        {
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var provided = new Dictionary<string, LayerEntry>(StringComparer.Ordinal);
        foreach ((LayerEntry entry, string relative) in TopLevel(layer.Tree))
        {
            if (relative.EndsWith(".pth", StringComparison.Ordinal))
            {
                foreach (Finding finding in CheckPathFile(entry))
                {
                    yield return finding;
                }
            }

            if (ModuleName(relative) is not { } module)
            {
                continue;
            }

            provided.TryAdd(module, entry);
            LambdaRuntime[] hidden = [.. layer.RuntimesOf(entry).Where(r => r.Family == RuntimeFamily.Python && PythonModules.IsStandard(module, r))];
            if (hidden.Length > 0 && seen.Add(module))
            {
                // A package may know what it does (a backport); a file of the user's is a slip.
                Severity severity = entry.Owner is null && !PythonModules.IsSeldomUsed(module) ? Severity.Error : Severity.Warning;
                string advice = entry.Owner is null
                    ? "Rename it, or put it in a package of your own."
                    : "It is a backport for older Pythons: leave it out of the requirements, or out of the layer with ExcludeFiles.";
                yield return new Finding(Code, severity, entry, $"hides the standard library's module '{module}' of "
                    + $"{string.Join(" and ", hidden.Select(r => r.Id))}: every 'import {module}' gets this one, even in the runtime and in other packages. {advice}")
                { Subject = module };
            }
        }

        foreach (Finding finding in CheckSdk(provided, pythons))
        {
            yield return finding;
        }
    }

    private static List<(LayerEntry Entry, string Relative)> TopLevel(LayerTree tree)
    {
        var found = new List<(LayerEntry Entry, string Relative)>();
        foreach (LayerEntry entry in tree.Entries)
        {
            if (TopLevel(entry) is { Length: > 0 } relative)
            {
                found.Add((entry, relative));
            }
        }

        return found;
    }

    /// <summary>
    /// The path below the folder that is on sys.path, of a file there or of the <c>__init__.py</c> of a package there; empty for all
    /// others, which are nearly all.
    /// </summary>
    private static string TopLevel(LayerEntry entry)
    {
        ReadOnlySpan<char> path = entry.Path.Value;
        if (!path.StartsWith("python/", StringComparison.Ordinal))
        {
            return "";
        }

        int start = "python/".Length;
        if (path.StartsWith("python/lib/python", StringComparison.Ordinal))
        {
            int site = path.IndexOf("/site-packages/", StringComparison.Ordinal);
            if (site < 0)
            {
                return "";
            }

            start = site + "/site-packages/".Length;
        }

        ReadOnlySpan<char> relative = path[start..];
        int slash = relative.IndexOf('/');
        // A folder without __init__.py comes after every regular module of its name.
        return slash < 0 || relative[(slash + 1)..] is "__init__.py" ? relative.ToString() : "";
    }

    /// <summary>The top-level module that a file makes importable: <c>x.py</c>, <c>x/__init__.py</c>, <c>x.abi3.so</c>.</summary>
    private static string? ModuleName(string relative)
    {
        int slash = relative.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 ? relative[..slash]
            : relative.EndsWith(".py", StringComparison.Ordinal) ? relative[..^3]
            : ExtensionModuleName.Parse(relative)?.Module;
    }

    private static IEnumerable<Finding> CheckSdk(Dictionary<string, LayerEntry> provided, LambdaRuntime[] pythons)
    {
        if (provided.ContainsKey("botocore"))
        {
            // Its own requirements chose the companions.
            yield break;
        }

        foreach (string module in new[] { "boto3", "s3transfer" })
        {
            if (provided.TryGetValue(module, out LayerEntry? entry))
            {
                yield return Finding.Warning(Code, entry, $"hides the runtime's {module}, but the layer has no botocore: "
                    + $"this {module} would run on the runtime's botocore, a different version that AWS may change. Add botocore, or leave {module} out.")
                with
                { Subject = module };
            }
        }

        foreach ((string module, LayerEntry entry) in provided)
        {
            if (entry.Owner is not { } owner)
            {
                continue;
            }

            foreach (LambdaRuntime python in pythons.Where(owner.Runtimes.Contains))
            {
                if (PythonModules.NeededByBotocore(module, python) is { } needed && !ReleaseSegment.Satisfies(owner.Version, needed.Accepts))
                {
                    yield return Finding.Warning(Code, entry, $"hides {python}'s own {module}, but that runtime's boto3 works only with "
                        + $"{needed.Package} {needed.Accepts}. Add boto3 to the layer's packages, or pin '{needed.Package}{needed.Accepts}'.")
                    with
                    { Subject = module };
                    break;
                }
            }
        }
    }

    private static IEnumerable<Finding> CheckPathFile(LayerEntry entry)
    {
        if (entry.Kind == EntryKind.SymbolicLink || entry.Content.Size > LargestPathFile)
        {
            yield break;
        }

        string[] lines;
        using (var reader = new StreamReader(entry.Content.Open(), Encoding.UTF8))
        {
            lines = reader.ReadToEnd().Split('\n');
        }

        bool told = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("import ", StringComparison.Ordinal) || line.StartsWith("import\t", StringComparison.Ordinal))
            {
                if (!told && !IsEditable(entry))
                {
                    told = true;
                    yield return Finding.Warning(Code, entry, Known(entry) ?? "runs code whenever a function with this layer starts (a line that begins with 'import'). "
                        + $"If you want that, accept it: AllowFindings=\"{Code}:{entry.Path.FileName}\".")
                    with
                    { Line = i + 1 };
                }
                else if (!told)
                {
                    told = true;
                    yield return Editable(entry, i + 1);
                }
            }
            else if (PointsOutside(entry, line))
            {
                yield return IsEditable(entry) ? Editable(entry, i + 1)
                    : Finding.Error(Code, entry, $"points to a folder outside the layer ('{line}'), which Lambda does not have. Leave the file out, or make the path relative to its own folder.")
                    with
                    { Line = i + 1 };
            }
        }
    }

    private static bool IsEditable(LayerEntry entry) =>
        entry.Path.FileName.StartsWith("__editable__", StringComparison.Ordinal) || entry.Path.FileName == "easy-install.pth";

    private static Finding Editable(LayerEntry entry, int line) => Finding.Error(Code, entry,
        "was left by an editable install (pip install -e): it points to a folder of the machine that installed it. Install the project itself, without -e.")
        with
    { Line = line };

    private static string? Known(LayerEntry entry) => entry.Path.FileName switch
    {
        "distutils-precedence.pth" => "is a part of setuptools that runs at every start to put its own distutils in place; Lambda functions hardly ever need setuptools. "
            + "Leave it out with ExcludeFiles=\"python/distutils-precedence.pth\", or setuptools as a whole.",
        var name when name.EndsWith("-nspkg.pth", StringComparison.Ordinal) => "runs at every start to make an old-style namespace package; it works in a layer. "
            + $"Accept it with AllowFindings=\"{Code}:*-nspkg.pth\", or use a newer version of the package.",
        _ => null,
    };

    private static bool PointsOutside(LayerEntry entry, string line)
    {
        if (line.StartsWith('/'))
        {
            return !line.StartsWith("/opt/", StringComparison.Ordinal) && !line.StartsWith("/var/task", StringComparison.Ordinal);
        }

        int depth = entry.Path.Value.Count(c => c == '/');
        foreach (string part in line.Split('/', '\\'))
        {
            depth += part switch { ".." => -1, "." or "" => 0, _ => 1 };
            if (depth < 0)
            {
                return true;
            }
        }

        return line.Length > 1 && line[1] == ':';
    }
}
