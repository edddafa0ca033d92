using LayerBuild.Publish.Client;
using LayerBuild.Publish.Lambda;

namespace LayerBuild.Publish;

/// <summary>What a region is talked to with.</summary>
internal sealed record RegionClients(string Region, LambdaRegion Lambda, LayerContent Content) : IDisposable
{
    public static RegionClients Open(AwsSession session, PublishOptions options, string region, TimeProvider time, RequestPace pace, TimeSpan? patience = null)
    {
        var lambda = new LambdaRegion(region, new AmazonLambdaClient(session.CreateLambda(region)), new AwsCall(time, pace, patience));
        return new RegionClients(region, lambda, new LayerContent(options));
    }

    public void Dispose() => Lambda.Dispose();
}
