
namespace LayerBuild.Aws.Lambda;

/// <summary>Every operation of the client, against a server that checks its signature.</summary>
public sealed class AmazonLambdaClientTests : IAsyncLifetime
{
    private const string Region = "cn-north-1";

    private FakeAws _aws = null!;
    private AmazonLambdaClient _lambda = null!;

    public async Task InitializeAsync()
    {
        _aws = await FakeAws.StartAsync();
        AwsSession session = AwsSession.With(new Amazon.Runtime.BasicAWSCredentials(SignatureCheck.AccessKey, SignatureCheck.SecretKey), [Region], _aws.Url);
        _lambda = new AmazonLambdaClient(session.CreateLambda(Region));
    }

    public async Task DisposeAsync()
    {
        _lambda.Dispose();
        await _aws.DisposeAsync();
        Assert.True(_aws.BadSignatures.IsEmpty, string.Join('\n', _aws.BadSignatures));
    }

    [Fact]
    public async Task A_layer_version_comes_back_as_it_was_published()
    {
        PublishLayerVersionResponse made = await PublishAsync("a_layer-1", "说明 \"quoted\" <b>&amp; \\ /");

        GetLayerVersionResponse read = await _lambda.GetLayerVersionAsync(new GetLayerVersionRequest { LayerName = "a_layer-1", VersionNumber = 1 });
        GetLayerVersionResponse byArn = await _lambda.GetLayerVersionByArnAsync(new GetLayerVersionByArnRequest { Arn = made.LayerVersionArn });

        foreach (GetLayerVersionResponse version in new[] { made, read, byArn })
        {
            Assert.Equal("arn:aws-cn:lambda:cn-north-1:123456789012:layer:a_layer-1:1", version.LayerVersionArn);
            Assert.Equal("arn:aws-cn:lambda:cn-north-1:123456789012:layer:a_layer-1", version.LayerArn);
            Assert.Equal(1, version.Version);
            Assert.Equal("说明 \"quoted\" <b>&amp; \\ /", version.Description);
            Assert.Equal("MIT", version.LicenseInfo);
            Assert.Equal(["python3.12", "python3.13"], version.CompatibleRuntimes!.Order());
            Assert.Equal(["arm64"], version.CompatibleArchitectures);
            Assert.Equal(30, version.Content!.CodeSize);
            Assert.Equal(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(new byte[30])), version.Content.CodeSha256);
        }
    }

    [Fact]
    public async Task A_layer_is_named_by_its_arn_too()
    {
        await PublishAsync("x", null);

        PublishLayerVersionResponse second = await PublishAsync("arn:aws-cn:lambda:cn-north-1:123456789012:layer:x", null);

        Assert.Equal(2, second.Version);
        Assert.Contains(_aws.Requests, r => r.Contains("/layers/arn%3Aaws-cn%3Alambda%3Acn-north-1%3A123456789012%3Alayer%3Ax/versions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        _aws.Lambda.PageSize = 2;
        foreach (string name in new[] { "a", "b", "c", "a" })
        {
            await PublishAsync(name, null);
        }

        ListLayersResponse first = await _lambda.ListLayersAsync(new ListLayersRequest { MaxItems = 2 });
        ListLayersResponse second = await _lambda.ListLayersAsync(new ListLayersRequest { Marker = first.NextMarker, CompatibleRuntime = "python3.12", CompatibleArchitecture = "arm64" });
        ListLayerVersionsResponse versions = await _lambda.ListLayerVersionsAsync(new ListLayerVersionsRequest { LayerName = "a", CompatibleRuntime = "python3.12" });

        Assert.Equal(["a", "b"], first.Layers!.Select(l => l.LayerName));
        Assert.Equal(2, first.Layers![0].LatestMatchingVersion!.Version);
        Assert.Equal(["c"], second.Layers!.Select(l => l.LayerName));
        Assert.Null(second.NextMarker);
        Assert.Equal([2, 1], versions.LayerVersions!.Select(v => v.Version));
    }

    [Fact]
    public async Task Permissions_are_added_read_guarded_and_removed()
    {
        await PublishAsync("x", null);
        AddLayerVersionPermissionResponse added = await _lambda.AddLayerVersionPermissionAsync(Permission("s1"));
        GetLayerVersionPolicyResponse policy = await _lambda.GetLayerVersionPolicyAsync(new GetLayerVersionPolicyRequest { LayerName = "x", VersionNumber = 1 });

        Assert.Contains("\"Sid\":\"s1\"", added.Statement, StringComparison.Ordinal);
        Assert.Equal(added.RevisionId, policy.RevisionId);
        Assert.Contains("o-a1b2c3d4e5", policy.Policy, StringComparison.Ordinal);
        Assert.Equal("ResourceConflictException", (await Assert.ThrowsAsync<AwsServiceException>(() => _lambda.AddLayerVersionPermissionAsync(Permission("s1")))).ErrorCode);
        AddLayerVersionPermissionRequest stale = Permission("s2");
        stale.RevisionId = "stale";
        var refused = await Assert.ThrowsAsync<AwsServiceException>(() => _lambda.AddLayerVersionPermissionAsync(stale));
        Assert.Equal(("PreconditionFailedException", 412), (refused.ErrorCode, (int)refused.StatusCode));
        Assert.Equal("11111111-2222-3333-4444-555555555555", refused.RequestId);

        await _lambda.RemoveLayerVersionPermissionAsync(new RemoveLayerVersionPermissionRequest { LayerName = "x", VersionNumber = 1, StatementId = "s1", RevisionId = policy.RevisionId });

        var gone = await Assert.ThrowsAsync<AwsServiceException>(() => _lambda.GetLayerVersionPolicyAsync(new GetLayerVersionPolicyRequest { LayerName = "x", VersionNumber = 1 }));
        Assert.Equal("ResourceNotFoundException", gone.ErrorCode);

        static AddLayerVersionPermissionRequest Permission(string id) => new()
        {
            LayerName = "x",
            VersionNumber = 1,
            StatementId = id,
            Action = "lambda:GetLayerVersion",
            Principal = "*",
            OrganizationId = "o-a1b2c3d4e5",
        };
    }

    [Fact]
    public async Task A_version_is_deleted_and_its_number_never_comes_again()
    {
        await PublishAsync("x", null);

        await _lambda.DeleteLayerVersionAsync(new DeleteLayerVersionRequest { LayerName = "x", VersionNumber = 1 });

        Assert.Equal(2, (await PublishAsync("x", null)).Version);
    }

    [Fact]
    public async Task A_function_is_read_and_given_layers()
    {
        PublishLayerVersionResponse layer = await PublishAsync("x", null);
        _aws.Lambda.AddFunction(Region, "resize");
        FunctionConfiguration before = await _lambda.GetFunctionConfigurationAsync(new GetFunctionConfigurationRequest { FunctionName = "resize" });

        FunctionConfiguration updated = await _lambda.UpdateFunctionConfigurationAsync(
            new UpdateFunctionConfigurationRequest { FunctionName = "resize", Layers = [layer.LayerVersionArn!], RevisionId = before.RevisionId });
        GetFunctionResponse after = await _lambda.GetFunctionAsync(new GetFunctionRequest { FunctionName = "resize", Qualifier = "$LATEST" });
        ListFunctionsResponse all = await _lambda.ListFunctionsAsync(new ListFunctionsRequest { FunctionVersion = "ALL", MaxItems = 10 });

        Assert.Null(before.Layers);
        Assert.Equal("InProgress", updated.LastUpdateStatus);
        Assert.Equal("python3.12", after.Configuration!.Runtime);
        Assert.Equal(["x86_64"], after.Configuration.Architectures);
        Assert.Equal("Active", after.Configuration.State);
        Assert.Equal([layer.LayerVersionArn], Assert.Single(all.Functions!).Layers!.Select(l => l.Arn));
    }

    [Fact]
    public async Task A_wrong_clock_is_corrected_and_the_request_signed_again()
    {
        int requests = 0;
        _aws.Faults = (_, _) => requests++ == 0 ? FaultKind.WrongClock : null;

        PublishLayerVersionResponse made = await PublishAsync("x", null);

        Assert.Equal(1, made.Version);
        Assert.Equal(2, requests);
    }

    private Task<PublishLayerVersionResponse> PublishAsync(string layer, string? description) => _lambda.PublishLayerVersionAsync(new PublishLayerVersionRequest
    {
        LayerName = layer,
        Description = description,
        LicenseInfo = "MIT",
        CompatibleRuntimes = ["python3.12", "python3.13"],
        CompatibleArchitectures = ["arm64"],
        Content = new LayerVersionContentInput { ZipFile = new MemoryStream(new byte[30], 0, 30, writable: false, publiclyVisible: true) },
    });
}
