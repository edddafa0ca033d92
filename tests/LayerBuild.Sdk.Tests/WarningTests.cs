using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Warnings obey the switches that users know.</summary>
public sealed class WarningTests
{
    private const string Deprecated = """<LambdaLayer Include="one" CompatibleRuntimes="python3.8" />""";

    [Fact]
    public void A_deprecated_runtime_is_a_warning_with_its_dates()
    {
        using LayerProject project = LayerProject.WithOneLayer().Items(Deprecated);

        Assert.Contains("2024-10-14", project.Build().WarnedOf("LB1008").Message, StringComparison.Ordinal);
        Assert.True(File.Exists(project.Zip("one").Path));
    }

    [Fact]
    public void A_build_that_has_nothing_to_do_says_the_warnings_again()
    {
        using LayerProject project = LayerProject.WithOneLayer().Items(Deprecated + """<LambdaLayer Include="two" SourceDirectory="layers/one" CompatibleRuntimes="python3.7" Pakages="'a;b'" />""");
        BuildOutcome first = project.Build().Succeeded();
        Assert.Equal(["LB1008", "LB1008", "LB1011"], first.Warnings.Select(w => w.Code).Order());

        BuildOutcome second = project.Build().Succeeded();
        Assert.Empty(second.LayerTasks);
        Assert.Equal(first.Warnings.OrderBy(w => w.Message), second.Warnings.OrderBy(w => w.Message));

        // Once each, also when one of the layers is built.
        project.Items(Deprecated + """<LambdaLayer Include="two" SourceDirectory="layers/one" CompatibleRuntimes="python3.13" />""");
        Assert.Contains("'one'", Assert.Single(project.Build().Succeeded().Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_metadata_name_is_a_warning()
    {
        using LayerProject project = LayerProject.WithOneLayer().Items("""<LambdaLayer Include="one" CompatibleRuntime="python3.13" />""");

        Assert.Contains("'CompatibleRuntimes'", project.Build().WarnedOf("LB1011").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Runtimes=\"python3.13\"", "'CompatibleRuntimes'")]
    [InlineData("Architectures=\"arm64\"", "'CompatibleArchitectures'")]
    public void Names_that_other_items_use_are_misspellings_too(string metadata, string meant)
    {
        using LayerProject project = LayerProject.WithOneLayer().Items($"""<LambdaLayer Include="one" {metadata} />""");

        Assert.Contains(meant, project.Build().WarnedOf("LB1011").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LambdaLayerRegion", "'LambdaLayerRegions'")]
    [InlineData("lambdaLayerPipArgument", "'LambdaLayerPipArguments'")]
    [InlineData("PublishLayers", "'PublishLayer'")]
    public void A_misspelt_property_of_the_command_line_is_a_warning_in_every_build(string name, string meant)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        for (int i = 0; i < 2; i++)
        {
            BuildFinding warning = project.BuildWith(new() { [name] = "x", ["LambdaLayerRegions"] = "eu-west-1", ["MyLayer"] = "mine" }).WarnedOf("LB1011");
            Assert.Contains(meant, warning.Message, StringComparison.Ordinal);
            Assert.Equal(project.ProjectFile, warning.File);
        }
    }

    [Fact]
    public void An_attribute_Exclude_is_a_warning_with_its_line_in_every_build()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Items("""
            <!-- <LambdaLayer Include="one" Exclude="x" /> -->
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13"
                         Exclude="**/one.py" />
            """);
        string[] lines = File.ReadAllLines(project.ProjectFile);
        for (int i = 0; i < 2; i++)
        {
            BuildFinding warning = project.Build().WarnedOf("LB1030");
            Assert.Contains("ExcludeFiles", warning.Message, StringComparison.Ordinal);
            Assert.Contains("python3.13", lines[warning.Line - 1], StringComparison.Ordinal);
        }

        Assert.Equal(["python/one.py"], project.Zip("one").Names);
        project.Properties("<NoWarn>$(NoWarn);LB1030</NoWarn>");
        Assert.Empty(project.Build().Succeeded().Warnings);
    }

    [Fact]
    public void NoWarn_silences_a_warning()
    {
        using LayerProject project = LayerProject.WithOneLayer().Items(Deprecated).Properties("<NoWarn>$(NoWarn);LB1008</NoWarn>");

        Assert.Empty(project.Build().Succeeded().Warnings);
    }

    [Theory]
    [InlineData("<WarningsAsErrors>LB1008</WarningsAsErrors>")]
    [InlineData("<MSBuildTreatWarningsAsErrors>true</MSBuildTreatWarningsAsErrors>")]
    public void A_promoted_warning_fails_this_build_and_the_next(string properties)
    {
        using LayerProject project = LayerProject.WithOneLayer().Items(Deprecated).Properties(properties);

        project.Build().FailedWith("LB1008");
        Assert.Empty(project.Outputs());
        project.Build().FailedWith("LB1008");
        Assert.Empty(project.Outputs());

        Assert.Equal(["one"], project.Properties("").Build().Succeeded().Built);
    }
}
