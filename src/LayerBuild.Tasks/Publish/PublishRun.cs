using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Functions;
using LayerBuild.Publish.Client;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Publish;

/// <summary>One publish, from the session to the items. Whoever calls this loads the AWS SDK.</summary>
internal static class PublishRun
{
    public static ITaskItem[] Run(
        PublishOptions options, IReadOnlyList<LayerArtifact> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, DiagnosticLog log, CancellationToken cancellation) =>
        RunAsync(options, layers, functions, log, cancellation).GetAwaiter().GetResult();

    private static async Task<ITaskItem[]> RunAsync(
        PublishOptions options, IReadOnlyList<LayerArtifact> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, DiagnosticLog log, CancellationToken cancellation)
    {
        AwsSession session = await AwsSession.OpenAsync(options.Regions, options.Profile, options.EndpointUrl, cancellation).ConfigureAwait(false);
        using var publisher = new LayerPublisher(
            options,
            region => RegionClients.Open(session, options, region, TimeProvider.System, RequestPace.Shared, log),
            options.Profile,
            TimeProvider.System,
            log);
        IReadOnlyList<LayerOutcome> outcomes = await publisher.RunAsync(layers, functions, session.Regions, cancellation).ConfigureAwait(false);
        return [.. outcomes.Where(o => o.Version is not null && o.Error is null).Select(Item)];
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
