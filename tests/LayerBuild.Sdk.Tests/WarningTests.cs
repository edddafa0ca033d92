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
    public void A_misspelt_metadata_name_is_a_warning()
    {
        using LayerProject project = LayerProject.WithOneLayer().Items("""<LambdaLayer Include="one" CompatibleRuntime="python3.13" />""");

        Assert.Contains("'CompatibleRuntimes'", project.Build().WarnedOf("LB1011").Message, StringComparison.Ordinal);
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
