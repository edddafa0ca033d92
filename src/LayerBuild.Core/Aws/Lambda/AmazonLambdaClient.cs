using System.Globalization;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Aws.Lambda;

/// <summary>Lambda's REST-JSON API (2015-03-31, layers 2018-10-31) for <see cref="IAmazonLambda"/>.</summary>
internal sealed class AmazonLambdaClient(AwsClient client) : IAmazonLambda
{
    private const string Layers = "/2018-10-31/layers";
    private const string Versions = Layers + "/{LayerName}/versions";
    private const string Version = Versions + "/{VersionNumber}";
    private const string Policy = Version + "/policy";
    private const string Functions = "/2015-03-31/functions";
    private const string Configuration = Functions + "/{FunctionName}/configuration";

    public Task<PublishLayerVersionResponse> PublishLayerVersionAsync(PublishLayerVersionRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            new AwsRequest("PublishLayerVersion", "POST", Versions)
            {
                PathValues = { ["LayerName"] = request.LayerName! },
                Headers = { ["Content-Type"] = "application/json" },
                Content = PublishBody(request),
            },
            e => e.Version(new PublishLayerVersionResponse()),
            cancellationToken);

    public Task<ListLayersResponse> ListLayersAsync(ListLayersRequest request, CancellationToken cancellationToken = default)
    {
        var send = new AwsRequest("ListLayers", "GET", Layers);
        Page(send, request.Marker, request.MaxItems);
        Query(send, "CompatibleRuntime", request.CompatibleRuntime);
        Query(send, "CompatibleArchitecture", request.CompatibleArchitecture);
        return SendAsync(
            send,
            e => new ListLayersResponse
            {
                NextMarker = e.FindText("NextMarker"),
                Layers = e.List("Layers", layer => new LayersListItem
                {
                    LayerName = layer.FindText("LayerName"),
                    LayerArn = layer.FindText("LayerArn"),
                    LatestMatchingVersion = layer.FindObject("LatestMatchingVersion")?.Describe(new LayerVersionsListItem()),
                }),
            },
            cancellationToken);
    }

    public Task<ListLayerVersionsResponse> ListLayerVersionsAsync(ListLayerVersionsRequest request, CancellationToken cancellationToken = default)
    {
        var send = new AwsRequest("ListLayerVersions", "GET", Versions) { PathValues = { ["LayerName"] = request.LayerName! } };
        Page(send, request.Marker, request.MaxItems);
        Query(send, "CompatibleRuntime", request.CompatibleRuntime);
        Query(send, "CompatibleArchitecture", request.CompatibleArchitecture);
        return SendAsync(
            send,
            e => new ListLayerVersionsResponse
            {
                NextMarker = e.FindText("NextMarker"),
                LayerVersions = e.List("LayerVersions", version => version.Describe(new LayerVersionsListItem())),
            },
            cancellationToken);
    }

    public Task<GetLayerVersionResponse> GetLayerVersionAsync(GetLayerVersionRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            Of("GetLayerVersion", "GET", Version, request.LayerName, request.VersionNumber),
            e => e.Version(new GetLayerVersionResponse()),
            cancellationToken);

    public Task<GetLayerVersionResponse> GetLayerVersionByArnAsync(GetLayerVersionByArnRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            new AwsRequest("GetLayerVersionByArn", "GET", Layers) { Query = { ["find"] = "LayerVersion", ["Arn"] = request.Arn } },
            e => e.Version(new GetLayerVersionResponse()),
            cancellationToken);

    public async Task<DeleteLayerVersionResponse> DeleteLayerVersionAsync(DeleteLayerVersionRequest request, CancellationToken cancellationToken = default)
    {
        await SendAsync(Of("DeleteLayerVersion", "DELETE", Version, request.LayerName, request.VersionNumber), cancellationToken).ConfigureAwait(false);
        return new DeleteLayerVersionResponse();
    }

    public Task<AddLayerVersionPermissionResponse> AddLayerVersionPermissionAsync(AddLayerVersionPermissionRequest request, CancellationToken cancellationToken = default)
    {
        byte[] body = LambdaJson.Write(json =>
        {
            json.WriteText("StatementId", request.StatementId);
            json.WriteText("Action", request.Action);
            json.WriteText("Principal", request.Principal);
            json.WriteText("OrganizationId", request.OrganizationId);
        });
        var send = new AwsRequest("AddLayerVersionPermission", "POST", Policy)
        {
            PathValues = { ["LayerName"] = request.LayerName!, ["VersionNumber"] = Number(request.VersionNumber) },
            Headers = { ["Content-Type"] = "application/json" },
            Content = body,
        };
        Query(send, "RevisionId", request.RevisionId);
        return SendAsync(
            send,
            e => new AddLayerVersionPermissionResponse { Statement = e.FindText("Statement"), RevisionId = e.FindText("RevisionId") },
            cancellationToken);
    }

    public async Task<RemoveLayerVersionPermissionResponse> RemoveLayerVersionPermissionAsync(RemoveLayerVersionPermissionRequest request, CancellationToken cancellationToken = default)
    {
        AwsRequest send = Of("RemoveLayerVersionPermission", "DELETE", Policy + "/{StatementId}", request.LayerName, request.VersionNumber);
        send.PathValues["StatementId"] = request.StatementId!;
        Query(send, "RevisionId", request.RevisionId);
        await SendAsync(send, cancellationToken).ConfigureAwait(false);
        return new RemoveLayerVersionPermissionResponse();
    }

