using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>LB2031: packages whose engines field leaves out a Node.js that the layer declares.</summary>
internal static class NodeVersionCheck
{
    private const string Code = "LB2031";

    public static void Run(LayerDeclaration layer, IEnumerable<NpmManifest> packages, DiagnosticLog log)
    {
        (string Id, int Major)[] runtimes =
        [
            .. layer.Runtimes
                .Where(r => r.Family == RuntimeFamily.Node)
                .Select(r => (r.Id, Number: r.LanguageVersion.Split('.')[0]))
                .Where(r => int.TryParse(r.Number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(r => (r.Id, int.Parse(r.Number, CultureInfo.InvariantCulture))),
        ];
        var misfits = new SortedSet<string>(StringComparer.Ordinal);
        var left = new HashSet<string>(StringComparer.Ordinal);
        string? first = null;
        foreach (NpmManifest package in packages)
        {
            string[] without = [.. runtimes.Where(r => package.Node is not null && !NodeRange.Allows(package.Node, r.Major)).Select(r => r.Id)];
            if (without.Length > 0 && !layer.Accepts(Code, package.Name ?? ""))
            {
                misfits.Add($"{package.Name} {package.Version} needs {package.Node}");
                left.UnionWith(without);
                first ??= package.Name;
            }
        }

        if (misfits.Count > 0)
        {
            log.Warning(Code, $"Layer '{layer.Name}': it is for {string.Join(" and ", runtimes.Select(r => r.Id).Where(left.Contains))}, but some of its packages are for other versions of Node.js: {string.Join(", ", misfits)}. "
                + $"Use other versions of them, or declare a separate layer for each Node.js. If it works all the same, accept it with AllowFindings=\"{Code}:{first}\".");
        }
    }
}
