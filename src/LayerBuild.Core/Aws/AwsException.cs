using System.Net;

namespace LayerBuild.Aws;

/// <summary>What is known of a request that failed.</summary>
internal enum AwsFailure
{
    /// <summary>The service understood and said no: nothing happened.</summary>
    Refused,

    /// <summary>The service had no time for it: nothing happened.</summary>
    Throttled,

    /// <summary>There was no connection: nothing happened.</summary>
    NotSent,

    /// <summary>It was sent, and no whole answer came back: it may have happened.</summary>
    Unknown,

    /// <summary>It could not be signed: no credentials, or they could not be refreshed.</summary>
    NoCredentials,
}

/// <summary>A request that failed for good, with all that a user or AWS support needs.</summary>
/// <param name="operation">What was asked of which region.</param>
/// <param name="message">The service's words, or the transport's.</param>
internal sealed class AwsException(AwsFailure failure, AwsOperation operation, string message, Exception inner) : Exception(message, inner)
{
    public AwsFailure Failure { get; } = failure;

    public AwsOperation Operation { get; } = operation;

    /// <summary>AWS error code: <c>AccessDeniedException</c>; null when the service gave none.</summary>
    public string? Code { get; init; }

    public string? RequestId { get; init; }

    public HttpStatusCode Status { get; init; }

    /// <summary>Where the bucket is, when S3 says that it is elsewhere.</summary>
    public string? BucketRegion { get; init; }

    /// <summary>Whether the service says that the thing does not exist.</summary>
    public bool IsNotFound => Failure == AwsFailure.Refused && Status == HttpStatusCode.NotFound;
}

/// <summary>A request, for retries and for messages.</summary>
/// <param name="Name">Of the API: <c>PublishLayerVersion</c>.</param>
/// <param name="Subject">What it is about: a layer, a function, <c>s3://bucket/key</c>.</param>
internal sealed record AwsOperation(string Name, string Subject, string Region)
{
    /// <summary>IAM's prefix of its action.</summary>
    public string Service { get; init; } = "lambda";

    /// <summary>Whether repeating it does no harm when the effect of the first attempt is unknown.</summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>Bytes that are sent or awaited, for the time limit.</summary>
    public long Bytes { get; init; }
}
