using System.Text.Json.Nodes;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>
/// Every fault at every request of a whole publish: after it, and one more run, there is one version of the content, with
/// all its statements, on the function.
/// </summary>
public class FaultTests
{
    private const string Region = "eu-west-1";
    private const string Layer = "requests-layer";
    private const string Other = "arn:aws:lambda:eu-west-1:999999999999:layer:other:3";

    public static TheoryData<string> Kinds => [.. Enum.GetNames<FaultKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task After_one_fault_and_one_more_run_all_is_done_once(string kind)
    {
        FaultKind fault = Enum.Parse<FaultKind>(kind);
        int requests = await CountAsync(bucket: null);
        Assert.InRange(requests, 8, 40);
        for (int at = 1; at <= requests; at++)
        {
            await TryAsync(fault, at, bucket: null);
        }
    }

    [Theory]
    [InlineData(nameof(FaultKind.ResetBeforeUpload))]
    [InlineData(nameof(FaultKind.LostAnswer))]
    [InlineData(nameof(FaultKind.TruncatedAnswer))]
    [InlineData(nameof(FaultKind.Silence))]
    [InlineData(nameof(FaultKind.Unavailable))]
    [InlineData(nameof(FaultKind.AccessDenied))]
    [InlineData(nameof(FaultKind.Killed))]
    public async Task Also_when_the_zip_goes_through_a_bucket_in_parts(string kind)
    {
        FaultKind fault = Enum.Parse<FaultKind>(kind);
        // HEAD, create, two parts, complete, publish; what follows is the same as without a bucket.
        for (int at = 1; at <= 7; at++)
        {
            await TryAsync(fault, at, "layers");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Also_when_only_the_sharing_changes(string kind)
    {
        FaultKind fault = Enum.Parse<FaultKind>(kind);
        // List, get, read the policy, remove one statement, replace one, add one.
        for (int at = 1; at <= 7; at++)
        {
            await using PublishFixture fixture = await PublishFixture.StartAsync();
            await fixture.PublishAsync([fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111", "222222222222", "333333333333") }]);
            SortedDictionary<string, JsonObject> statements = fixture.Aws.Lambda.Versions(Region, Layer)[0].Statements;
            statements["by-hand"] = new JsonObject { ["Sid"] = "by-hand", ["Principal"] = "*" };
            statements["layerbuild-222222222222"] = new JsonObject { ["Sid"] = "layerbuild-222222222222", ["Principal"] = "*" };
            BuiltLayer layer = fixture.Layer() with { ShareWith = PublishFixture.Share("222222222222", "333333333333", "o-a1b2c3d4e5") };

            string hit = await TryAsync(fixture, fault, at, cancellation => fixture.PublishAsync([layer], cancellation: cancellation));

            Assert.True(!fixture.Log.HasErrors, $"{hit}: {string.Join('\n', fixture.Log.Diagnostics.Select(d => d.Code + " " + d.Message))}");
            Assert.Equal(["by-hand", "layerbuild-222222222222", "layerbuild-333333333333", "layerbuild-o-a1b2c3d4e5"], statements.Keys);
            Assert.Contains("222222222222", statements["layerbuild-222222222222"].ToJsonString(), StringComparison.Ordinal);
            Assert.Equal(1, fixture.Aws.Lambda.EverMade(Region, Layer));
        }
    }

    private static async Task<int> CountAsync(string? bucket)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await PrepareAsync(fixture);
        int before = fixture.Aws.Requests.Count;
        await RunAsync(fixture, bucket, CancellationToken.None);
        await AssertDoneAsync(fixture, "without a fault");
        return fixture.Aws.Requests.Count - before;
    }

    private static async Task TryAsync(FaultKind fault, int at, string? bucket)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await PrepareAsync(fixture);

        string hit = await TryAsync(fixture, fault, at, cancellation => RunAsync(fixture, bucket, cancellation));

        await AssertDoneAsync(fixture, hit);
    }

    /// <summary>Runs it with the fault at one of its requests, and once more without.</summary>
    /// <returns>What was hit.</returns>
    private static async Task<string> TryAsync(PublishFixture fixture, FaultKind fault, int at, Func<CancellationToken, Task> run)
    {
        int before = fixture.Aws.Requests.Count;
        string hit = "";
        using var kill = new CancellationTokenSource();
        fixture.Aws.Kill = kill.Cancel;
        fixture.Patience = fault is FaultKind.Silence or FaultKind.StalledAnswer ? TimeSpan.FromMilliseconds(600) : null;
        fixture.Aws.Faults = (number, line) =>
        {
            if (number != before + at)
            {
                return null;
            }

            hit = $"{fault} at request {at}, {line}";
            return fault;
        };

        try
        {
            await run(kill.Token);
        }
        catch (OperationCanceledException) when (kill.IsCancellationRequested)
        {
        }

        Assert.NotEqual("", hit);
        fixture.Aws.Faults = (_, _) => null;
        fixture.Patience = null;
        await run(CancellationToken.None);
        return hit;
    }

    /// <summary>Version 1 has other content and a statement of somebody else; a function has it, and another layer.</summary>
    private static async Task PrepareAsync(PublishFixture fixture)
    {
        fixture.Aws.S3.AddBucket("layers", Region);
        await fixture.PublishAsync([fixture.Layer(content: "old") with { ShareWith = PublishFixture.Share("111111111111") }]);
        fixture.Aws.Lambda.AddFunction(Region, "resize", Other, FakeLambda.LayerArn(Region, Layer) + ":1");
    }

    private static Task<IReadOnlyList<LayerOutcome>> RunAsync(PublishFixture fixture, string? bucket, CancellationToken cancellation) => fixture.PublishAsync(
        [fixture.Layer(content: bucket is null ? "new" : new string('x', (8 << 20) + 100)) with { ShareWith = PublishFixture.Share("111111111111", "o-a1b2c3d4e5") }],
        options => options with { Attach = true, KeepVersions = 1, PruneShared = true, S3Bucket = bucket },
        [new LambdaFunctionDeclaration("resize") { Layers = [Layer] }],
        cancellation);

    private static async Task AssertDoneAsync(PublishFixture fixture, string hit)
    {
        Assert.True(!fixture.Log.HasErrors, $"{hit}: {string.Join('\n', fixture.Log.Diagnostics.Select(d => d.Code + " " + d.Message))}");
        Assert.True(fixture.Aws.BadSignatures.IsEmpty, hit + ": " + string.Join('\n', fixture.Aws.BadSignatures));
        Assert.True(fixture.Aws.Lambda.EverMade(Region, Layer) == 2, $"{hit}: {fixture.Aws.Lambda.EverMade(Region, Layer)} versions were made.");
        FakeVersion version = Assert.Single(fixture.Aws.Lambda.Versions(Region, Layer));
        Assert.Equal(2, version.Number);
        Assert.Equal(["layerbuild-111111111111", "layerbuild-o-a1b2c3d4e5"], version.Statements.Keys);
        Assert.Equal([Other, FakeLambda.LayerArn(Region, Layer) + ":2"], fixture.Aws.Lambda.Functions[(Region, "resize")].Layers);
        string published = await File.ReadAllTextAsync(fixture.PublishedPath);
        Assert.Contains("\"layerVersionArn\": \"" + FakeLambda.LayerArn(Region, Layer) + ":2\"", published, StringComparison.Ordinal);
        Assert.DoesNotContain("failed", published, StringComparison.Ordinal);
    }
}
