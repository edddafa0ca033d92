namespace LayerBuild.Formats.Python;

public class DistributionNameTests
{
    [Theory]
    [InlineData("requests", "requests")]
    [InlineData("Flask", "flask")]
    [InlineData("zope.interface", "zope-interface")]
    [InlineData("ruamel.yaml-_.clib", "ruamel-yaml-clib")]
    [InlineData("a--B", "a-b")]
    [InlineData("_private_", "-private-")]
    [InlineData("*", "*")]
    [InlineData("", "")]
    public void Case_and_runs_of_separators_do_not_matter(string name, string normal) => Assert.Equal(normal, DistributionName.Normalize(name));

    [Fact]
    public void A_name_of_any_length_is_normalized() =>
        Assert.Equal(new string('x', 1000) + "-y", DistributionName.Normalize(new string('X', 1000) + "._y"));
}
