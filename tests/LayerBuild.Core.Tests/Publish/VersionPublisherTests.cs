using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

public class VersionPublisherTests
{
    [Fact]
    public async Task A_new_layer_becomes_version_1()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();

        IReadOnlyList<LayerOutcome> outcomes = await fixture.PublishAsync([fixture.Layer()]);

        Assert.Empty(fixture.Aws.BadSignatures);
        LayerOutcome outcome = Assert.Single(outcomes);
        Assert.Null(outcome.Error);
        Assert.Equal("arn:aws:lambda:eu-west-1:123456789012:layer:requests-layer:1", outcome.Version!.Arn.ToString());
        FakeVersion version = Assert.Single(fixture.Aws.Lambda.Versions("eu-west-1", "requests-layer"));
        Assert.Equal(["python3.12", "python3.13"], version.Runtimes);
        Assert.Equal("requests and what it needs", version.Description);
        Assert.Equal("Apache-2.0", version.License);
    }

    [Fact]
    public async Task What_is_unchanged_is_not_published_again()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await fixture.PublishAsync([fixture.Layer()]);

        LayerOutcome again = Assert.Single(await fixture.PublishAsync([fixture.Layer()]));

        Assert.False(again.Version!.IsNew);
        Assert.Equal(1, fixture.Aws.Lambda.EverMade("eu-west-1", "requests-layer"));
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message.Contains("unchanged since version 1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("description")]
    [InlineData("licence")]
    [InlineData("runtimes")]
    [InlineData("architectures")]
    [InlineData("content")]
    public async Task What_changed_is_published(string what)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await fixture.PublishAsync([fixture.Layer()]);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([what switch
        {
            "description" => fixture.Layer(change: m => m with { Description = null }),
            "licence" => fixture.Layer(change: m => m with { LicenseInfo = "MIT" }),
            "runtimes" => fixture.Layer(change: m => m with { Runtimes = ["python3.13"] }),
            "architectures" => fixture.Layer(change: m => m with { Architectures = ["x86_64", "arm64"] }),
            _ => fixture.Layer(content: "two"),
        }]));

        Assert.True(outcome.Version!.IsNew);
        Assert.Equal(2, outcome.Version.Arn.Version);
    }

    [Fact]
    public async Task A_layer_without_any_metadata_is_found_again()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer bare = fixture.Layer(change: m => m with { Description = null, LicenseInfo = null, Runtimes = [], Architectures = [] });
        await fixture.PublishAsync([bare]);

        Assert.False(Assert.Single(await fixture.PublishAsync([bare])).Version!.IsNew);
    }

    [Fact]
    public async Task Going_back_to_older_content_makes_it_the_newest_version()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await fixture.PublishAsync([fixture.Layer(content: "one")]);
        await fixture.PublishAsync([fixture.Layer(content: "two")]);

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer(content: "one")]));

        Assert.True(outcome.Version!.IsNew);
        Assert.Equal(3, outcome.Version.Arn.Version);
    }

    [Fact]
    public async Task Of_many_versions_the_newest_counts()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Lambda.PageSize = 2;
        for (int i = 1; i <= 12; i++)
        {
            await fixture.PublishAsync([fixture.Layer(content: FormattableString.Invariant($"{i}"))]);
        }

        Assert.Equal(12, fixture.Aws.Lambda.EverMade("eu-west-1", "requests-layer"));
        Assert.False(Assert.Single(await fixture.PublishAsync([fixture.Layer(content: "12")])).Version!.IsNew);
    }

    [Fact]
    public async Task A_long_outage_ends_in_an_error_and_one_version()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        fixture.Aws.Faults = (_, line) => line.Contains("POST", StringComparison.Ordinal) ? FaultKind.Unavailable : null;

        LayerOutcome failed = Assert.Single(await fixture.PublishAsync([fixture.Layer()]));
        fixture.Aws.Faults = (_, _) => null;
        LayerOutcome done = Assert.Single(await fixture.PublishAsync([fixture.Layer()]));

        Assert.Equal("LB5002", failed.Error!.Code);
        Assert.Null(failed.Version);
        Assert.Equal(1, done.Version!.Arn.Version);
    }

    [Fact]
    public async Task A_version_whose_answer_was_lost_is_found_also_when_it_appears_late()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        int lists = 0;
        fixture.Aws.Faults = (_, line) => line.Contains("POST", StringComparison.Ordinal) ? FaultKind.LostAnswer : null;
        // The list is behind: three answers after the publish do not have the version yet.
        fixture.Aws.Lambda.HideNewest = () => ++lists <= 4;

        LayerOutcome outcome = Assert.Single(await fixture.PublishAsync([fixture.Layer()]));

        Assert.Null(outcome.Error);
        Assert.True(outcome.Version!.IsNew);
        Assert.Equal(1, fixture.Aws.Lambda.EverMade("eu-west-1", "requests-layer"));
    }

    [Fact]
    public async Task Many_layers_are_published_side_by_side()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer[] layers = [.. Enumerable.Range(0, 40).Select(i => fixture.Layer(FormattableString.Invariant($"layer{i}"), FormattableString.Invariant($"{i}")))];

        IReadOnlyList<LayerOutcome> outcomes = await fixture.PublishAsync(layers, o => o with { Regions = ["eu-west-1", "us-east-1"] });

        Assert.Equal(80, outcomes.Count);
        Assert.All(outcomes, o => Assert.Null(o.Error));
        Assert.True(fixture.Aws.BadSignatures.IsEmpty);
    }

    [Fact]
    public async Task Cancelling_ends_at_once_and_is_no_error()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        using var cancel = new CancellationTokenSource();
        fixture.Aws.Faults = (_, line) =>
        {
            if (line.Contains("POST", StringComparison.Ordinal))
            {
                cancel.CancelAfter(50);
                return FaultKind.Silence;
            }

            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.PublishAsync([fixture.Layer()], cancellation: cancel.Token));

        Assert.False(fixture.Log.HasErrors);
    }
}
