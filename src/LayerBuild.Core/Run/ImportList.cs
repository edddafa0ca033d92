using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Run;

/// <summary>The modules that <c>Imports</c> means in a built layer; <c>auto</c> stands for those of the requested packages.</summary>
internal static class ImportList
{
    private const string Auto = "auto";

    /// <param name="opt">Full path of the extracted layer.</param>
    public static IReadOnlyList<string> Of(BuiltLayer layer, IReadOnlyList<string> imports, LambdaRuntime python, string opt)
    {
        var modules = new List<string>(imports.Where(i => i != Auto));
        if (imports.Contains(Auto))
        {
            string own = $"python/lib/python{python.LanguageVersion}/site-packages";
            modules.AddRange(layer.Manifest.Packages
                .Where(p => p.Requested && (p.Folder == "python" || p.Folder == own))
                .SelectMany(p => TopLevel(p, Path.Combine(opt, p.Folder)))
                .Order(StringComparer.Ordinal));
        }

        return [.. modules.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>From RECORD, or from what a slim layer keeps of it.</summary>
    private static IEnumerable<string> TopLevel(ManifestPackage package, string folder)
    {
        string? info = Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, "*.dist-info").FirstOrDefault(d => IsOf(Path.GetFileName(d), package))
            : null;
        if (info is null)
        {
            return [];
        }

        string record = Path.Combine(info, "RECORD");
        if (File.Exists(record))
        {
            return ImportedModules.TopLevel([.. WheelRecord.Paths(File.ReadAllText(record)).Where(path => !path.StartsWith("../", StringComparison.Ordinal))]);
        }

        string topLevel = Path.Combine(info, "top_level.txt");
        string plain = DistributionName.Normalize(package.Name).Replace('-', '_');
        return File.Exists(topLevel) ? [.. File.ReadLines(topLevel).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '_')]
            : Directory.Exists(Path.Combine(folder, plain)) || File.Exists(Path.Combine(folder, plain + ".py")) ? [plain]
            : [];
    }

    private static bool IsOf(string info, ManifestPackage package)
    {
        int dash = info.LastIndexOf('-');
        int version = dash < 0 ? -1 : info.LastIndexOf('-', dash - 1);
        // name-version.dist-info: the last dash is that of "dist-info".
        return version > 0 && DistributionName.Normalize(info[..version]) == DistributionName.Normalize(package.Name);
    }
}
