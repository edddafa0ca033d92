using System.Globalization;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Measure;
using LayerBuild.Tasks;
using Microsoft.Build.Framework;

namespace LayerBuild.Publish;

/// <summary>Parses what MSBuild hands over, once, before anything is sent.</summary>
internal static class PublishParameters
{
    public static PublishOptions Options(PublishLambdaLayers task) => new()
    {
        // Spaces and commas too: shells and MSBuild make semicolons on the command line hard to write.
        Regions = [.. task.Regions.SelectMany(r => r.Split([';', ',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
        Profile = Text(task.Profile),
        EndpointUrl = Endpoint(Text(task.EndpointUrl)),
        S3Bucket = Text(task.S3Bucket),
        S3Prefix = Text(task.S3Prefix) ?? "",
        S3ObjectStorageMode = StorageMode(Text(task.S3ObjectStorageMode), Text(task.S3Bucket)),
        KeepVersions = Keep(Text(task.KeepVersions)),
        PruneShared = task.PruneShared,
        PruneDryRun = task.PruneDryRun,
        Attach = task.AttachLayers,
        PublishedPath = task.PublishedFile,
    };

    /// <summary>The layers of <paramref name="items"/>; errors go to <paramref name="log"/>, all of them.</summary>
    public static IReadOnlyList<LayerArtifact> Artifacts(IEnumerable<ITaskItem> items, string projectDirectory, DiagnosticLog log)
    {
        List<LayerArtifact> layers = [];
        foreach (ITaskItem item in items)
        {
            string zip = Path.GetFullPath(item.ItemSpec, projectDirectory);
            string manifestPath = Path.ChangeExtension(zip, ".layer.json");
            LayerManifest manifest;
            try
            {
                manifest = LayerManifest.Read(manifestPath);
            }
            catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
            {
                log.Error("LB5009", $"The manifest {manifestPath} of the layer cannot be read: {e.Message} Build the layer again.");
                continue;
            }

            bool allowPublic = string.Equals(item.GetMetadata("AllowPublic"), "true", StringComparison.OrdinalIgnoreCase);
            layers.Add(new LayerArtifact(manifest, zip)
            {
                DeclaredName = Text(item.GetMetadata("DeclaredLayer")) ?? manifest.Name,
                ShareWith = Principals(manifest.Name, List(item.GetMetadata("ShareWith")), allowPublic, log),
            });
        }

        return layers;
    }

    /// <summary>Whom <paramref name="layer"/> is shared with.</summary>
    public static IReadOnlyList<LayerPrincipal> Principals(string layer, IEnumerable<string> shareWith, bool allowPublic, DiagnosticLog log)
    {
        List<LayerPrincipal> principals = [];
        foreach (string text in shareWith)
        {
            if (!LayerPrincipal.TryParse(text, out LayerPrincipal principal))
            {
                log.Error(
                    "LB5008",
                    $"The layer {layer} cannot be shared with '{text}': ShareWith takes account ids (12 digits), account root ARNs " +
                    "(arn:aws:iam::123456789012:root), organization ids (o-...) and *.");
            }
            else if (principal.IsPublic && !allowPublic)
            {
                log.Error(
                    "LB5003",
                    $"The layer {layer} would be shared with everybody: ShareWith=\"*\" needs AllowPublic=\"true\" on the LambdaLayer item. " +
                    "To share with an organization, name its id (o-...).");
            }
            else
            {
                principals.Add(principal);
            }
        }

        return principals;
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string[] List(string value) => value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Endpoint(string? url) =>
        url is null || (Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https" && parsed.UserInfo.Length == 0)
            ? url
            : throw Invalid("LambdaLayerEndpointUrl must be an http or https address without a user name or password, such as http://localhost:4566.");

    private static int? Keep(string? text) => text switch
    {
        null => null,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int keep) && keep > 0 => keep,
        _ => throw Invalid($"LambdaLayerKeepVersions is '{text}', and must be a number of versions from 1 on."),
    };

    private static string? StorageMode(string? mode, string? bucket) => mode switch
    {
        null => null,
        "COPY" or "REFERENCE" when bucket is not null => mode,
        "COPY" or "REFERENCE" => throw Invalid("LambdaLayerS3ObjectStorageMode needs LambdaLayerS3Bucket: it says what Lambda does with the object in the bucket."),
        _ => throw Invalid($"LambdaLayerS3ObjectStorageMode is '{mode}', and must be COPY or REFERENCE."),
    };

    private static DiagnosticException Invalid(string message) => new(Diagnostic.Error("LB5011", message));
}
