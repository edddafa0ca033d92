namespace LayerBuild.Formats.Osv;

public sealed class OsvRangeTests
{
    [Theory]
    [InlineData("1.0", "introduced 0", true)]
    [InlineData("0.dev0", "introduced 0", true)]
    [InlineData("1.0.1", "introduced 0;fixed 1.0.2", true)]
    [InlineData("1.0.2rc1", "introduced 0;fixed 1.0.2", true)]
    [InlineData("1.0.2", "introduced 0;fixed 1.0.2", false)]
    [InlineData("1.0.2.post1", "introduced 0;fixed 1.0.2", false)]
    [InlineData("0.9", "introduced 1.0;fixed 1.0.2", false)]
    [InlineData("2.1.214", "introduced 0;last_affected 2.1.214", true)]
    [InlineData("2.1.214+local.1", "introduced 0;last_affected 2.1.214", true)]
    [InlineData("2.1.215", "introduced 0;last_affected 2.1.214", false)]
    [InlineData("2.5", "introduced 1.0;fixed 1.0.2;introduced 3.0;fixed 3.2.5", false)]
    [InlineData("3.1", "introduced 1.0;fixed 1.0.2;introduced 3.0;fixed 3.2.5", true)]
    [InlineData("3.1", "fixed 3.2.5;introduced 3.0;fixed 1.0.2;introduced 1.0", true)]
    [InlineData("2.5", "fixed 3.2.5;introduced 3.0;fixed 1.0.2;introduced 1.0", false)]
    [InlineData("10.0", "introduced 9.0;fixed 11.0", true)]
    [InlineData("1!0.5", "introduced 0;fixed 2.0", false)]
    [InlineData("1.5", "introduced 0;fixed 1.5;introduced 1.5;fixed 2.0", true)]
    [InlineData("1.7", "introduced 0;last_affected 1.5;introduced 1.5;fixed 2.0", true)]
    [InlineData("2.5", "introduced 0;limit 2.0", false)]
    [InlineData("1.5", "introduced 0;limit 2.0", true)]
    [InlineData("2.5", "introduced 0;limit 2.0;limit *", true)]
    [InlineData("1.0", "fixed 2.0", false)]
    public void Events_of_PyPI_are_evaluated_in_the_order_of_their_versions(string version, string events, bool affected) =>
        Assert.Equal(affected, IsAffected(new AdvisoryExample("GHSA-1").Of("demo").Range(events.Split(';')), OsvEcosystem.PyPI, version));

    [Theory]
    [InlineData("0.0.0-alpha", "introduced 0;fixed 1.0.0", true)]
    [InlineData("2.0.0-rc.1", "introduced 1.0.0;fixed 2.0.0", true)]
    [InlineData("2.0.0-rc.1", "introduced 2.0.0;fixed 2.1.0", false)]
    [InlineData("2.0.0-rc.10", "introduced 2.0.0-rc.2;fixed 2.1.0", true)]
    [InlineData("4.17.10", "introduced 0;fixed 4.17.9", false)]
    [InlineData("4.17.10", "introduced 0;fixed 4.17.11", true)]
    [InlineData("1.0.0+build", "introduced 0;last_affected 1.0.0", true)]
    public void Events_of_npm_are_evaluated_in_the_order_of_semantic_versions(string version, string events, bool affected)
    {
        var record = new AdvisoryExample("GHSA-1").Of("demo", "npm");
        Assert.Equal(affected, IsAffected(record.TypedRange("SEMVER", events.Split(';')), OsvEcosystem.Npm, version));
        Assert.Equal(affected, IsAffected(new AdvisoryExample("GHSA-1").Of("demo", "npm").TypedRange("ECOSYSTEM", events.Split(';')), OsvEcosystem.Npm, version));
    }

