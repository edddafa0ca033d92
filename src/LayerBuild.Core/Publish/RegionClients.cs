using LayerBuild.Aws;
using LayerBuild.Aws.Lambda;
using LayerBuild.Aws.S3;
using LayerBuild.Diagnostics;

namespace LayerBuild.Publish;

/// <summary>What a region is talked to with.</summary>
internal sealed record RegionClients(string Region, LambdaRegion Lambda, LayerContent Content) : IDisposable
{
    public static RegionClients Open(
        AwsSession session, PublishOptions options, string region, TimeProvider time, RateLimiter pace, DiagnosticLog log, TimeSpan? patience = null)
    {
        var lambda = new LambdaRegion(region, new AmazonLambdaClient(session.CreateLambda(region)), new RetryPolicy(time, pace, patience));
        Func<string, S3Bucket>? bucket = options.S3Bucket is { } name
            ? home => new S3Bucket(session.CreateS3(home), new RetryPolicy(time, pace: null, patience), name.Replace("{region}", region, StringComparison.Ordinal))
            : null;
        return new RegionClients(region, lambda, new LayerContent(options, region, bucket, log));
    }

    public void Dispose()
    {
        Lambda.Dispose();
        Content.Dispose();
    }
}
