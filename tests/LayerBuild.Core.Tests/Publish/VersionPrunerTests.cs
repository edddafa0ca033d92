using LayerBuild.Lambda;

namespace LayerBuild.Publish;

public class VersionPrunerTests
{
    private const string Region = "eu-west-1";

    [Fact]
    public async Task Only_the_newest_versions_stay()
    {
        await using PublishFixture fixture = await WithVersionsAsync(4);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer(content: "5")], o => o with { KeepVersions = 2 }));

        Assert.Equal([4, 5], Numbers(fixture));
        Assert.Null(outcome.Error);
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message == "requests-layer  eu-west-1  deleted versions 3, 2, 1");
        Assert.Contains("\"pruned\"", await File.ReadAllTextAsync(fixture.PublishedPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_KeepVersions_all_stay()
    {
        await using PublishFixture fixture = await WithVersionsAsync(4);

        await fixture.PublishAsync([fixture.Layer(content: "5")]);

        Assert.Equal([1, 2, 3, 4, 5], Numbers(fixture));
        Assert.DoesNotContain(fixture.Aws.Requests, r => r.Contains("functions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_version_that_a_function_uses_stays_also_when_only_a_published_version_of_it_does()
    {
        await using PublishFixture fixture = await WithVersionsAsync(4);
        fixture.Aws.Lambda.PageSize = 2;
        fixture.Aws.Lambda.AddFunction(Region, "a");
        fixture.Aws.Lambda.AddFunction(Region, "b", FakeLambda.LayerArn(Region, "requests-layer") + ":3");
        FakeFunction old = fixture.Aws.Lambda.AddFunction(Region, "c");
        old.Published.Add([]);
        old.Published.Add([FakeLambda.LayerArn(Region, "requests-layer") + ":1"]);

        await fixture.PublishAsync([fixture.Layer(content: "5")], o => o with { KeepVersions = 1 });

        Assert.Equal([1, 3, 5], Numbers(fixture));
    }

    [Fact]
    public async Task A_version_that_is_shared_stays_unless_told()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await fixture.PublishAsync([fixture.Layer(content: "1") with { ShareWith = PublishFixture.Share("111111111111") }]);
        await fixture.PublishAsync([fixture.Layer(content: "2")]);

        await fixture.PublishAsync([fixture.Layer(content: "3")], o => o with { KeepVersions = 1 });
        Assert.Equal([1, 3], Numbers(fixture));

        await fixture.PublishAsync([fixture.Layer(content: "3")], o => o with { KeepVersions = 1, PruneShared = true });
        Assert.Equal([3], Numbers(fixture));
    }

    [Fact]
    public async Task A_dry_run_tells_and_deletes_nothing()
    {
        await using PublishFixture fixture = await WithVersionsAsync(3);

        await fixture.PublishAsync([fixture.Layer(content: "4")], o => o with { KeepVersions = 3, PruneDryRun = true });

        Assert.Equal([1, 2, 3, 4], Numbers(fixture));
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message == "requests-layer  eu-west-1  would delete version 1");
        Assert.DoesNotContain(fixture.Aws.Requests, r => r.Contains("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_goes_when_a_function_could_not_be_given_the_new_version()
    {
        await using PublishFixture fixture = await WithVersionsAsync(3);

        await fixture.PublishAsync([fixture.Layer(content: "4")], o => o with { KeepVersions = 1, Attach = true }, [new LambdaFunctionDeclaration("missing") { Layers = ["requests-layer"] }]);

        Assert.Equal([1, 2, 3, 4], Numbers(fixture));
    }

    [Fact]
    public async Task Without_leave_to_list_functions_nothing_goes_and_it_is_a_warning()
    {
        await using PublishFixture fixture = await WithVersionsAsync(3);
        fixture.Aws.Faults = (_, line) => line.Contains("/functions", StringComparison.Ordinal) ? FaultKind.AccessDenied : null;

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer(content: "4")], o => o with { KeepVersions = 1 }));

        Assert.Null(outcome.Error);
        Assert.False(fixture.Log.HasErrors);
        Assert.Contains(fixture.Log.Diagnostics, d => d.Code == "LB5007");
        Assert.Equal([1, 2, 3, 4], Numbers(fixture));
    }

    private static IEnumerable<long> Numbers(PublishFixture fixture) => fixture.Aws.Lambda.Versions(Region, "requests-layer").Select(v => v.Number);

    private static async Task<PublishFixture> WithVersionsAsync(int count)
    {
        PublishFixture fixture = await PublishFixture.StartAsync();
        for (int i = 1; i <= count; i++)
        {
            await fixture.PublishAsync([fixture.Layer(content: FormattableString.Invariant($"{i}"))]);
        }

        return fixture;
    }
}
