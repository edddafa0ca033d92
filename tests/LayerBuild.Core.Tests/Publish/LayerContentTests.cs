using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

public class LayerContentTests
{
    private const string Region = "eu-west-1";

    [Fact]
    public async Task With_a_bucket_the_zip_goes_through_it_under_a_key_that_says_what_it_is()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeBucket bucket = fixture.Aws.S3.AddBucket("layers-eu-west-1", Region);
        BuiltLayer layer = fixture.Layer();

        await fixture.PublishAsync([layer], o => o with { S3Bucket = "layers-{region}", S3Prefix = "/ci/zips/" });

        Assert.Empty(fixture.Aws.BadSignatures);
        Assert.DoesNotContain(fixture.Log.Diagnostics, d => d.Severity != Severity.Note);
        string key = $"ci/zips/requests-layer/{Convert.ToHexStringLower(Convert.FromBase64String(layer.CodeSha256))}.zip";
        Assert.Equal(await File.ReadAllBytesAsync(layer.ZipPath), bucket.Objects[key].Bytes);
        Assert.Equal(layer.CodeSha256, Assert.Single(fixture.Aws.Lambda.Versions(Region, "requests-layer")).CodeSha256);
    }

    [Fact]
    public async Task An_object_that_is_there_is_not_put_again()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeBucket bucket = fixture.Aws.S3.AddBucket("layers", Region);
        BuiltLayer layer = fixture.Layer();
        await fixture.PublishAsync([layer], o => o with { S3Bucket = "layers" });

        // Other metadata makes another version of the same zip.
        await fixture.PublishAsync([fixture.Layer(change: m => m with { Description = "other" })], o => o with { S3Bucket = "layers" });

        Assert.Equal(1, bucket.Puts);
        Assert.Equal(2, fixture.Aws.Lambda.EverMade(Region, "requests-layer"));
    }

    [Fact]
    public async Task Without_leave_to_list_the_bucket_the_zip_is_put()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.S3.AddBucket("layers", Region).CanList = false;

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer()], o => o with { S3Bucket = "layers" }));

        Assert.Null(outcome.Error);
    }

    [Fact]
    public async Task A_large_zip_goes_up_in_parts_with_progress()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeBucket bucket = fixture.Aws.S3.AddBucket("layers", Region);
        BuiltLayer layer = fixture.Layer(content: new string('x', (20 << 20) + 7));

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer], o => o with { S3Bucket = "layers" }));

        Assert.Null(outcome.Error);
        Assert.Empty(fixture.Aws.BadSignatures);
        Assert.Equal(await File.ReadAllBytesAsync(layer.ZipPath), Assert.Single(bucket.Objects.Values).Bytes);
        Assert.Equal(0, fixture.Aws.S3.OpenUploads);
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message.Contains("21.0 MB uploaded to s3://layers/", StringComparison.Ordinal));
        Assert.Equal(3, fixture.Aws.Requests.Count(r => r.Contains("partNumber", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_object_with_other_bytes_under_the_key_is_replaced()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeBucket bucket = fixture.Aws.S3.AddBucket("layers", Region);
        BuiltLayer layer = fixture.Layer();
        string key = LayerContent.Key("", layer);
        bucket.Objects[key] = new FakeObject(Region, new byte[layer.Manifest.ZippedSize], "null");

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer], o => o with { S3Bucket = "layers" }));

        Assert.Null(outcome.Error);
        Assert.Equal(layer.CodeSha256, Assert.Single(fixture.Aws.Lambda.Versions(Region, "requests-layer")).CodeSha256);
        Assert.Equal(await File.ReadAllBytesAsync(layer.ZipPath), bucket.Objects[key].Bytes);
    }

    [Fact]
    public async Task By_reference_the_version_of_the_object_is_named_also_in_another_region()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        FakeBucket bucket = fixture.Aws.S3.AddBucket("layers", "us-east-1", versioned: true);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer()], o => o with { S3Bucket = "layers", S3ObjectStorageMode = "REFERENCE" }));

        Assert.Null(outcome.Error);
        FakeVersion version = Assert.Single(fixture.Aws.Lambda.Versions(Region, "requests-layer"));
        Assert.Equal("REFERENCE", version.StorageMode);
        Assert.Equal(Assert.Single(bucket.Objects.Values).VersionId, version.S3ObjectVersion);
    }

    [Fact]
    public async Task By_reference_a_bucket_without_versioning_is_an_error()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.S3.AddBucket("layers", Region);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer()], o => o with { S3Bucket = "layers", S3ObjectStorageMode = "REFERENCE" }));

        Assert.Equal("LB5011", outcome.Error!.Code);
        Assert.Empty(fixture.Aws.Lambda.Versions(Region, "requests-layer"));
    }

    [Fact]
    public async Task A_bucket_of_another_region_is_explained()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.S3.AddBucket("layers", "us-east-1");

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer()], o => o with { S3Bucket = "layers" }));

        Assert.Equal("LB5002", outcome.Error!.Code);
        Assert.Contains("The bucket is in us-east-1", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains("{region}", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Above_50_MB_a_bucket_is_needed()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer(change: m => m with { ZippedSize = 52_428_801 })]));

        Assert.Equal("LB4004", outcome.Error!.Code);
    }

    [Fact]
    public async Task A_zip_of_50_MB_goes_in_the_request()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer(content: new string('x', (int)LambdaLimits.DirectUpload - 22));
        Assert.Equal(LambdaLimits.DirectUpload, layer.Manifest.ZippedSize);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer]));

        Assert.Null(outcome.Error);
        Assert.Equal(layer.CodeSha256, Assert.Single(fixture.Aws.Lambda.Versions(Region, "requests-layer")).CodeSha256);
    }

    [Fact]
    public async Task A_zip_that_was_changed_after_the_build_is_not_published()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer();
        await File.AppendAllTextAsync(layer.ZipPath, "x");

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([layer]));

        Assert.Equal("LB5009", outcome.Error!.Code);
        Assert.Empty(fixture.Aws.Lambda.Versions(Region, "requests-layer"));
    }
}
