using System.Text.Json.Nodes;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>Against moto, which others wrote, and read back with awscli.</summary>
public sealed class MotoTests(MotoServer moto) : IClassFixture<MotoServer>
{
    [RequiresMotoFact]
    public async Task What_is_published_and_shared_is_what_awscli_reads()
    {
        await moto.StartAsync();
        await using PublishFixture fixture = await PublishFixture.StartAsync(moto.Url);
        BuiltLayer layer = fixture.Layer("read-back") with { ShareWith = PublishFixture.Share("111111111111", "222222222222") };

        await fixture.PublishAsync([layer]);
        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer]));

        Assert.Null(outcome.Error);
        Assert.False(outcome.Version!.IsNew);
        JsonNode versions = (await moto.AwsAsync("--region", "eu-west-1", "lambda", "list-layer-versions", "--layer-name", "read-back"))!;
        Assert.Single(versions["LayerVersions"]!.AsArray());
        JsonNode version = (await moto.AwsAsync("--region", "eu-west-1", "lambda", "get-layer-version", "--layer-name", "read-back", "--version-number", "1"))!;
        Assert.Equal(layer.CodeSha256, version["Content"]!["CodeSha256"]!.GetValue<string>());
        Assert.Equal(layer.Manifest.ZippedSize, version["Content"]!["CodeSize"]!.GetValue<long>());
        Assert.Equal("Apache-2.0", version["LicenseInfo"]!.GetValue<string>());
        Assert.Equal(["python3.12", "python3.13"], version["CompatibleRuntimes"]!.AsArray().Select(n => n!.GetValue<string>()).Order());
        JsonNode policy = (await moto.AwsAsync("--region", "eu-west-1", "lambda", "get-layer-version-policy", "--layer-name", "read-back", "--version-number", "1"))!;
        string[] sids = [.. JsonNode.Parse(policy["Policy"]!.GetValue<string>())!["Statement"]!.AsArray().Select(s => s!["Sid"]!.GetValue<string>())];
        Assert.Equal(["layerbuild-111111111111", "layerbuild-222222222222"], sids.Order());
    }

    [RequiresMotoFact]
    public async Task A_zip_goes_through_a_bucket_in_parts_and_once()
    {
        await moto.StartAsync();
        await using PublishFixture fixture = await PublishFixture.StartAsync(moto.Url);
        await moto.AwsAsync("--region", "us-east-1", "s3api", "create-bucket", "--bucket", "layers-us-east-1");
        BuiltLayer layer = fixture.Layer("large", content: new string('x', 9 << 20));

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer], Options));
        await fixture.PublishAsync([fixture.Layer("large", new string('x', 9 << 20), m => m with { Description = "other" })], Options);

        Assert.Null(outcome.Error);
        JsonNode version = (await moto.AwsAsync("--region", "us-east-1", "lambda", "get-layer-version", "--layer-name", "large", "--version-number", "2"))!;
        Assert.Equal(layer.CodeSha256, version["Content"]!["CodeSha256"]!.GetValue<string>());
        JsonNode objects = (await moto.AwsAsync("--region", "us-east-1", "s3api", "list-objects-v2", "--bucket", "layers-us-east-1"))!;
        JsonNode stored = Assert.Single(objects["Contents"]!.AsArray())!;
        Assert.Equal("zips/large/" + Convert.ToHexStringLower(Convert.FromBase64String(layer.CodeSha256)) + ".zip", stored["Key"]!.GetValue<string>());
        Assert.Equal(layer.Manifest.ZippedSize, stored["Size"]!.GetValue<long>());

        static PublishOptions Options(PublishOptions o) => o with { Regions = ["us-east-1"], S3Bucket = "layers-{region}", S3Prefix = "zips" };
    }

    [RequiresMotoFact]
    public async Task A_function_gets_its_layers_and_keeps_those_of_others()
    {
        await moto.StartAsync();
        await using PublishFixture fixture = await PublishFixture.StartAsync(moto.Url);
        JsonNode role = (await moto.AwsAsync("--region", "cn-north-1", "iam", "create-role", "--role-name", "lambda", "--assume-role-policy-document", "{\"Version\":\"2012-10-17\",\"Statement\":[]}"))!;
        string zip = fixture.Layer("function-code").ZipPath;
        await fixture.PublishAsync([fixture.Layer("theirs")], Options);
        await fixture.PublishAsync([fixture.Layer("ours", "old")], Options);
        string theirs = "arn:aws-cn:lambda:cn-north-1:123456789012:layer:theirs:1";
        string ours = "arn:aws-cn:lambda:cn-north-1:123456789012:layer:ours:";
        await moto.AwsAsync(
            "--region", "cn-north-1", "lambda", "create-function", "--function-name", "resize", "--runtime", "python3.12", "--handler", "a.b",
            "--role", role["Role"]!["Arn"]!.GetValue<string>(), "--zip-file", "fileb://" + zip, "--layers", theirs, ours + "1");

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync(
            [fixture.Layer("ours", "new")], o => Options(o) with { Attach = true }, [new LambdaFunctionDeclaration("resize") { Layers = ["ours"] }]));

        Assert.Null(outcome.Error);
        Assert.False(fixture.Log.HasErrors);
        JsonNode function = (await moto.AwsAsync("--region", "cn-north-1", "lambda", "get-function-configuration", "--function-name", "resize"))!;
        Assert.Equal([theirs, ours + "2"], function["Layers"]!.AsArray().Select(l => l!["Arn"]!.GetValue<string>()));

        static PublishOptions Options(PublishOptions o) => o with { Regions = ["cn-north-1"] };
    }

    [RequiresMotoFact]
    public async Task Old_versions_go_and_used_ones_stay()
    {
        await moto.StartAsync();
        await using PublishFixture fixture = await PublishFixture.StartAsync(moto.Url);
        foreach (string content in new[] { "1", "2", "3", "4" })
        {
            await fixture.PublishAsync([fixture.Layer("pruned", content)], Options);
        }

        await fixture.PublishAsync([fixture.Layer("pruned", "5")], o => Options(o) with { KeepVersions = 2 });

        JsonNode versions = (await moto.AwsAsync("--region", "us-gov-west-1", "lambda", "list-layer-versions", "--layer-name", "pruned"))!;
        Assert.Equal([5, 4], versions["LayerVersions"]!.AsArray().Select(v => v!["Version"]!.GetValue<long>()));

        static PublishOptions Options(PublishOptions o) => o with { Regions = ["us-gov-west-1"] };
    }
}
