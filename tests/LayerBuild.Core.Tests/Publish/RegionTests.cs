using System.Text.Json.Nodes;
using LayerBuild.Aws;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

public class RegionTests
{
    [Fact]
    public async Task Every_region_gets_the_layer_in_its_partition()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111") };

        IReadOnlyList<LayerOutcome> outcomes = await fixture.PublishAsync([layer], o => o with { Regions = ["us-gov-west-1", "eu-west-1", "cn-northwest-1"] });

        Assert.Equal(
            [
                "arn:aws-cn:lambda:cn-northwest-1:123456789012:layer:requests-layer:1",
                "arn:aws:lambda:eu-west-1:123456789012:layer:requests-layer:1",
                "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:requests-layer:1",
            ],
            outcomes.Select(o => o.Version!.Arn.ToString()));
        JsonNode published = JsonNode.Parse(await File.ReadAllTextAsync(fixture.PublishedPath))!;
        Assert.Equal(["aws", "aws-cn", "aws-us-gov"], published["consumerPolicies"]!.AsObject().Select(p => p.Key));
        JsonNode statement = published["consumerPolicies"]!["aws-cn"]!["Statement"]![0]!;
        Assert.Equal("lambda:GetLayerVersion", statement["Action"]!.GetValue<string>());
        Assert.Equal("arn:aws-cn:lambda:cn-northwest-1:123456789012:layer:requests-layer:1", Assert.Single(statement["Resource"]!.AsArray())!.GetValue<string>());
    }

    [Fact]
    public async Task One_region_that_fails_stops_no_other_and_the_file_tells_the_truth()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Faults = (_, line) => line.StartsWith("eu-west-1 POST", StringComparison.Ordinal) ? FaultKind.AccessDenied : null;

        await fixture.PublishAsync([fixture.Layer("a"), fixture.Layer("b")], o => o with { Regions = ["eu-west-1", "us-east-1"] });

        Assert.Equal(2, fixture.Log.Diagnostics.Count(d => d.Code == "LB5002"));
        JsonArray layers = JsonNode.Parse(await File.ReadAllTextAsync(fixture.PublishedPath))!["layers"]!.AsArray();
        Assert.Equal(
            ["a eu-west-1 failed", "a us-east-1 published", "b eu-west-1 failed", "b us-east-1 published"],
            layers.Select(l => $"{l!["name"]} {l["region"]} {l["status"]}"));
        Assert.Null(layers[0]!["layerVersionArn"]);
        Assert.Equal("LB5002", layers[0]!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_layer_that_is_published_and_not_shared_is_told_as_such()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Faults = (_, line) => line.Contains("POST", StringComparison.Ordinal) && line.EndsWith("/policy", StringComparison.Ordinal) ? FaultKind.AccessDenied : null;

        await fixture.PublishAsync([fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111") }]);

        JsonNode layer = JsonNode.Parse(await File.ReadAllTextAsync(fixture.PublishedPath))!["layers"]![0]!;
        Assert.Equal("failed", layer["status"]!.GetValue<string>());
        Assert.Equal("arn:aws:lambda:eu-west-1:123456789012:layer:requests-layer:1", layer["layerVersionArn"]!.GetValue<string>());
        Assert.Null(layer["statements"]);
        Assert.Contains(fixture.Log.Diagnostics, d => d.Code == "LB5002" && d.Message.Contains("requests-layer:1 is published", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_layers_and_regions_together_keep_to_the_quota()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer[] layers = [.. Enumerable.Range(0, 10).Select(i => fixture.Layer($"layer-{i}") with { ShareWith = PublishFixture.Share("111111111111") })];

        await fixture.PublishAsync(layers, o => o with { Regions = ["eu-west-1", "us-east-1", "cn-north-1"] });

        // The clock of the test moves by waiting alone.
        int requests = fixture.Aws.Requests.Count;
        Assert.InRange(requests, 100, 200);
        Assert.InRange(requests / (fixture.Time.Waited.TotalSeconds + 1), 5, 15);
    }

    [Fact]
    public async Task The_file_is_the_same_for_the_same_outcome()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer[] layers = [fixture.Layer("a") with { ShareWith = PublishFixture.Share("*") }, fixture.Layer("b"), fixture.Layer("c")];
        await fixture.PublishAsync(layers, o => o with { Regions = ["eu-west-1", "us-east-1"] });
        await fixture.PublishAsync(layers, o => o with { Regions = ["eu-west-1", "us-east-1"] });
        byte[] first = await File.ReadAllBytesAsync(fixture.PublishedPath);

        await fixture.PublishAsync([.. layers.Reverse()], o => o with { Regions = ["us-east-1", "eu-west-1"] });

        Assert.Equal(first, await File.ReadAllBytesAsync(fixture.PublishedPath));
    }

    [Theory]
    [InlineData("eu-west-1", "lambda", "https://lambda.eu-west-1.amazonaws.com")]
    [InlineData("cn-north-1", "lambda", "https://lambda.cn-north-1.amazonaws.com.cn")]
    [InlineData("us-gov-east-1", "lambda", "https://lambda.us-gov-east-1.amazonaws.com")]
    [InlineData("eusc-de-east-1", "lambda", "https://lambda.eusc-de-east-1.amazonaws.eu")]
    [InlineData("xx-new-9", "lambda", "https://lambda.xx-new-9.amazonaws.com")]
    [InlineData("cn-north-1", "s3", "https://s3.cn-north-1.amazonaws.com.cn")]
    [InlineData("eu-west-1", "s3", "https://s3.eu-west-1.amazonaws.com")]
    public void A_service_is_at_its_partitions_address(string region, string service, string url)
    {
        AwsSession session = AwsSession.With(new Amazon.Runtime.AnonymousAWSCredentials(), [region], null);

        Assert.Equal(url, new AwsClientConfig(service == "s3" ? "S3" : "Lambda", service, session, region).EndpointUrl());
    }

    [Theory]
    [InlineData("eu-west-1", "lambda", true, false, "https://lambda-fips.eu-west-1.amazonaws.com")]
    [InlineData("eu-west-1", "lambda", false, true, "https://lambda.eu-west-1.api.aws")]
    [InlineData("cn-north-1", "lambda", false, true, "https://lambda.cn-north-1.api.amazonwebservices.com.cn")]
    [InlineData("us-gov-west-1", "lambda", true, true, "https://lambda-fips.us-gov-west-1.api.aws")]
    [InlineData("eu-west-1", "s3", false, true, "https://s3.dualstack.eu-west-1.amazonaws.com")]
    [InlineData("us-east-1", "s3", true, true, "https://s3-fips.dualstack.us-east-1.amazonaws.com")]
    public void Fips_and_dual_stack_have_addresses_of_their_own(string region, string service, bool fips, bool dualStack, string url)
    {
        AwsSession session = AwsSession.With(new Amazon.Runtime.AnonymousAWSCredentials(), [region], null);
        var config = new AwsClientConfig(service == "s3" ? "S3" : "Lambda", service, session, region) { UseFIPSEndpoint = fips, UseDualstackEndpoint = dualStack };

        Assert.Equal(url, config.EndpointUrl());
    }
}
