using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Findings of the checks in a build, and how they are turned off.</summary>
public sealed class CheckTests
{
    [Fact]
    public void A_finding_names_the_file_and_leaves_no_zip()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/json.py", "");

        Assert.Contains("python/json.py hides the standard library's module 'json'", project.Build().FailedWith("LB3009").Message, StringComparison.Ordinal);
        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void Findings_are_accepted_by_layer_or_turned_off_by_code()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/json.py", "");

        project.Properties("<NoWarn>$(NoWarn);LB3009</NoWarn>");
        project.Build().Succeeded();
        project.Properties("");
        project.Build().FailedWith("LB3009");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" AllowFindings="LB3009:json.py" />""");
        project.Build().Succeeded();
    }

    [Fact]
    public void A_lying_wheel_is_found_out_by_its_files()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        new WheelBuilder("native", "2.0", "cp313-cp313-manylinux_2_17_x86_64")
            .File("native/__init__.py", "from . import _x\n")
            .File("native/_x.cpython-313-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17"))
            .WriteTo(project.Wheels);
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Packages="native" />""");

        Assert.Contains("native 2.0: python/native/_x.cpython-313-x86_64-linux-gnu.so is for aarch64", project.Build().FailedWith("LB3001").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_a_warning_until_the_layer_is_shared()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/.env", "DB_PASSWORD=s3cr3tvalue\n");

        project.Build().Succeeded().WarnedOf("LB3008");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ShareWith="123456789012" />""");
        project.Build().FailedWith("LB3008");
    }

    [Fact]
    public void A_function_is_checked_against_its_layers()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Items("""
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" />
            <LambdaFunction Include="f" Layers="one" Runtime="python3.12" />
            """);

        Assert.Contains("its layer 'one' is for python3.13", project.Build().FailedWith("LB3010").Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public void TestLambdaLayers_imports_and_calls_handlers()
    {
        string runtime = $"python3.{TestPython.Newest.Version.Minor}";
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("code/app.py", "import one\ndef handler(event, context):\n    return event['a'] + one.x\n");
        project.Items($$"""
            <LambdaLayer Include="one" CompatibleRuntimes="{{runtime}}" Imports="one" />
            <LambdaFunction Include="f" Layers="one" Handler="app.handler" CodeDirectory="code" Event="{ &quot;a&quot;: 1 }" />
            """);

        project.Build("TestLambdaLayers").Succeeded();
        project.Write("code/app.py", "import two\ndef handler(event, context):\n    return 1\n");
        Assert.Contains("No module named 'two'", project.Build("TestLambdaLayers").FailedWith("LB3012").Message, StringComparison.Ordinal);
    }
}
