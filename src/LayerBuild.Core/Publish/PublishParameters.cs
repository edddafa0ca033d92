using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>What a project says of a publish, as it is written there: parsed once, before anything is sent.</summary>
internal sealed record PublishParameters
{
    /// <summary>Full path of <c>published.json</c>.</summary>
    public required string PublishedFile { get; init; }

    public IReadOnlyList<string> Regions { get; init; } = [];

    public string? Profile { get; init; }

    public string? EndpointUrl { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3Prefix { get; init; }

    public string? S3ObjectStorageMode { get; init; }

    public string? KeepVersions { get; init; }

    public bool PruneShared { get; init; }

    public bool PruneDryRun { get; init; }

    public bool AttachLayers { get; init; }

    /// <exception cref="DiagnosticException">LB5011: a value is none of those that the property takes.</exception>
    public PublishOptions Parse() => new()
    {
        // Spaces and commas too: shells and MSBuild make semicolons on the command line hard to write.
        Regions = [.. Regions.SelectMany(r => r.Split([';', ',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
        Profile = Text(Profile),
        EndpointUrl = Endpoint(Text(EndpointUrl)),
        S3Bucket = Text(S3Bucket),
        S3Prefix = Text(S3Prefix) ?? "",
        S3ObjectStorageMode = StorageMode(Text(S3ObjectStorageMode), Text(S3Bucket)),
        KeepVersions = Keep(Text(KeepVersions)),
        PruneShared = PruneShared,
        PruneDryRun = PruneDryRun,
        Attach = AttachLayers,
        PublishedPath = PublishedFile,
    };

    /// <summary>The layers of <paramref name="items"/>, archives as the build leaves them; errors go to <paramref name="log"/>, all of them.</summary>
    public static IReadOnlyList<BuiltLayer> ReadLayers(IEnumerable<LayerItem> items, string projectDirectory, DiagnosticLog log)
    {
        List<BuiltLayer> layers = [];
        foreach (LayerItem item in items)
        {
            if (BuiltLayer.Read(Path.GetFullPath(item.Include, projectDirectory), log) is not { } layer)
            {
                continue;
            }

            bool allowPublic = string.Equals(item.Get("AllowPublic"), "true", StringComparison.OrdinalIgnoreCase);
            layers.Add(layer with
            {
                DeclaredName = item.Get("DeclaredLayer") ?? layer.Name,
                ShareWith = Principals(layer.Name, LayerItem.SplitAll(item.Get("ShareWith")), allowPublic, log),
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
                    $"Layer '{layer}': it cannot be shared with '{text}'. ShareWith takes account ids (12 digits), account root ARNs " +
                    "(arn:aws:iam::123456789012:root), organization ids (o-...) and *.");
            }
            else if (principal.IsPublic && !allowPublic)
            {
                log.Error(
                    "LB5003",
                    $"Layer '{layer}': it would be shared with everybody. ShareWith=\"*\" needs AllowPublic=\"true\" on the LambdaLayer item. " +
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

    private static string? Endpoint(string? url) =>
        url is null || (Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https" && parsed.UserInfo.Length == 0)
            ? url
            : throw Invalid("LambdaLayerEndpointUrl must be an http or https address without a user name or password, such as http://localhost:4566.");

    private static int? Keep(string? text) => text switch
    {
        null => null,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int keep) && keep > 0 => keep,
        _ => throw Invalid($"LambdaLayerKeepVersions is '{text}'. Expected a number of versions, 1 or more."),
    };

    private static string? StorageMode(string? mode, string? bucket) => mode switch
    {
        null => null,
        "COPY" or "REFERENCE" when bucket is not null => mode,
        "COPY" or "REFERENCE" => throw Invalid("LambdaLayerS3ObjectStorageMode needs LambdaLayerS3Bucket: it says what Lambda does with the object in the bucket."),
        _ => throw Invalid($"LambdaLayerS3ObjectStorageMode is '{mode}'. Expected COPY or REFERENCE."),
    };

    private static DiagnosticException Invalid(string message) => new(Diagnostic.Error("LB5011", message));
}
