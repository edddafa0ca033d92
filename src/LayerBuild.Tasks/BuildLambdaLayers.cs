using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using LayerBuild.Build;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>Builds the layers of a project that are out of date: collect, resolve, stage, verify, pack, measure.</summary>
[MSBuildMultiThreadableTask]
public sealed class BuildLambdaLayers : LayerItemsTask
{
    /// <summary>Names of those to build, with <c>InputsHash</c>, which their state will begin with.</summary>
    [Required]
    public ITaskItem[] Outdated { get; set; } = [];

    /// <summary>Full path of the folder for zips and manifests.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

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

    /// <summary>LambdaLayerRemoteCache: <c>s3://bucket/prefix</c>; empty for none.</summary>
    public string? RemoteCache { get; set; }

    /// <summary>LambdaLayerRemoteCachePush: whether what is built goes there.</summary>
    public bool RemoteCachePush { get; set; }

    /// <summary>LambdaLayerProfile, for the remote cache.</summary>
    public string? Profile { get; set; }

    /// <summary>LambdaLayerEndpointUrl, for the remote cache.</summary>
    public string? EndpointUrl { get; set; }

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        using var pause = CollectionPause.Begin();
        if (!Enum.TryParse(Compression, ignoreCase: true, out LayerCompression compression) || !Enum.IsDefined(compression))
        {
            log.Error("LB1010", $"LambdaLayerCompression is '{Compression}'. Expected Copy or Smallest.");
            return;
        }

        Dictionary<string, string> outdated = Outdated.ToDictionary(item => item.ItemSpec, item => item.GetMetadata("InputsHash"), StringComparer.Ordinal);
        IReadOnlyList<LayerDeclaration> layers = ReadLayers(log, outdated.ContainsKey, OutputPath);
        LayerRequest[] requests =
        [
            .. layers
                .Where(layer => outdated.ContainsKey(layer.Name.Value))
                .Select(layer => new LayerRequest(layer, outdated[layer.Name.Value])),
        ];
        using IRemoteCache? remote = OrNull(RemoteCache) is { } location ? OpenRemoteCache(location, log) : null;
        var options = new BuildOptions
        {
            OutputPath = OutputPath,
            IntermediatePath = IntermediatePath,
            Resolve = ResolveOptions(log) with
            {
                LockedMode = LockedMode,
                LockedModeExplicit = LockedModeExplicit,
                ProjectLayers = layers,
                FetchWheel = remote is null ? null : remote.FetchWheelAsync,
            },
            Remote = remote,
            Compression = compression,
            Stage = Stage,
            Baseline = OrNull(Baseline) is { } baseline ? Path.GetFullPath(baseline, ProjectDirectory) : null,
            PublishesDirectly = PublishRequested && OrNull(S3Bucket) is null,
        };
        new LayerBuilder(options, log).BuildAsync(requests, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>In a method of its own: to compile it is to load the AWS code.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Performance", "CA1859", Justification = "The caller must not know a type that has AWS in it.")]
    private IRemoteCache OpenRemoteCache(string location, DiagnosticLog log) => Publish.Cache.RemoteCache.Create(
        RemoteCacheOptions.Parse(location) with { Push = RemoteCachePush, Profile = OrNull(Profile), EndpointUrl = OrNull(EndpointUrl) },
        log);
}
