
namespace LayerBuild.Publish;

/// <summary>How and where layers are published.</summary>
internal sealed record PublishOptions
{
    /// <summary>Empty: the region of the environment or the profile.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>AWS profile; null for the usual chain.</summary>
    public string? Profile { get; init; }

    /// <summary>Address of a local stack; null for AWS.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Bucket that zips go through, <c>{region}</c> replaced; null for none.</summary>
    public string? S3Bucket { get; init; }

    /// <summary>In front of the object keys; may be empty.</summary>
    public string S3Prefix { get; init; } = "";

    /// <summary><c>COPY</c> or <c>REFERENCE</c>; null leaves it to Lambda.</summary>
    public string? S3ObjectStorageMode { get; init; }

    /// <summary>Newest versions that pruning leaves; null for no pruning.</summary>
    public int? KeepVersions { get; init; }

    public bool PruneShared { get; init; }

    public bool PruneDryRun { get; init; }

    /// <summary>Whether functions get their layers.</summary>
    public bool Attach { get; init; }

    /// <summary>Full path of published.json.</summary>
    public required string PublishedPath { get; init; }
}
