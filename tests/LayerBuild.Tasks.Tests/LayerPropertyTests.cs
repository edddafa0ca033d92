using System.Text.RegularExpressions;

namespace LayerBuild.Tasks;

/// <summary>One table of properties: what the targets use, what is suggested and documented is what is in it.</summary>
public sealed partial class LayerPropertyTests
{
    [Fact]
    public void The_reference_lists_the_properties_with_their_defaults() =>
        Assert.Equal(LayerProperty.All.Select(p => (p.Name, p.Default)), new Document("docs/reference.md").Table("Properties"));

    [Fact]
    public void Every_page_names_what_it_explains()
    {
        foreach (LayerProperty property in LayerProperty.All)
        {
            string[] parts = property.Page.Split('#');
            var page = new Document("docs/" + parts[0]);
            Assert.True(page.Names(property.Name), $"{property.Page} does not name {property.Name}.");
            Assert.True(parts.Length == 1 || page.HasAnchor(parts[1]), $"There is no {property.Page}.");
        }
    }

    [Fact]
    public void The_targets_use_these_and_no_others()
    {
        string[] used =
        [
            .. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src/LayerBuild.Sdk/build"))
                .SelectMany(file => Property().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value))
                // Set by the package itself.
                .Where(name => name is not "LambdaLayersOnly")
                .Distinct(),
        ];

        Assert.Equal(LayerProperty.All.Select(p => p.Name).Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_readme_of_the_package_names_no_others()
    {
        string[] named = [.. Name().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "src/LayerBuild.Sdk/README.md"))).Select(m => m.Groups[1].Value)];

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(LayerProperty.All.Select(p => p.Name)).Except(["LambdaLayerContent"]));
    }

    [Theory]
    [InlineData("LambdaLayerRegion", "LambdaLayerRegions")]
    [InlineData("lambdalayerpiparguments2", "LambdaLayerPipArguments")]
    [InlineData("AttachLayer", "AttachLayers")]
    [InlineData("LAMBDALAYERPYTHON", null)]
    [InlineData("PublishProfile", null)]
    [InlineData("MyLayerColor", null)]
    [InlineData("_LambdaLayerPythons", null)]
    public void A_misspelt_name_is_recognized(string written, string? meant) =>
        Assert.Equal(meant, LayerProperty.Misspelt([written]).Select(m => m.Meant).SingleOrDefault());

    [GeneratedRegex(@"\$\((LambdaLayer[A-Za-z0-9]*|PublishLayer|AttachLayers)\)")]
    private static partial Regex Property();

    [GeneratedRegex("`(LambdaLayer[A-Z][A-Za-z0-9]*)`")]
    private static partial Regex Name();
}
