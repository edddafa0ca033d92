using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// What builds left of layers that are no longer declared; all that they left when none is. It loads nothing of the engine.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class FindStaleLambdaLayers : Microsoft.Build.Utilities.Task
{
    /// <summary>All <c>LambdaLayer</c> items of the project.</summary>
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary>Full path of the folder for zips and manifests. What lies elsewhere (<c>dotnet build -o</c>) is the user's.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>Full path of the folder for intermediate files.</summary>
    [Required]
    public string IntermediatePath { get; set; } = "";

    /// <summary>Full paths.</summary>
    [Output]
    public string[] StaleFiles { get; private set; } = [];

    /// <summary>Full paths.</summary>
    [Output]
    public string[] StaleFolders { get; private set; } = [];

    public override bool Execute()
    {
        if (!Directory.Exists(IntermediatePath))
        {
            return true;
        }

        var known = new HashSet<string>(StringComparer.Ordinal) { ".resolve" };
        foreach (ITaskItem layer in Layers)
        {
            known.UnionWith(DeclaredInputs.ZipEndings.Select(ending => layer.ItemSpec + ending));
        }

        StaleFolders = [.. Directory.EnumerateDirectories(IntermediatePath).Where(folder => !known.Contains(Path.GetFileName(folder)))];
        if (StaleFolders.Length > 0)
        {
            var stale = new SortedSet<string>(StaleFolders.SelectMany(Outputs).Where(path => path.StartsWith(OutputPath, StringComparison.Ordinal)), StringComparer.Ordinal);
            stale.ExceptWith(Layers.SelectMany(layer => Outputs(Path.Combine(IntermediatePath, layer.ItemSpec))));
            StaleFiles = [.. stale];
        }

        return true;
    }

    private static IReadOnlyList<string> Outputs(string folder) => StateFile.Read(Path.Combine(folder, StateFile.Name))?.Outputs ?? [];
}
