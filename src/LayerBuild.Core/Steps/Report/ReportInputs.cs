using System.Text.Json;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Report;

/// <summary>What the report is made of, on disk.</summary>
internal static class ReportInputs
{
    /// <summary>The zips that a layer was last measured as: one, or one for each architecture.</summary>
    /// <param name="intermediatePath">Full path of the folder of intermediate files.</param>
    /// <param name="layer">Its name, as declared.</param>
    public static IEnumerable<MeasuredContents> Read(string intermediatePath, string layer) =>
        Names(layer).Select(name => MeasuredContents.Read(PathOf(intermediatePath, name))).OfType<MeasuredContents>();

    /// <summary>Drops what was measured of a layer when it came as other zips than <paramref name="published"/>.</summary>
    public static void Forget(string intermediatePath, LayerName layer, IReadOnlyList<string> published)
    {
        foreach (string path in Names(layer.Value).Except(published, StringComparer.Ordinal).Select(name => PathOf(intermediatePath, name)))
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Whether the output folder holds the zip that the manifest is of, not an earlier one or none.</summary>
    public static bool IsBuilt(string outputPath, LayerManifest manifest)
    {
        string path = Path.Combine(outputPath, manifest.Name + ".layer.json");
        try
        {
            return File.Exists(path) && LayerManifest.Read(path).CodeSha256 == manifest.CodeSha256;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string[] Names(string layer) => [layer, .. Architecture.All.Select(a => $"{layer}-{a}")];

    private static string PathOf(string intermediatePath, string name) => Path.Combine(intermediatePath, name, MeasuredContents.FileName);
}
