using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

/// <summary>LB1005: finds files that no declared runtime looks at.</summary>
internal static class SearchPathCheck
{
    private const int Listed = 5;

    /// <param name="paths">The user's own files that are in the layer.</param>
    /// <param name="allows">Whether the layer accepts the finding for a path.</param>
    public static void Check(LayerDeclaration layer, IEnumerable<ZipPath> paths, Func<ZipPath, bool> allows, DiagnosticLog log)
    {
        IReadOnlyList<LambdaRuntime> runtimes = layer.Runtimes.Count > 0 ? layer.Runtimes : LambdaRuntime.All;
        if (layer.Runtimes.Any(r => r.SearchPaths.Count == 0))
        {
            return;
        }

        string[] folders = [.. runtimes.SelectMany(r => r.SearchPaths).Distinct(StringComparer.Ordinal)];
        ZipPath[] all = [.. paths];
        // The files of an extension lie in a folder of its name beside extensions/.
        string[] extensions = [.. all.Where(p => p.IsUnder("extensions/")).Select(p => p.FileName + "/")];
        ZipPath[] lost = [.. all.Where(p => !IsSeen(p) && !allows(p))];
        if (lost.Length == 0)
        {
            return;
        }

        string more = lost.Length > Listed ? $" and {lost.Length - Listed} more" : "";
        string names = string.Join(", ", lost.Take(Listed).Select(p => $"'{p}'")) + more;
        string whose = layer.Runtimes.Count == 0 ? "no runtime" : $"no declared runtime ({string.Join(", ", layer.Runtimes.Select(r => r.Id))})";
        log.Add(Diagnostic.Error(
            "LB1005",
            $"Layer '{layer.Name}': {whose} looks at {names}. {Advice(layer, lost[0], folders)} If your code opens it by its path below /opt, accept it with AllowFindings=\"LB1005:{lost[0]}\".") with { File = layer.ProjectFile });

        bool IsSeen(ZipPath path)
        {
            if (!folders.Any(path.IsUnder))
            {
                return extensions.Any(path.IsUnder);
            }

            // python/lib/python3.9/ is below python/, but only python3.9 looks there.
            string[] parts = path.Value.Split('/');
            return layer.Runtimes.Count == 0
                || parts is not ["python", "lib", var version, ..]
                || !version.StartsWith("python", StringComparison.Ordinal)
                || layer.Runtimes.Any(r => r.Id == version);
        }
    }

    private static string Advice(LayerDeclaration layer, ZipPath path, string[] folders)
    {
        string[] parts = path.Value.Split('/');
        string? folder = folders.FirstOrDefault(f => parts[0].Equals(f.Split('/')[0], StringComparison.OrdinalIgnoreCase) && parts.Length > 1);
        if (parts is ["python", "lib", ..])
        {
            return $"Did you mean 'python/{path.FileName}', or is {parts[2]} missing from CompatibleRuntimes?";
        }

        // A misspelt folder: "pyhton/tool.py".
        if (folder is null && parts.Length > 1 && Spelling.Closest(parts[0], folders.Select(f => f.Split('/')[0])) is { } likely)
        {
            return $"Did you mean '{likely}/{string.Join('/', parts[1..])}'?";
        }

        string home = layer.Runtimes.Count > 0 && layer.Runtimes[0].SearchPaths.Count > 0 ? layer.Runtimes[0].SearchPaths[0] : Home(path);
        return folder is not null
            ? $"Did you mean '{folder}{string.Join('/', parts[1..])}'? Names are case-sensitive in Lambda."
            : $"Did you mean '{home}{path}'?";
    }

    /// <summary>Where a file of this kind is looked for, when no runtime is declared.</summary>
    private static string Home(ZipPath path) => Path.GetExtension(path.Value) switch
    {
        ".js" or ".mjs" or ".cjs" => "nodejs/",
        ".jar" => "java/lib/",
        ".rb" => "ruby/lib/",
        ".so" => "lib/",
        ".sh" => "bin/",
        _ => "python/",
    };
}
