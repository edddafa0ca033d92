using System.Runtime.CompilerServices;
using LayerBuild.Aws;
using LayerBuild.Aws.Lambda;
using LayerBuild.Lambda;

namespace LayerBuild.Publish;

/// <summary>Lambda in one region, in the terms of the steps: pages joined, "not found" as null, each request retried as it may be.</summary>
internal sealed class LambdaRegion(string region, IAmazonLambda lambda, RetryPolicy call) : IDisposable
{
    private const int PageSize = 50;

    public string Region { get; } = region;

    /// <summary>Newest version of the layer; null when there is none.</summary>
    public async Task<LayerVersionsListItem?> LatestVersionAsync(string layer, CancellationToken cancellation)
    {
        // Newest first, and one page always holds the newest.
        await foreach (LayerVersionsListItem version in VersionsAsync(layer, cancellation).ConfigureAwait(false))
        {
            return version;
        }

        return null;
    }

    /// <summary>All versions, newest first.</summary>
    public async IAsyncEnumerable<LayerVersionsListItem> VersionsAsync(string layer, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? marker = null;
        do
        {
            ListLayerVersionsResponse? page = await FindAsync(
                Operation("ListLayerVersions", layer),
                token => lambda.ListLayerVersionsAsync(new ListLayerVersionsRequest { LayerName = layer, Marker = marker, MaxItems = PageSize }, token),
                cancellation).ConfigureAwait(false);
            foreach (LayerVersionsListItem version in (page?.LayerVersions ?? []).OrderByDescending(v => v.Version))
            {
                yield return version;
            }

            marker = page?.NextMarker is { Length: > 0 } next ? next : null;
        }
        while (marker is not null);
    }

    public Task<GetLayerVersionResponse?> FindVersionAsync(string layer, long version, CancellationToken cancellation) =>
        FindAsync(
            Operation("GetLayerVersion", Subject(layer, version)),
            token => lambda.GetLayerVersionAsync(new GetLayerVersionRequest { LayerName = layer, VersionNumber = version }, token),
            cancellation);

    /// <summary>Never retried when its effect is unknown: that would make another version.</summary>
    public Task<PublishLayerVersionResponse> PublishOnceAsync(PublishLayerVersionRequest request, CancellationToken cancellation) =>
        call.SendAsync(
            Operation("PublishLayerVersion", request.LayerName!) with { Repeatable = false, Bytes = request.Content?.ZipFile?.Length ?? 0 },
            token => lambda.PublishLayerVersionAsync(request, token),
            cancellation);

    /// <summary>Deletes the version; that it is not there is no error.</summary>
    public Task DeleteVersionAsync(string layer, long version, CancellationToken cancellation) =>
        FindAsync(
            Operation("DeleteLayerVersion", Subject(layer, version)),
            token => lambda.DeleteLayerVersionAsync(new DeleteLayerVersionRequest { LayerName = layer, VersionNumber = version }, token),
            cancellation);

    /// <summary>The version's policy; null when it is shared with nobody.</summary>
    public async Task<string?> FindPolicyAsync(string layer, long version, CancellationToken cancellation)
    {
        GetLayerVersionPolicyResponse? policy = await FindAsync(
            Operation("GetLayerVersionPolicy", Subject(layer, version)),
            token => lambda.GetLayerVersionPolicyAsync(new GetLayerVersionPolicyRequest { LayerName = layer, VersionNumber = version }, token),
            cancellation).ConfigureAwait(false);
        return policy?.Policy;
    }

    /// <summary>Never retried when its effect is unknown: the policy shows what happened.</summary>
    public Task AddPermissionAsync(string layer, long version, LayerPrincipal principal, CancellationToken cancellation) =>
        call.SendAsync(
            Operation("AddLayerVersionPermission", Subject(layer, version)) with { Repeatable = false },
            token => lambda.AddLayerVersionPermissionAsync(
                new AddLayerVersionPermissionRequest
                {
                    LayerName = layer,
                    VersionNumber = version,
                    StatementId = principal.StatementId,
                    Action = "lambda:GetLayerVersion",
                    Principal = principal.Principal,
                    OrganizationId = principal.OrganizationId,
                },
                token),
            cancellation);

    /// <summary>Removes the statement; that it is not there is no error.</summary>
    public Task RemovePermissionAsync(string layer, long version, string statementId, CancellationToken cancellation) =>
        FindAsync(
            Operation("RemoveLayerVersionPermission", Subject(layer, version)),
            token => lambda.RemoveLayerVersionPermissionAsync(
                new RemoveLayerVersionPermissionRequest { LayerName = layer, VersionNumber = version, StatementId = statementId }, token),
            cancellation);

    public Task<FunctionConfiguration> GetFunctionAsync(string function, CancellationToken cancellation) =>
        call.SendAsync(
            Operation("GetFunctionConfiguration", function),
            token => lambda.GetFunctionConfigurationAsync(new GetFunctionConfigurationRequest { FunctionName = function }, token),
            cancellation);

    /// <summary>
    /// Sets the function's layers if it is still at <paramref name="revisionId"/>. After a fault that leaves the outcome
    /// open, read the function again: a repeat would find its own revision stale.
    /// </summary>
    public Task<FunctionConfiguration> UpdateLayersAsync(string function, IReadOnlyList<string> layers, string? revisionId, CancellationToken cancellation) =>
        call.SendAsync(
            Operation("UpdateFunctionConfiguration", function) with { Repeatable = false },
            token => lambda.UpdateFunctionConfigurationAsync(
                new UpdateFunctionConfigurationRequest { FunctionName = function, Layers = [.. layers], RevisionId = revisionId }, token),
            cancellation);

    /// <summary>All functions with all their published versions.</summary>
    public async IAsyncEnumerable<FunctionConfiguration> FunctionsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string? marker = null;
        do
        {
            ListFunctionsResponse page = await call.SendAsync(
                Operation("ListFunctions", "all functions"),
                token => lambda.ListFunctionsAsync(new ListFunctionsRequest { FunctionVersion = "ALL", Marker = marker, MaxItems = PageSize }, token),
                cancellation).ConfigureAwait(false);
            foreach (FunctionConfiguration function in page.Functions ?? [])
            {
                yield return function;
            }

            marker = page.NextMarker is { Length: > 0 } next ? next : null;
        }
        while (marker is not null);
    }

    public void Dispose() => lambda.Dispose();

    private static string Subject(string layer, long version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{layer}:{version}");

    private AwsOperation Operation(string name, string subject) => new(name, subject, Region);

    private async Task<T?> FindAsync<T>(AwsOperation operation, Func<CancellationToken, Task<T>> send, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await call.SendAsync(operation, send, cancellation).ConfigureAwait(false);
        }
        catch (AwsException e) when (e.IsNotFound)
        {
            return null;
        }
    }
}
