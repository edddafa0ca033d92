using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Publish;
using LayerBuild.Steps.Measure;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks;

/// <summary>
/// Publishes built layers, shares them, attaches them and prunes old versions. Identical layers are found and not
/// published again. <c>Archives</c> carry the metadata <c>ShareWith</c> and <c>AllowPublic</c> of the LambdaLayer item, and
/// <c>DeclaredLayer</c>, its name.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class PublishLambdaLayers : FunctionItemsTask
{
    /// <summary>Where <c>published.json</c> is written, full path.</summary>
    [Required]
    public string PublishedFile { get; set; } = "";

    /// <summary>LambdaLayerRegions: empty takes AWS_REGION, AWS_DEFAULT_REGION or the profile's.</summary>
    public string[] Regions { get; set; } = [];

    /// <summary>LambdaLayerProfile.</summary>
    public string? Profile { get; set; }

    /// <summary>LambdaLayerEndpointUrl.</summary>
    public string? EndpointUrl { get; set; }

    /// <summary>LambdaLayerS3Bucket, with <c>{region}</c> where the region goes.</summary>
    public string? S3Bucket { get; set; }

    /// <summary>LambdaLayerS3Prefix.</summary>
    public string? S3Prefix { get; set; }

    /// <summary>LambdaLayerS3ObjectStorageMode: <c>COPY</c> or <c>REFERENCE</c>.</summary>
    public string? S3ObjectStorageMode { get; set; }

    /// <summary>AttachLayers: <c>true</c> gives the functions their layers.</summary>
    public bool AttachLayers { get; set; }

    /// <summary>LambdaLayerKeepVersions: a number from 1 on; empty deletes nothing.</summary>
    public string? KeepVersions { get; set; }

    /// <summary>LambdaLayerPruneShared.</summary>
    public bool PruneShared { get; set; }

    /// <summary>LambdaLayerPruneDryRun.</summary>
    public bool PruneDryRun { get; set; }

    /// <summary>
    /// One for each layer and region that is done: Include is the version's ARN; metadata LayerName, LayerVersionArn,
    /// LayerArn, Version, Region, CodeSha256, ZippedSize, UnzippedSize (bytes), IsNew (<c>true</c>, <c>false</c>).
    /// </summary>
    [Output]
    public ITaskItem[] PublishedLayers { get; private set; } = [];

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        PublishOptions options = new PublishParameters
        {
            PublishedFile = PublishedFile,
            Regions = Regions,
            Profile = Profile,
            EndpointUrl = EndpointUrl,
            S3Bucket = S3Bucket,
            S3Prefix = S3Prefix,
            S3ObjectStorageMode = S3ObjectStorageMode,
            KeepVersions = KeepVersions,
            PruneShared = PruneShared,
            PruneDryRun = PruneDryRun,
            AttachLayers = AttachLayers,
        }.Parse();
        IReadOnlyList<BuiltLayer> layers = PublishParameters.ReadLayers(Archives.Select(ToItem), ProjectDirectory, log);
        IReadOnlyList<LambdaFunctionDeclaration> functions = options.Attach ? [.. ReadFunctions(log).Where(f => f.Layers.Count > 0)] : [];
        // A project may have functions alone, which take layers of others by their ARN.
        if (!log.HasErrors && (layers.Count > 0 || functions.Count > 0))
        {
            // The AWS code is behind this call and is not loaded before.
            PublishedLayers = [.. PublishRun.Run(options, layers, functions, log, cancellation).Where(o => o.Version is not null && o.Error is null).Select(Item)];
        }
    }

    private static TaskItem Item(LayerOutcome outcome)
    {
        LayerVersionArn arn = outcome.Version!.Arn;
        var item = new TaskItem(arn.ToString());
        item.SetMetadata("LayerName", outcome.Layer.Name);
        item.SetMetadata("LayerVersionArn", arn.ToString());
        item.SetMetadata("LayerArn", arn.LayerArn);
        item.SetMetadata("Version", arn.Version.ToString(CultureInfo.InvariantCulture));
        item.SetMetadata("Region", outcome.Region);
        item.SetMetadata("CodeSha256", outcome.Layer.CodeSha256);
        item.SetMetadata("ZippedSize", outcome.Layer.Manifest.ZippedSize.ToString(CultureInfo.InvariantCulture));
        item.SetMetadata("UnzippedSize", outcome.Layer.Manifest.UnzippedSize.ToString(CultureInfo.InvariantCulture));
        item.SetMetadata("IsNew", outcome.Version.IsNew ? "true" : "false");
        return item;
    }
}
