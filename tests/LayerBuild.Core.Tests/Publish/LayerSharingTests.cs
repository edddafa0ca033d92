using System.Text.Json.Nodes;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

public class LayerSharingTests
{
    private const string Region = "eu-west-1";

    [Theory]
    [InlineData("123456789012", "layerbuild-123456789012", "123456789012", null)]
    [InlineData("arn:aws:iam::123456789012:root", "layerbuild-123456789012", "arn:aws:iam::123456789012:root", null)]
    [InlineData("arn:aws-us-gov:iam::123456789012:root", "layerbuild-123456789012", "arn:aws-us-gov:iam::123456789012:root", null)]
    [InlineData("o-a1b2c3d4e5", "layerbuild-o-a1b2c3d4e5", "*", "o-a1b2c3d4e5")]
    [InlineData("*", "layerbuild-public", "*", null)]
    public void A_principal_has_a_stable_statement(string text, string statementId, string principal, string? organization)
    {
        Assert.True(LayerPrincipal.TryParse(text, out LayerPrincipal parsed));
        Assert.Equal(statementId, parsed.StatementId);
        Assert.Equal(principal, parsed.Principal);
        Assert.Equal(organization, parsed.OrganizationId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345678901")]
    [InlineData("1234567890123")]
    [InlineData("o-short")]
    [InlineData("o-ABCDEFGHIJ")]
    [InlineData("arn:aws:iam::123456789012:user/me")]
    [InlineData("arn:aws:iam::12345:root")]
    [InlineData("ou-a1b2-c3d4e5f6")]
    [InlineData("**")]
    public void Other_principals_are_refused(string text) => Assert.False(LayerPrincipal.TryParse(text, out _));

    [Fact]
    public async Task Accounts_organizations_and_the_public_become_statements()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();

        await fixture.PublishAsync([fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111", "arn:aws:iam::222222222222:root", "o-a1b2c3d4e5", "*") }]);

        SortedDictionary<string, JsonObject> statements = fixture.Aws.Lambda.Versions(Region, "requests-layer")[0].Statements;
        Assert.Equal(
            ["layerbuild-111111111111", "layerbuild-222222222222", "layerbuild-o-a1b2c3d4e5", "layerbuild-public"],
            statements.Keys);
        Assert.Equal("arn:aws:iam::111111111111:root", statements["layerbuild-111111111111"]["Principal"]!["AWS"]!.GetValue<string>());
        Assert.Equal("o-a1b2c3d4e5", statements["layerbuild-o-a1b2c3d4e5"]["Condition"]!["StringEquals"]!["aws:PrincipalOrgID"]!.GetValue<string>());
        Assert.Contains(fixture.Log.Diagnostics, d => d.Message.Contains("shared with everybody, 2 accounts and 1 organization", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_share_whose_answer_was_lost_is_looked_up_and_not_sent_again()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        int adds = 0;
        fixture.Aws.Faults = (_, line) => line.Contains(" POST ", StringComparison.Ordinal) && line.EndsWith("/policy", StringComparison.Ordinal) && ++adds == 1 ? FaultKind.LostAnswer : null;

        await fixture.PublishAsync([fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111", "222222222222") }]);

        Assert.False(fixture.Log.HasErrors);
        Assert.Equal(2, adds);
        Assert.Equal(["layerbuild-111111111111", "layerbuild-222222222222"], fixture.Aws.Lambda.Versions(Region, "requests-layer")[0].Statements.Keys);
    }

    [Fact]
    public async Task Sharing_again_sends_nothing()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111", "arn:aws:iam::222222222222:root", "o-a1b2c3d4e5", "*") };
        await fixture.PublishAsync([layer]);
        int before = fixture.Aws.Requests.Count;

        await fixture.PublishAsync([layer]);

        Assert.All(fixture.Aws.Requests.Skip(before), request => Assert.Contains(" GET ", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_longer_declared_goes_and_what_others_made_stays()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer();
        await fixture.PublishAsync([layer with { ShareWith = PublishFixture.Share("111111111111", "222222222222") }]);
        FakeVersion version = fixture.Aws.Lambda.Versions(Region, "requests-layer")[0];
        version.Statements["by-hand"] = (JsonObject)JsonNode.Parse("""{"Sid":"by-hand","Principal":{"AWS":["a","b"]}}""")!;

        await fixture.PublishAsync([layer with { ShareWith = PublishFixture.Share("222222222222") }]);

        Assert.Equal(["by-hand", "layerbuild-222222222222"], version.Statements.Keys);
    }

    [Fact]
    public async Task A_statement_of_ours_that_says_something_else_is_made_anew()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer() with { ShareWith = PublishFixture.Share("o-a1b2c3d4e5") };
        await fixture.PublishAsync([layer]);
        FakeVersion version = fixture.Aws.Lambda.Versions(Region, "requests-layer")[0];
        version.Statements["layerbuild-o-a1b2c3d4e5"] = (JsonObject)JsonNode.Parse("""{"Sid":"layerbuild-o-a1b2c3d4e5","Principal":"*"}""")!;

        await fixture.PublishAsync([layer]);

        Assert.Equal("o-a1b2c3d4e5", version.Statements["layerbuild-o-a1b2c3d4e5"]["Condition"]!["StringEquals"]!["aws:PrincipalOrgID"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_new_version_is_shared_like_the_one_before()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await fixture.PublishAsync([fixture.Layer(content: "1") with { ShareWith = PublishFixture.Share("111111111111") }]);

        await fixture.PublishAsync([fixture.Layer(content: "2") with { ShareWith = PublishFixture.Share("111111111111") }]);

        Assert.All(fixture.Aws.Lambda.Versions(Region, "requests-layer"), v => Assert.Equal(["layerbuild-111111111111"], v.Statements.Keys));
    }

    [Fact]
    public async Task A_root_arn_holds_in_its_partition_only()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        BuiltLayer layer = fixture.Layer() with { ShareWith = PublishFixture.Share("111111111111", "arn:aws:iam::222222222222:root", "arn:aws-cn:iam::333333333333:root") };

        await fixture.PublishAsync([layer], o => o with { Regions = ["eu-west-1", "cn-north-1"] });

        Assert.Equal(["layerbuild-111111111111", "layerbuild-222222222222"], fixture.Aws.Lambda.Versions("eu-west-1", "requests-layer")[0].Statements.Keys);
        FakeVersion chinese = fixture.Aws.Lambda.Versions("cn-north-1", "requests-layer")[0];
        Assert.Equal(["layerbuild-111111111111", "layerbuild-333333333333"], chinese.Statements.Keys);
        Assert.Equal("arn:aws-cn:iam::111111111111:root", chinese.Statements["layerbuild-111111111111"]["Principal"]!["AWS"]!.GetValue<string>());
    }
}
