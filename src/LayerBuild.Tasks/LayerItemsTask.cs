using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Resolve;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>What the tasks have in common that read <c>LambdaLayer</c> items and resolve their packages.</summary>
public abstract class LayerItemsTask : LayerBuildTask
{
    /// <summary>All <c>LambdaLayer</c> items of the project.</summary>
    [Required]
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary>All <c>LambdaLayerContent</c> items of the project.</summary>
    public ITaskItem[] Content { get; set; } = [];

    /// <summary>Full path of the folder of the project file.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>
    /// One item whose metadata are the properties that decide what a layer becomes. It is one list for all tasks: what is not
    /// in it cannot reach the build, and what is in it makes a layer out of date.
    /// </summary>
    [Required]
    public ITaskItem Options { get; set; } = null!;

    /// <summary>Full path of the folder for intermediate files.</summary>
    [Required]
    public string IntermediatePath { get; set; } = "";

    /// <summary>Full path of the user's cache.</summary>
    [Required]
    public string CachePath { get; set; } = "";

    /// <summary>How much of it wheels may take: <c>10 GB</c>; empty for the default.</summary>
    public string? CacheSize { get; set; }

    /// <summary>The engine has no clock.</summary>
    private protected static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    /// <summary>Full path of the folder for zips and manifests.</summary>
    private protected string OutputPath => Options.GetMetadata("OutputPath");

    /// <returns>Null for one that is not set.</returns>
    private protected string? Option(string name) => OrNull(Options.GetMetadata(name));

    private protected IReadOnlyList<LayerDeclaration> ReadLayers(DiagnosticLog log, Func<string, bool>? warns = null)
    {
        var defaults = new ProjectDefaults
        {
            Directory = ProjectDirectory,
            Runtimes = Option("Runtimes"),
            Architectures = Option("Architectures"),
            BuildFolders = [IntermediatePath, OutputPath],
            Today = Today,
        };
        return new LayerReader(defaults, log) { Warns = warns ?? (_ => true) }.Read([.. Layers.Select(ToItem)], [.. Content.Select(ToItem)]);
    }

    private protected ResolveOptions ResolveOptions(DiagnosticLog log)
    {
        long size = WheelCache.DefaultCapacity;
        if (OrNull(CacheSize) is { } text)
        {
            if (ByteSize.TryParse(text, out ByteSize given))
            {
                size = given.Bytes;
            }
            else
            {
                log.Error("LB1010", $"LambdaLayerCacheSize is '{text}'. Expected a size like 10 GB or 500 MiB.");
            }
        }

        return new ResolveOptions
        {
            Python = Option("Python"),
            PipArguments = Option("PipArguments"),
            CachePath = CachePath,
            CacheSize = size,
            WorkPath = Path.Combine(IntermediatePath, ".resolve"),
        };
    }

    /// <summary>MSBuild knows no null: a property that is not set is empty.</summary>
    private protected static string? OrNull(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