    [Theory]
    [InlineData("1.0.0", "1.0", true)]
    [InlineData("v1.0", "1.0", true)]
    [InlineData("1.0+cu121", "1.0", true)]
    [InlineData("1.0", "1.0+cu121", false)]
    [InlineData("1.0-ALPHA", "1.0a0", true)]
    [InlineData("0!1.0", "1.0", true)]
    [InlineData("1.1", "1.0", false)]
    [InlineData("2004d", "2004d", true)]
    [InlineData("2004d", "2004.0", false)]
    public void Enumerated_versions_are_compared_as_versions_where_they_are(string version, string listed, bool affected) =>
        Assert.Equal(affected, IsAffected(new AdvisoryExample("PYSEC-1").Of("demo").Versions("7", listed), OsvEcosystem.PyPI, version));

    [Fact]
    public void A_version_is_affected_by_a_range_or_by_enumeration()
    {
        AdvisoryExample record = new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 1.0").Versions("3.0");
        Assert.True(IsAffected(record, OsvEcosystem.PyPI, "0.5"));
        Assert.True(IsAffected(record, OsvEcosystem.PyPI, "3.0"));
        Assert.False(IsAffected(record, OsvEcosystem.PyPI, "2.0"));
    }

    [Fact]
    public void Commits_are_no_versions() =>
        Assert.False(IsAffected(new AdvisoryExample("GHSA-1").Of("demo").TypedRange("GIT", "introduced 0", "fixed 1234567"), OsvEcosystem.PyPI, "1.0"));

    [Fact]
    public void A_record_is_about_one_ecosystem_and_the_names_of_PyPI_are_normalized()
    {
        AdvisoryExample record = new AdvisoryExample("GHSA-1").Of("Zope.Interface_x").Range("introduced 0");
        Assert.NotEmpty(record.Read().Match(OsvEcosystem.PyPI, OsvEcosystem.PyPI.Key("zope-interface--X"), "1.0", PackageVersion.TryParse(OsvEcosystem.PyPI, "1.0")));
        Assert.Empty(record.Read().Match(OsvEcosystem.Npm, "Zope.Interface_x", "1.0.0", PackageVersion.TryParse(OsvEcosystem.Npm, "1.0.0")));
    }

    [Fact]
    public void A_record_that_was_withdrawn_says_nothing() =>
        Assert.False(IsAffected(new AdvisoryExample("GHSA-1").With("withdrawn", "2025-01-01T00:00:00Z").Of("demo").Range("introduced 0"), OsvEcosystem.PyPI, "1.0"));

    [Fact]
    public void A_range_that_cannot_be_ordered_is_left_to_the_enumerated_versions()
    {
        OsvRecord without = new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 2004d").Read();
        Assert.True(without.HasUnreadableRanges);
        AdvisoryExample with = new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 2004d").Versions("1.0");
        Assert.False(with.Read().HasUnreadableRanges);
        Assert.True(IsAffected(with, OsvEcosystem.PyPI, "1.0"));
        Assert.False(IsAffected(with, OsvEcosystem.PyPI, "2.0"));
    }

    [Fact]
    public void The_end_is_that_of_the_range_that_the_version_lies_in()
    {
        OsvEnd Range(string version) => new AdvisoryExample("GHSA-1").Of("demo").Range("introduced 0", "fixed 1.0.2", "introduced 3.0", "last_affected 3.2").Read()
            .Match(OsvEcosystem.PyPI, "demo", version, PackageVersion.TryParse(OsvEcosystem.PyPI, version)).Single().Ends.Single();
        Assert.Equal("1.0.2", Range("1.0").Fixed?.Text);
        Assert.Equal("3.2", Range("3.1").LastAffected?.Text);
        Assert.Null(Range("3.1").Fixed);
    }

    private static bool IsAffected(AdvisoryExample record, OsvEcosystem ecosystem, string version) =>
        record.Read().Match(ecosystem, "demo", version, PackageVersion.TryParse(ecosystem, version)).Count > 0;
}
