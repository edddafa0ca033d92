using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Measure;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>What the tasks have in common that look at functions and the layers that were built for them.</summary>
public abstract class FunctionItemsTask : LayerBuildTask
{
    /// <summary>
    /// <c>LambdaFunction</c> items. Include: the function's name. Metadata: <c>Layers</c> (names of layers of the project and
    /// layer version ARNs, in order), <c>Runtime</c>, <c>Architecture</c>, <c>CodeDirectory</c> or <c>CodeZip</c>, <c>Handler</c>
    /// (<c>module.function</c>), <c>Event</c> (JSON, or the path of a JSON file), <c>Regions</c> (where it is, when not in all).
    /// </summary>
    public ITaskItem[] Functions { get; set; } = [];

    /// <summary><c>@(LambdaLayerArchive)</c>: paths of the built zips, each with its <c>&lt;name&gt;.layer.json</c> beside it.</summary>
    public ITaskItem[] Archives { get; set; } = [];

    /// <summary>Full path of the folder of the project file.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    private protected IReadOnlyList<LambdaFunctionDeclaration> ReadFunctions(DiagnosticLog log) =>
        new FunctionReader(ProjectDirectory, log).Read(Functions.Select(ToItem));

    private protected IReadOnlyList<BuiltLayer> ReadArchives(DiagnosticLog log) =>
        [.. Archives.Select(a => BuiltLayer.Read(Path.GetFullPath(a.ItemSpec, ProjectDirectory), log)).OfType<BuiltLayer>()];
}
