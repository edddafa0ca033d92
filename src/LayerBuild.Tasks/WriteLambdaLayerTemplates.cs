using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Publish;
using LayerBuild.Publish.Templates;
using LayerBuild.Steps.Measure;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks;

/// <summary>
/// Writes templates that deploy the built layers with other tools, for those who do not publish with LayerBuild: beside
/// the zips, which they name.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class WriteLambdaLayerTemplates : LayerBuildTask
{
    /// <summary>As those of <see cref="PublishLambdaLayers"/>.</summary>
    public ITaskItem[] Archives { get; set; } = [];

    /// <summary>Full path of the folder of the project file.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>LambdaLayerTemplates: <c>cloudformation</c>, <c>sam</c>, <c>terraform</c>.</summary>
    [Required]
    public string[] Templates { get; set; } = [];

    /// <summary>Full path of the folder that holds the zips.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>The files, full paths.</summary>
    [Output]
    public ITaskItem[] Files { get; private set; } = [];

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        IReadOnlyList<LayerTemplate> templates = LayerTemplate.Parse(Templates);
        IReadOnlyList<BuiltLayer> layers =
            [.. PublishParameters.ReadLayers(Archives.Select(ToItem), ProjectDirectory, log).OrderBy(l => l.Name, StringComparer.Ordinal)];
        if (log.HasErrors)
        {
            return;
        }

        foreach (LayerTemplate template in templates)
        {
            AtomicFile.Write(Path.Combine(OutputPath, template.FileName), template.Write(layers));
        }

        Files = [.. templates.Select(t => new TaskItem(Path.Combine(OutputPath, t.FileName)))];
    }
}
