using LayerBuild.Build;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>Builds the layers of a project that are out of date: collect, resolve, stage, verify, pack, measure.</summary>
[MSBuildMultiThreadableTask]
public sealed class BuildLambdaLayers : LayerBuildTask
{
    /// <summary>All <c>LambdaLayer</c> items of the project.</summary>
    [Required]
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary>Names of those to build, with <c>InputsHash</c>, which their state will begin with.</summary>
    [Required]
    public ITaskItem[] Outdated { get; set; } = [];

    /// <summary>All <c>LambdaLayerContent</c> items of the project.</summary>
    public ITaskItem[] Content { get; set; } = [];

    /// <summary>Full path of the folder of the project file.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary><c>LambdaLayerRuntimes</c>.</summary>
    public string? Runtimes { get; set; }

    /// <summary><c>LambdaLayerArchitectures</c>.</summary>
    public string? Architectures { get; set; }

    /// <summary>Full path of the folder for zips and manifests.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>Full path of the folder for intermediate files.</summary>
    [Required]
    public string IntermediatePath { get; set; } = "";

    /// <summary>Full path of the user's cache.</summary>
    [Required]
    public string CachePath { get; set; } = "";

    /// <summary>Interpreter that runs pip; empty to search.</summary>
    public string? Python { get; set; }

    /// <summary>Further arguments for pip.</summary>
    public string? PipArguments { get; set; }

    /// <summary>Whether a lock file that does not fit is an error.</summary>
    public bool LockedMode { get; set; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name.</summary>
    public bool LockedModeExplicit { get; set; }

    /// <summary><c>Copy</c> or <c>Smallest</c>.</summary>
    public string Compression { get; set; } = "";

    /// <summary>Whether the staged tree is written to disk.</summary>
    public bool Stage { get; set; } = true;

    /// <summary>Folder or zip of earlier manifests.</summary>
    public string? Baseline { get; set; }

    /// <summary>Whether the build is part of a publish.</summary>
    public bool PublishRequested { get; set; }

    /// <summary>The bucket that a publish uploads through.</summary>
    public string? S3Bucket { get; set; }

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        var defaults = new ProjectDefaults
        {
            Directory = ProjectDirectory,
            Runtimes = Runtimes,
            Architectures = Architectures,
            Today = DateOnly.FromDateTime(DateTime.UtcNow),
        };
        if (!Enum.TryParse(Compression, ignoreCase: true, out LayerCompression compression) || !Enum.IsDefined(compression))
        {
            log.Error("LB1010", $"LambdaLayerCompression is '{Compression}'. Expected Copy or Smallest.");
            return;
        }

        Dictionary<string, string> outdated = Outdated.ToDictionary(item => item.ItemSpec, item => item.GetMetadata("InputsHash"), StringComparer.Ordinal);
        LayerRequest[] requests =
        [
            .. new LayerReader(defaults, log)
                .Read([.. Layers.Select(ToLayerItem)], [.. Content.Select(ToLayerItem)])
                .Where(layer => outdated.ContainsKey(layer.Name.Value))
                .Select(layer => new LayerRequest(layer, outdated[layer.Name.Value])),
        ];
        var options = new BuildOptions
        {
            OutputPath = OutputPath,
            IntermediatePath = IntermediatePath,
            CachePath = CachePath,
            Python = string.IsNullOrWhiteSpace(Python) ? null : Python,
            PipArguments = string.IsNullOrWhiteSpace(PipArguments) ? null : PipArguments,
            LockedMode = LockedMode,
            LockedModeExplicit = LockedModeExplicit,
            Compression = compression,
            Stage = Stage,
            Baseline = string.IsNullOrWhiteSpace(Baseline) ? null : Path.GetFullPath(Baseline, ProjectDirectory),
            PublishesDirectly = PublishRequested && string.IsNullOrWhiteSpace(S3Bucket),
        };
        new LayerBuilder(options, log).BuildAsync(requests, cancellation).GetAwaiter().GetResult();
    }

    private static LayerItem ToLayerItem(ITaskItem item)
    {
        System.Collections.IDictionary custom = item.CloneCustomMetadata();
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in custom.Keys)
        {
            metadata[name] = item.GetMetadata(name);
        }

        metadata["RecursiveDir"] = item.GetMetadata("RecursiveDir");
        string file = item.GetMetadata("DefiningProjectFullPath");
        return new LayerItem(item.ItemSpec, metadata) { DefiningFile = file.Length == 0 ? null : file };
    }
}
