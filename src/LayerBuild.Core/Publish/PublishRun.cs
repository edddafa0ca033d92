using LayerBuild.Aws;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>One publish, from the session to the outcomes. Whoever calls this loads the AWS SDK.</summary>
internal static class PublishRun
{
    public static IReadOnlyList<LayerOutcome> Run(
        PublishOptions options, IReadOnlyList<BuiltLayer> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, DiagnosticLog log, CancellationToken cancellation) =>
        RunAsync(options, layers, functions, log, cancellation).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<LayerOutcome>> RunAsync(
        PublishOptions options, IReadOnlyList<BuiltLayer> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, DiagnosticLog log, CancellationToken cancellation)
    {
        AwsSession session = await AwsSession.OpenAsync(options.Regions, options.Profile, options.EndpointUrl, cancellation).ConfigureAwait(false);
        using var publisher = new LayerPublisher(
            options,
            region => RegionClients.Open(session, options, region, TimeProvider.System, RateLimiter.Shared, log),
            options.Profile,
            TimeProvider.System,
            log);
        return await publisher.RunAsync(layers, functions, session.Regions, cancellation).ConfigureAwait(false);
    }
}
