using LayerBuild.Aws;
using LayerBuild.Aws.Lambda;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>The version of a layer that holds what was built.</summary>
/// <param name="IsNew">False when it was there already.</param>
internal sealed record CurrentVersion(LayerVersionArn Arn, bool IsNew);

/// <summary>
/// Makes the newest version of a layer hold what was built, and makes at most one: Lambda makes a new version of every
/// request, so that a request whose outcome is open is looked up before it is sent again.
/// </summary>
internal sealed class VersionPublisher(LambdaRegion lambda, TimeProvider time)
{
    private const int Sends = 3;

    /// <summary>
    /// When to look for a version after a fault: Lambda may still be unpacking what it got, and lists are consistent
    /// only after a while.
    /// </summary>
    private static readonly TimeSpan[] LookAfter =
        [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)];

    /// <param name="content">
    /// Makes the request's content, once for each send; told whether to bring the bytes anew, because those that lay in the
    /// bucket were wrong.
    /// </param>
    public async Task<CurrentVersion> PublishAsync(
        BuiltLayer layer, Func<bool, CancellationToken, Task<LayerVersionContentInput>> content, CancellationToken cancellation)
    {
        LayerVersionsListItem? latest = await lambda.LatestVersionAsync(layer.Name, cancellation).ConfigureAwait(false);
        if (latest is not null && await IsSameAsync(layer, latest, cancellation).ConfigureAwait(false))
        {
            return Current(latest.LayerVersionArn, isNew: false);
        }

        long known = latest?.Version ?? 0;
        bool fresh = false;
        for (int send = 1; ; send++)
        {
            AwsException open;
            try
            {
                LayerVersionContentInput bytes = await content(fresh, cancellation).ConfigureAwait(false);
                PublishLayerVersionResponse made = await lambda.PublishOnceAsync(Request(layer, bytes), cancellation).ConfigureAwait(false);
                if (await IsWrongAsync(layer, made, cancellation).ConfigureAwait(false))
                {
                    fresh = fresh || bytes.S3Key is null ? throw OtherBytes(layer, made) : true;
                    continue;
                }

                return Current(made.LayerVersionArn, isNew: true);
            }
            catch (AwsException e) when (e.Failure == AwsFailure.Unknown)
            {
                open = e;
            }

            if (await FindNewAsync(layer, known, cancellation).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            if (send == Sends)
            {
                throw open;
            }
        }
    }

    private static PublishLayerVersionRequest Request(BuiltLayer layer, LayerVersionContentInput content) => new()
    {
        LayerName = layer.Name,
        Content = content,
        Description = layer.Manifest.Description,
        LicenseInfo = layer.Manifest.LicenseInfo,
        CompatibleRuntimes = layer.Manifest.Runtimes.Count > 0 ? [.. layer.Manifest.Runtimes] : null,
        CompatibleArchitectures = layer.Manifest.Architectures.Count > 0 ? [.. layer.Manifest.Architectures] : null,
    };

    private static CurrentVersion Current(string? arn, bool isNew) =>
        LayerVersionArn.TryParse(arn, out LayerVersionArn parsed)
            ? new CurrentVersion(parsed, isNew)
            : throw new DiagnosticException(Diagnostic.Error("LB5002", $"Lambda answered with '{arn}', which is not the ARN of a layer version."));

    /// <summary>A version that came after <paramref name="known"/> and is what was to be published.</summary>
    private async Task<CurrentVersion?> FindNewAsync(BuiltLayer layer, long known, CancellationToken cancellation)
    {
        foreach (TimeSpan wait in LookAfter)
        {
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
            await foreach (LayerVersionsListItem version in lambda.VersionsAsync(layer.Name, cancellation).ConfigureAwait(false))
            {
                if (version.Version <= known)
                {
                    break;
                }

                if (await IsSameAsync(layer, version, cancellation).ConfigureAwait(false))
                {
                    return Current(version.LayerVersionArn, isNew: true);
                }
            }
        }

        return null;
    }

    private async Task<bool> IsSameAsync(BuiltLayer layer, LayerVersionsListItem version, CancellationToken cancellation)
    {
        bool same = (version.Description ?? "") == (layer.Manifest.Description ?? "")
            && (version.LicenseInfo ?? "") == (layer.Manifest.LicenseInfo ?? "")
            && layer.Manifest.Runtimes.ToHashSet(StringComparer.Ordinal).SetEquals(version.CompatibleRuntimes ?? [])
            && layer.Manifest.Architectures.ToHashSet(StringComparer.Ordinal).SetEquals(version.CompatibleArchitectures ?? []);
        return same
            && await lambda.FindVersionAsync(layer.Name, version.Version ?? 0, cancellation).ConfigureAwait(false) is { } stored
            && stored.Content?.CodeSha256 == layer.CodeSha256;
    }

    /// <summary>Other bytes than those that were built must not stay the version that everybody takes.</summary>
    private async Task<bool> IsWrongAsync(BuiltLayer layer, PublishLayerVersionResponse made, CancellationToken cancellation)
    {
        if (made.Content?.CodeSha256 is null || made.Content.CodeSha256 == layer.CodeSha256)
        {
            return false;
        }

        await lambda.DeleteVersionAsync(layer.Name, made.Version ?? 0, cancellation).ConfigureAwait(false);
        return true;
    }

    private DiagnosticException OtherBytes(BuiltLayer layer, PublishLayerVersionResponse made) => new(Diagnostic.Error(
        "LB5005",
        $"Layer '{layer.Name}': Lambda in {lambda.Region} does not have the bytes that were built (CodeSha256 {made.Content?.CodeSha256}, " +
        $"expected {layer.CodeSha256}); the new version was deleted. Publish again."));
}
