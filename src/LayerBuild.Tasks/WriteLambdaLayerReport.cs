using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Report;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Writes the size report of a project's layers: <c>index.html</c> and <c>summary.md</c> in the output folder. It reads
/// what the build measured, also of layers that broke a limit: run it after a failed build of layers too.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class WriteLambdaLayerReport : FunctionItemsTask
{
    /// <summary>All <c>LambdaLayer</c> items of the project. Those that were never measured are left out.</summary>
    [Required]
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary>Heading of the report; the project's name, for example.</summary>
    public string Title { get; set; } = "Lambda layers";

    /// <summary>Full path of the folder of zips and manifests; the report is written to it.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>Full path of the folder of intermediate files: <c>&lt;name&gt;/contents.bin</c> of each layer is read from it.</summary>
    [Required]
    public string IntermediatePath { get; set; } = "";

    /// <summary>Folder or zip of earlier manifests; empty for none.</summary>
    public string? Baseline { get; set; }

    /// <summary>Value of the variable GITHUB_STEP_SUMMARY: the summary is added to that file. Empty elsewhere.</summary>
    public string? GitHubStepSummary { get; set; }

    /// <summary>Value of the variable TF_BUILD: <c>True</c> in Azure Pipelines, which is then told of the summary.</summary>
    public string? AzurePipelines { get; set; }

    /// <summary>Full paths of the files written: the page, then the summary. Empty when no layer was ever measured.</summary>
    [Output]
    public string[] Written { get; set; } = [];

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        MeasuredContents[] layers = [.. Layers.SelectMany(item => MeasuredContents.ReadAll(IntermediatePath, item.ItemSpec))];
        cancellation.ThrowIfCancellationRequested();
        if (layers.Length == 0)
        {
            return;
        }

        LayerReport report = LayerReport.Of(
            layers,
            // What is wrong with a function is said by the task that checks them.
            ReadFunctions(new DiagnosticLog()),
            LayerBaseline.Open(string.IsNullOrWhiteSpace(Baseline) ? null : Path.GetFullPath(Baseline, ProjectDirectory)),
            manifest => manifest.IsBuiltIn(OutputPath));
        string page = Path.Combine(OutputPath, "index.html");
        string summary = Path.Combine(OutputPath, "summary.md");
        byte[] markdown = ReportSummary.Write(Title, report);
        Directory.CreateDirectory(OutputPath);
        AtomicFile.Write(page, ReportPage.Write(Title, report));
        AtomicFile.Write(summary, markdown);
        Written = [page, summary];
        if (!string.IsNullOrEmpty(GitHubStepSummary))
        {
            File.AppendAllText(GitHubStepSummary, System.Text.Encoding.UTF8.GetString(markdown) + "\n");
        }

        if (string.Equals(AzurePipelines, "true", StringComparison.OrdinalIgnoreCase))
        {
            log.Note($"##vso[task.uploadsummary]{summary}");
        }
    }
}