    public Task<GetLayerVersionPolicyResponse> GetLayerVersionPolicyAsync(GetLayerVersionPolicyRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            Of("GetLayerVersionPolicy", "GET", Policy, request.LayerName, request.VersionNumber),
            e => new GetLayerVersionPolicyResponse { Policy = e.FindText("Policy"), RevisionId = e.FindText("RevisionId") },
            cancellationToken);

    public Task<GetFunctionResponse> GetFunctionAsync(GetFunctionRequest request, CancellationToken cancellationToken = default)
    {
        var send = new AwsRequest("GetFunction", "GET", Functions + "/{FunctionName}") { PathValues = { ["FunctionName"] = request.FunctionName! } };
        Query(send, "Qualifier", request.Qualifier);
        return SendAsync(send, e => new GetFunctionResponse { Configuration = e.FindObject("Configuration")?.Function() }, cancellationToken);
    }

    public Task<FunctionConfiguration> GetFunctionConfigurationAsync(GetFunctionConfigurationRequest request, CancellationToken cancellationToken = default)
    {
        var send = new AwsRequest("GetFunctionConfiguration", "GET", Configuration) { PathValues = { ["FunctionName"] = request.FunctionName! } };
        Query(send, "Qualifier", request.Qualifier);
        return SendAsync(send, e => e.Function(), cancellationToken);
    }

    public Task<FunctionConfiguration> UpdateFunctionConfigurationAsync(UpdateFunctionConfigurationRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            new AwsRequest("UpdateFunctionConfiguration", "PUT", Configuration)
            {
                PathValues = { ["FunctionName"] = request.FunctionName! },
                Headers = { ["Content-Type"] = "application/json" },
                Content = LambdaJson.Write(json =>
                {
                    json.WriteList("Layers", request.Layers);
                    json.WriteText("RevisionId", request.RevisionId);
                }),
            },
            e => e.Function(),
            cancellationToken);

    public Task<ListFunctionsResponse> ListFunctionsAsync(ListFunctionsRequest request, CancellationToken cancellationToken = default)
    {
        var send = new AwsRequest("ListFunctions", "GET", Functions + "/");
        Page(send, request.Marker, request.MaxItems);
        Query(send, "FunctionVersion", request.FunctionVersion);
        return SendAsync(
            send,
            e => new ListFunctionsResponse { NextMarker = e.FindText("NextMarker"), Functions = e.List("Functions", LambdaJson.Function) },
            cancellationToken);
    }

    public void Dispose() => client.Dispose();

    /// <summary>
    /// The request as JSON. The zip is up to 50 MB and its base64 a third more, so that it is encoded straight into the
    /// one array that is signed and sent.
    /// </summary>
    private static byte[] PublishBody(PublishLayerVersionRequest request)
    {
        LayerVersionContentInput content = request.Content!;
        byte[] head = LambdaJson.Write(json =>
        {
            json.WriteText("Description", request.Description);
            json.WriteText("LicenseInfo", request.LicenseInfo);
            json.WriteList("CompatibleRuntimes", request.CompatibleRuntimes);
            json.WriteList("CompatibleArchitectures", request.CompatibleArchitectures);
            json.WriteStartObject("Content");
            json.WriteText("S3Bucket", content.S3Bucket);
            json.WriteText("S3Key", content.S3Key);
            json.WriteText("S3ObjectVersion", content.S3ObjectVersion);
            json.WriteText("S3ObjectStorageMode", content.S3ObjectStorageMode);
            if (content.ZipFile is not null)
            {
                json.WriteString("ZipFile", "");
            }

            json.WriteEndObject();
        });
        if (content.ZipFile is not { } zip)
        {
            return head;
        }

        ReadOnlySpan<byte> bytes = zip.GetBuffer().AsSpan(0, (int)zip.Length);
        int tail = "\"}}"u8.Length;
        byte[] body = new byte[head.Length + System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        head.AsSpan(0, head.Length - tail).CopyTo(body);
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, body.AsSpan(head.Length - tail), out _, out int written);
        "\"}}"u8.CopyTo(body.AsSpan(head.Length - tail + written));
        return body;
    }

    private static AwsRequest Of(string operation, string method, string path, string? layer, long? version) => new(operation, method, path)
    {
        PathValues = { ["LayerName"] = layer!, ["VersionNumber"] = Number(version) },
    };

    private static string Number(long? value) => value!.Value.ToString(CultureInfo.InvariantCulture);

    private static void Page(AwsRequest request, string? marker, int? maxItems)
    {
        Query(request, "Marker", marker);
        Query(request, "MaxItems", maxItems?.ToString(CultureInfo.InvariantCulture));
    }

    private static void Query(AwsRequest request, string name, string? value)
    {
        if (value is not null)
        {
            request.Query[name] = value;
        }
    }

    private async Task<T> SendAsync<T>(AwsRequest request, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        using AwsResponse response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
        return LambdaJson.Read(response.Body, read);
    }

    private async Task SendAsync(AwsRequest request, CancellationToken cancellation)
    {
        using AwsResponse response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
    }
}
