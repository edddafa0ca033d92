using LayerBuild.Diagnostics;

namespace LayerBuild.Publish.Cache;

/// <summary>Where the machines share their work, and whether this one adds to it.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Prefix">In front of the keys: empty, or with a slash at its end.</param>
internal sealed record RemoteCacheOptions(string Bucket, string Prefix)
{
    /// <summary>LambdaLayerRemoteCachePush: whether what is built here is put there.</summary>
    public bool Push { get; init; }

    /// <summary>LambdaLayerProfile.</summary>
    public string? Profile { get; init; }

    /// <summary>LambdaLayerEndpointUrl.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Takes LambdaLayerRemoteCache: <c>s3://bucket/prefix</c>, the prefix may be missing. LB5011 for anything else.</summary>
    public static RemoteCacheOptions Parse(string location)
    {
        const string scheme = "s3://";
        string[] parts = location.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? location[scheme.Length..].Split('/', 2) : [""];
        string prefix = parts.Length > 1 ? parts[1].Trim('/') : "";
        return parts[0].Length is >= 3 and <= 63 && parts[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
            ? new RemoteCacheOptions(parts[0], prefix.Length > 0 ? prefix + "/" : "")
            : throw new DiagnosticException(Diagnostic.Error("LB5011", "LambdaLayerRemoteCache must be a bucket and a prefix in it: s3://bucket/prefix."));
    }

    public override string ToString() => $"s3://{Bucket}/{Prefix}";
}
