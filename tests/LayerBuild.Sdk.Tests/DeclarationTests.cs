using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>What a user is told about items that cannot be right.</summary>
public sealed class DeclarationTests
{
    [Theory]
    [InlineData("LB1001", """<LambdaLayer Include="my layer" CompatibleRuntimes="python3.13" />""", "'my layer'")]
    [InlineData("LB1001", """<LambdaLayer Include="my(layer" ExcludeFiles="x" /><LambdaLayerContent Include="other.py" TargetPath="python/x.py" Layer="my(layer" />""", "'my(layer'")]
    [InlineData("LB1001", """<LambdaLayer Include="it's) a" ExcludeFiles="x" />""", "'it's) a'")]
    [InlineData("LB1001", """<LambdaLayer Include="../one" />""", "'../one'")]
    [InlineData("LB1002", """<LambdaLayer Include="one" CompatibleRuntimes="python3.31" />""", "did you mean 'python3.")]
    [InlineData("LB1002", """<LambdaLayer Include="one" CompatibleRuntimes="cobol" />""", "Known runtimes: python3.")]
    [InlineData("LB1002", """<LambdaLayer Include="one" CompatibleRuntimes="Python3.13" Packages="x" />""", "did you mean 'python3.13'")]
    [InlineData("LB1002", """<LambdaLayer Include="one" CompatibleRuntimes="python3.12,python3.13" />""", "semicolons")]
    [InlineData("LB1007", """<LambdaLayer Include="one" CompatibleArchitectures="x86_64 arm64" />""", "semicolon")]
    [InlineData("LB1013", """<LambdaLayerContent Include="other.py" TargetPath="python/other.py" />""", "Declare one")]
    [InlineData("LB1003", """<LambdaLayer Include="one" /><LambdaLayerContent Include="other.py" TargetPath="../other.py" />""", "'../other.py'")]
    [InlineData("LB1003", """<LambdaLayer Include="one" /><LambdaLayerContent Include="other.py" TargetPath="/python/other.py" />""", "'/python/other.py'")]
    [InlineData("LB1004", """<LambdaLayer Include="one" /><LambdaLayerContent Include="other.py" TargetPath="python/one.py" />""", "'python/one.py'")]
    [InlineData("LB1007", """<LambdaLayer Include="one" CompatibleArchitectures="aarch64" />""", "did you mean 'arm64'")]
    [InlineData("LB1007", """<LambdaLayer Include="one" CompatibleArchitectures="mips" />""", "x86_64 and arm64.")]
    [InlineData("LB1009", """<LambdaLayer Include="one" /><LambdaLayer Include="one" />""", "declared twice")]
    [InlineData("LB1009", """<LambdaLayer Include="one" /><LambdaLayer Include="ONE" SourceDirectory="layers/one" />""", "declared twice")]
    [InlineData("LB1024", """<LambdaLayer Include="one" SourceDirectory="." />""", "contain itself")]
    [InlineData("LB1010", """<LambdaLayer Include="one" MaxZippedSize="large" />""", "'large'")]
    [InlineData("LB1010", """<LambdaLayer Include="one" MaxUnzippedSize="12 parsecs" />""", "12 MB")]
    [InlineData("LB1010", """<LambdaLayer Include="one" MaxGrowth="some" />""", "5%")]
    [InlineData("LB1010", """<LambdaLayer Include="one" Slim="maybe" />""", "true or false")]
    [InlineData("LB1010", """<LambdaLayer Include="one" Bytecode="all" />""", "unchecked-hash")]
    [InlineData("LB1022", """<LambdaLayer Include="one" Packages="requests" />""", "no Python runtime")]
    [InlineData("LB1010", """<LambdaLayer Include="one" Kind="bundle" />""", "expected content")]
    [InlineData("LB1031", """<LambdaLayer Include="one"><Exclude>**/tests/**</Exclude></LambdaLayer>""", "<ExcludeFiles>**/tests/**</ExcludeFiles>")]
    [InlineData("LB1021", """<LambdaLayer Include="one" Command="make" />""", "target of your own")]
    [InlineData("LB1012", """<LambdaLayer Include="one" SourceDirectory="nowhere" />""", "nowhere")]
    [InlineData("LB1012", """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Requirements="nowhere.txt" />""", "nowhere.txt")]
    [InlineData("LB1012", """<LambdaLayer Include="one" /><LambdaLayerContent Include="nowhere.py" TargetPath="python/x.py" />""", "nowhere.py")]
    [InlineData("LB1013", """<LambdaLayer Include="one" /><LambdaLayer Include="two" SourceDirectory="layers/one" /><LambdaLayerContent Include="other.py" TargetPath="python/x.py" />""", "one, two")]
    [InlineData("LB1013", """<LambdaLayer Include="one" /><LambdaLayerContent Include="other.py" Layer="tow" TargetPath="python/x.py" />""", "'tow'")]
    public void A_wrong_item_is_named_with_what_to_do(string code, string items, string says)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("other.py", "y = 2\n");
        project.Items(items);

        BuildFinding error = project.Build().FailedWith(code);

        Assert.Contains(says, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(project.ProjectFile, error.File);
        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void What_is_wrong_with_a_property_is_said_of_the_project()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("items.props", """<Project><ItemGroup><LambdaLayer Include="one" CompatibleRuntimes="python3.13" /></ItemGroup></Project>""");
        project.Items("").Properties("""<LambdaLayerCompression>Most</LambdaLayerCompression></PropertyGroup><Import Project="items.props" /><PropertyGroup>""");

        Assert.Equal(project.ProjectFile, project.Build().FailedWith("LB1010").File);
        Assert.Equal(project.ProjectFile, project.BuildWith(new() { ["NoBuild"] = "true" }, "PublishLambdaLayers").FailedWith("LB5010").File);
    }

    [Fact]
    public void A_disk_that_refuses_is_an_error_with_its_own_words()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        Directory.CreateDirectory(Path.GetDirectoryName(project.Output)!);
        File.WriteAllText(project.Output, "a file where the folder is to be");

        Assert.Contains("layers", project.Build().FailedWith("LB1099").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_leaves_room_for_the_architecture()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        string name = new('n', 140);
        project.Items($"""<LambdaLayer Include="{name}" SourceDirectory="layers/one" CompatibleArchitectures="x86_64;arm64" />""");

        Assert.Contains("133", project.Build().FailedWith("LB1001").Message, StringComparison.Ordinal);
    }
}
