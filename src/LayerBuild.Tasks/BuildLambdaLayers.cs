using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using LayerBuild.Build;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>Builds the layers of a project that are out of date: collect, resolve, stage, verify, pack, measure.</summary>
[MSBuildMultiThreadableTask]
public sealed class BuildLambdaLayers : LayerItemsTask
{
    /// <summary>Names of those to build.</summary>
    [Required]
    public ITaskItem[] Outdated { get; set; } = [];

    /// <summary>Whether the build is part of a publish without a bucket.</summary>
    public bool PublishesDirectly { get; set; }

    /// <summary>LambdaLayerRemoteCache: <c>s3://bucket/prefix</c>; empty for none.</summary>
    public string? RemoteCache { get; set; }

    /// <summary>LambdaLayerRemoteCachePush: whether what is built goes there.</summary>
    public bool RemoteCachePush { get; set; }

    /// <summary>LambdaLayerProfile, for the remote cache.</summary>
    public string? Profile { get; set; }

    /// <summary>LambdaLayerEndpointUrl, for the remote cache.</summary>
    public string? EndpointUrl { get; set; }

    /// <summary>One item for each zip of all layers that are up to date now, in their order.</summary>
    [Output]
    public ITaskItem[] Archives { get; private set; } = [];

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        using var pause = CollectionPause.Begin();
        if (!Enum.TryParse(Option("Compression"), ignoreCase: true, out LayerCompression compression) || !Enum.IsDefined(compression))
        {
            log.Error("LB1010", $"LambdaLayerCompression is '{Option("Compression")}'. Expected Copy or Smallest.");
            return;
        }

        HashSet<string> outdated = new(Outdated.Select(item => item.ItemSpec), StringComparer.Ordinal);
        // As things are before the build: an edit while it runs makes the layer out of date again.
        var inputs = new DeclaredInputs(Layers, Content, Options, ProjectDirectory);
        Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>> inputsOf = [];
        foreach (ITaskItem layer in Layers.Where(layer => outdated.Contains(layer.ItemSpec)))
        {
            try
            {
                inputsOf[layer.ItemSpec] = inputs.Of(layer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The engine says so of that layer, and builds the others.
                inputsOf[layer.ItemSpec] = [];
            }
        }

        IReadOnlyList<LayerDeclaration> layers = ReadLayers(log, outdated.Contains);
        LayerRequest[] requests =
        [
            .. layers
                .Where(layer => outdated.Contains(layer.Name.Value))
                .Select(layer => new LayerRequest(layer, inputsOf[layer.Name.Value])),
        ];
        using IRemoteCache? remote = OrNull(RemoteCache) is { } location ? OpenRemoteCache(location, log) : null;
        var options = new BuildOptions
        {
            OutputPath = OutputPath,
            IntermediatePath = IntermediatePath,
            Resolve = ResolveOptions(log) with
            {
                LockedMode = IsTrue("LockedMode"),
                LockedModeExplicit = IsTrue("LockedModeExplicit"),
                ProjectLayers = layers,
                FetchWheel = remote is null ? null : remote.FetchWheelAsync,
            },
            Remote = remote,
            Compression = compression,
            Stage = IsTrue("Stage"),
            Baseline = Option("Baseline") is { } baseline ? Path.GetFullPath(baseline, ProjectDirectory) : null,
            Advisories = inputs.Advisories.Count > 0 ? new AdvisoryOptions(inputs.Advisories, Today, Repeated(outdated)) : null,
            PublishesDirectly = PublishesDirectly,
        };
        new LayerBuilder(options, log).BuildAsync(requests, cancellation).GetAwaiter().GetResult();
        Archives = LayerArchives.Read(Layers, IntermediatePath);
    }

    /// <summary>What <see cref="FindOutdatedLambdaLayers"/> has said of layers that are up to date.</summary>
    private string[] Repeated(HashSet<string> outdated) =>
    [
        .. from layer in Layers
           where !outdated.Contains(layer.ItemSpec)
           from warning in UpToDate.StateFile.Read(LayerArchives.StatePath(IntermediatePath, layer.ItemSpec))?.Warnings ?? []
           select warning.Message,
    ];

    private bool IsTrue(string option) => string.Equals(Option(option), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>In a method of its own: to compile it is to load the AWS code.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Performance", "CA1859", Justification = "The caller must not know a type that has AWS in it.")]
    private IRemoteCache OpenRemoteCache(string location, DiagnosticLog log) => Publish.Cache.RemoteCache.Create(
        RemoteCacheOptions.Parse(location) with { Push = RemoteCachePush, Profile = OrNull(Profile), EndpointUrl = OrNull(EndpointUrl) },
        log);
}
