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
}
