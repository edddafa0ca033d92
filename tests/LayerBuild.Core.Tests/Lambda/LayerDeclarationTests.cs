namespace LayerBuild.Lambda;

public sealed class LayerDeclarationTests
{
    [Theory]
    [InlineData("LB3005", "LB3005", null)]
    [InlineData("LB3005:libfoo.so", "LB3005:libfoo.so", null)]
    [InlineData("LB3005:lib*", "LB3005:lib*", null)]
    [InlineData("LB3005 (nobody calls it)", "LB3005", "nobody calls it")]
    [InlineData("LB3005:libfoo.so (nobody calls it (yet))", "LB3005:libfoo.so", "nobody calls it (yet)")]
    [InlineData("LB3005:libfoo.so ()", "LB3005:libfoo.so", null)]
    public void An_entry_accepts_a_finding_and_may_say_why(string allowed, string entry, string? reason) =>
        Assert.Equal(new FindingAcceptance(entry, reason), Accept(allowed, "libfoo.so"));

    [Theory]
    [InlineData("LB3006:libfoo.so")]
    [InlineData("LB3005:libbar.so (libfoo.so)")]
    [InlineData("LB3005:libfoo.so nobody calls it")]
    public void Others_do_not(string allowed) => Assert.Null(Accept(allowed, "libfoo.so"));

    [Fact]
    public void A_name_that_ends_like_a_reason_is_a_name() =>
        Assert.Equal(new FindingAcceptance("LB3005:notes (1)", null), Accept("LB3005:notes (1)", "notes (1)"));

    private static FindingAcceptance? Accept(string allowed, string name)
    {
        LayerDeclaration layer = LayerExample.Declare() with { AllowFindings = [allowed] };
        FindingAcceptance? acceptance = layer.Acceptance("LB3005", glob => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(glob, name));
        Assert.Equal(acceptance is not null, layer.Accepts("LB3005", (string?)null, name));
        return acceptance;
    }
}
