namespace LayerBuild.Formats.Python;

public class DistributionVersionTests
{
    private static readonly string[] Ascending =
    [
        "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
        "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.10", "2026.5.9", "1!0.1",
    ];

    [Fact]
    public void Order_is_that_of_the_specification()
    {
        string[] shuffled = [.. Ascending.Order(StringComparer.Ordinal)];

        Assert.Equal(Ascending, shuffled.OrderBy(Parse));
    }

    [Theory]
    [InlineData("1.0", "1.0.0")]
    [InlineData("v1.0", "1.0")]
    [InlineData("1.0-1", "1.0.post1")]
    [InlineData("1.0ALPHA1", "1.0a1")]
    [InlineData("1.0_rc.2", "1.0c2")]
    [InlineData("1.0+Ubuntu-1", "1.0+ubuntu.1")]
    public void Spellings_of_one_version_are_equal(string left, string right) => Assert.Equal(0, Parse(left).CompareTo(Parse(right)));

    [Theory]
    [InlineData("1.4.5", "~=", "1.4.2", true)]
    [InlineData("1.5.0", "~=", "1.4.2", false)]
    [InlineData("1.9", "~=", "1.4", true)]
    [InlineData("1.0+local", "==", "1.0", true)]
    [InlineData("1.0", "==", "1.0+local", false)]
    [InlineData("1.0.post1", ">", "1.0", false)]
    [InlineData("1.0rc1", "<", "1.0", false)]
    [InlineData("1.1.3", "==", "1.1.*", true)]
    [InlineData("1.1", "!=", "1.1.*", false)]
    [InlineData("1.10", "==", "1.1.*", false)]
    public void Clauses_are_those_of_the_specification(string version, string op, string operand, bool satisfied) =>
        Assert.Equal(satisfied, Parse(version).Satisfies(op, operand));

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("1.0-")]
    [InlineData("1.x")]
    public void Other_words_are_no_versions(string text) => Assert.False(DistributionVersion.TryParse(text, out _));

    private static DistributionVersion Parse(string text) => DistributionVersion.TryParse(text, out DistributionVersion? version) ? version! : throw new FormatException(text);

    [Theory]
    [InlineData("", true)]
    [InlineData(">=3.9", true)]
    [InlineData(" >= 3.9 , != 3.12.1 ", true)]
    [InlineData(">=3.9,<3.12", false)]
    [InlineData("==3.12.*,>=3.12.1", false)]
    [InlineData(">=3.9,whatever", null)]
    [InlineData("3.12", null)]
    public void A_set_of_clauses_is_met_or_not_or_is_none(string specifiers, bool? met)
    {
        Assert.True(DistributionVersion.TryParse("3.12.0", out DistributionVersion? version));

        Assert.Equal(met, version!.MeetsAll(specifiers));
    }
}
