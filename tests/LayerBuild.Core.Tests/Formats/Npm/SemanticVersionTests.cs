namespace LayerBuild.Formats.Npm;

public sealed class SemanticVersionTests
{
    private static readonly string[] Ascending =
    [
        "0.0.0-0", "0.0.0", "0.0.4", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
        "1.2.0", "1.10.0", "2.0.0-x-y", "2.0.0", "10.0.0", "99999999999999999999.0.0", "100000000000000000000.0.0",
    ];

    [Fact]
    public void Order_is_that_of_the_specification()
    {
        string[] shuffled = [.. Ascending.Order(StringComparer.Ordinal)];

        Assert.Equal(Ascending, shuffled.OrderBy(Parse));
    }

    [Theory]
    [InlineData("1.0", "1.0.0")]
    [InlineData("1", "1.0.0")]
    [InlineData("v1.0.0", "1.0.0")]
    [InlineData("= v1.0.0", "1.0.0")]
    [InlineData("1.0.0+build.5", "1.0.0")]
    [InlineData("01.0.0", "1.0.0")]
    public void Spellings_of_one_version_are_equal(string left, string right) => Assert.Equal(0, Parse(left).CompareTo(Parse(right)));

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("1.0.0-")]
    [InlineData("1.0.0-a..b")]
    [InlineData("1.0.0+")]
    [InlineData("1.x")]
    [InlineData("-1.0.0")]
    [InlineData("1.0.0 beta")]
    public void Other_words_are_no_versions(string text) => Assert.False(SemanticVersion.TryParse(text, out _));

    [Fact]
    public void What_is_longer_than_any_version_is_none() => Assert.False(SemanticVersion.TryParse(new string('1', 300), out _));

    private static SemanticVersion Parse(string text) => SemanticVersion.TryParse(text, out SemanticVersion? version) ? version : throw new FormatException(text);
}
