using System.Text.Json;
using System.Text.RegularExpressions;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Layers of files alone: what goes in, what stays out, what is said.</summary>
public sealed partial class ContentTests
{
    [Fact]
    public void The_folder_of_a_layer_is_its_root()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/package/__init__.py", "");
        project.Write("layers/one/python/B.py", "b = 1\n");
        project.Write("layers/one/lib/é ü.txt", "names are UTF-8\n");

        BuildOutcome build = project.Build().Succeeded();

        Assert.Equal(["lib/é ü.txt", "python/B.py", "python/one.py", "python/package/__init__.py"], project.Zip("one").Names);
        Assert.Equal("x = 1\n", project.Zip("one").Text("python/one.py"));
        Assert.Equal("100644", project.Zip("one").Mode("python/one.py"));
        Assert.Empty(build.Warnings);
        Assert.Equal("x = 1\n", File.ReadAllText(Path.Combine(project.Intermediate, "one/stage/python/one.py")));
    }

    [Fact]
    public void The_build_says_one_line_per_layer()
    {
        using LayerProject project = LayerProject.WithOneLayer();

        string line = Assert.Single(project.Build().Succeeded().Messages, m => m.StartsWith("one:", StringComparison.Ordinal));

        Assert.Matches(SummaryLine(), line);
        Assert.EndsWith(Path.Combine(project.Output, "one.zip"), line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_manifest_tells_what_the_zip_is()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();

        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(project.Output, "one.layer.json")));
        JsonElement root = manifest.RootElement;

        Assert.Equal("one", root.GetProperty("name").GetString());
        Assert.Equal("python3.13", root.GetProperty("runtimes")[0].GetString());
        Assert.Equal("x86_64", root.GetProperty("architectures")[0].GetString());
        Assert.Equal(Convert.ToBase64String(Convert.FromHexString(project.Zip("one").Sha256)), root.GetProperty("codeSha256").GetString());
        Assert.Equal(project.Zip("one").Bytes.Length, root.GetProperty("zippedSize").GetInt64());
        Assert.Equal(6, root.GetProperty("unzippedSize").GetInt64());
        Assert.Equal(1, root.GetProperty("files").GetInt32());
    }

    [Fact]
    public void Files_that_must_run_are_executable()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/bin/tool", "#!/bin/sh\n");
        project.Write("layers/one/extensions/watcher", "#!/bin/sh\n");
        string script = project.Write("layers/one/python/run.sh", "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        project.Build().Succeeded();

        Assert.Equal("100755", project.Zip("one").Mode("bin/tool"));
        Assert.Equal("100755", project.Zip("one").Mode("extensions/watcher"));
        Assert.Equal("100644", project.Zip("one").Mode("python/one.py"));
        Assert.Equal(OperatingSystem.IsWindows() ? "100644" : "100755", project.Zip("one").Mode("python/run.sh"));
    }

    [Fact]
    public void A_bootstrap_of_a_custom_runtime_is_executable()
    {
        using var project = new LayerProject();
        project.Write("layers/one/bootstrap", "#!/bin/sh\n");
        project.Write("layers/one/data/model.bin", "1");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="provided.al2023" />""");

        Assert.Empty(project.Build().Succeeded().Warnings);

        Assert.Equal("100755", project.Zip("one").Mode("bootstrap"));
        Assert.Equal("100644", project.Zip("one").Mode("data/model.bin"));
    }

    [Fact]
    public void A_link_inside_the_layer_stays_a_link()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/lib/libx.so.1.2", "not really");
        File.CreateSymbolicLink(project["layers/one/lib/libx.so"], "libx.so.1.2");
        Directory.CreateSymbolicLink(project["layers/one/python/again"], "../lib");

        project.Build().Succeeded();

        Assert.Equal(["lib/libx.so", "lib/libx.so.1.2", "python/again", "python/one.py"], project.Zip("one").Names);
        Assert.Equal("120777", project.Zip("one").Mode("lib/libx.so"));
        Assert.Equal("libx.so.1.2", project.Zip("one").Text("lib/libx.so"));
        Assert.Equal("../lib", project.Zip("one").Text("python/again"));
        Assert.Equal("libx.so.1.2", new FileInfo(Path.Combine(project.Intermediate, "one/stage/lib/libx.so")).LinkTarget);
    }

    [Theory]
    [InlineData("../../outside.py")]
    [InlineData("/etc/hosts")]
    [InlineData("../../../app/layers/one/python/one.py")]
    [InlineData("../../one/python/one.py")]
    public void A_link_that_leaves_the_layer_is_an_error(string target)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        File.CreateSymbolicLink(project["layers/one/python/link.py"], target);

        Assert.Contains("python/link.py", project.Build().FailedWith("LB1003").Message, StringComparison.Ordinal);
        Assert.Empty(project.Outputs());
    }

    [UnixFact]
    public void A_pipe_is_an_error_and_not_waited_for()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/__init__.py", "");
        DotnetCommand.RunProgram(project["layers/one/python"], "mkfifo", "pipe").Succeeded();

        Assert.Contains("'python/pipe'", project.Build().FailedWith("LB1003").Message, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData(@"back\\slash.py", "backslash")]
    [InlineData(@"new\nline.py", "new?line.py")]
    [InlineData(@"bad\377.py", "not UTF-8")]
    public void A_name_that_no_path_of_a_zip_can_have_is_an_error(string name, string says)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        DotnetCommand.RunProgram(project["layers/one/python"], "sh", "-c", $"touch \"$(printf '{name}')\"").Succeeded();

        Assert.Contains(says, project.Build().FailedWith("LB1003").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifests_that_drive_the_build_and_droppings_of_tools_stay_out()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        foreach (string name in new[] { "pip.conf", ".npmrc", "requirements-dev.txt", "package-lock.json", ".DS_Store", "python/__pycache__/one.cpython-313.pyc", "python/requirements.txt" })
        {
            project.Write("layers/one/" + name, "# nothing\n");
        }

        project.Build().Succeeded();

        Assert.Equal(["python/one.py"], project.Zip("one").Names);
    }

    [Fact]
    public void ExcludeFiles_takes_globs_on_paths_of_the_zip()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/README.md", "about\n");
        project.Write("layers/one/python/tests/test_one.py", "");
        project.Write("layers/one/python/keep/tests.py", "");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="README.md;**/tests/**" />""");

        project.Build().Succeeded();

        Assert.Equal(["python/keep/tests.py", "python/one.py"], project.Zip("one").Names);
    }

    [Fact]
    public void Content_items_place_files_from_anywhere()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("shared/a.py", "a\n");
        project.Write("shared/deep/er/b.py", "b\n");
        project.Write("other/c.txt", "c\n");
        project.Items(
            """
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" />
            <LambdaLayerContent Include="shared/**" TargetDirectory="python/shared" />
            <LambdaLayerContent Include="other/c.txt" TargetPath="python/renamed.txt" />
            <LambdaLayerContent Include="other\c.txt" TargetPath="python/folder/" />
            """);

        project.Build().Succeeded();

        Assert.Equal(
            ["python/folder/c.txt", "python/one.py", "python/renamed.txt", "python/shared/a.py", "python/shared/deep/er/b.py"],
            project.Zip("one").Names);
    }

    [Fact]
    public void A_content_item_goes_to_each_layer_that_it_names()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("shared.py", "a\n");
        project.Items(
            """
            <LambdaLayer Include="one;two;three" CompatibleRuntimes="python3.13" SourceDirectory="layers/one" />
            <LambdaLayerContent Include="shared.py" TargetPath="python/shared.py" Layer="one; three" />
            """);

        Assert.Equal(["one", "three", "two"], project.Build().Succeeded().Built);

        Assert.Equal(["python/one.py", "python/shared.py"], project.Zip("one").Names);
        Assert.Equal(["python/one.py"], project.Zip("two").Names);
        Assert.Equal(["python/one.py", "python/shared.py"], project.Zip("three").Names);
    }

    [Fact]
    public void The_same_file_twice_is_no_conflict()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Items(
            """
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" />
            <LambdaLayerContent Include="layers/one/python/one.py" TargetDirectory="python" />
            """);

        project.Build().Succeeded();

        Assert.Equal(["python/one.py"], project.Zip("one").Names);
    }

    [Theory]
    [InlineData("test2.py", "python3.13", "'python/test2.py'")]
    [InlineData("Python/test2.py", "python3.13", "'python/test2.py'")]
    [InlineData("pyhton/test2.py", "python3.13", "'python/test2.py'")]
    [InlineData("python/lib/python3.9/site-packages/test2.py", "python3.13", "'python/test2.py'")]
    [InlineData("index.js", "nodejs22.x", "'nodejs/index.js'")]
    public void A_file_that_no_declared_runtime_looks_at_is_found(string path, string runtime, string says)
    {
        using var project = new LayerProject();
        project.Write("layers/one/" + path, "var_from_test2 = 1\n");
        project.Items($"""<LambdaLayer Include="one" CompatibleRuntimes="{runtime}" />""");

        BuildFinding error = project.Build().FailedWith("LB1005");

        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Empty(project.Outputs());

        project.Items($"""<LambdaLayer Include="one" CompatibleRuntimes="{runtime}" AllowFindings="LB1005:{path}" />""");
        project.Build().Succeeded();
    }

    [Theory]
    [InlineData("""<LambdaLayer Include="nothing" CompatibleRuntimes="python3.13" />""", "no folder layers/nothing")]
    [InlineData("""<LambdaLayer Include="empty" CompatibleRuntimes="python3.13" />""", "has no files")]
    [InlineData("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**" />""", "ExcludeFiles")]
    public void An_empty_layer_is_an_error_and_leaves_no_zip(string item, string says)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        Directory.CreateDirectory(project["layers/empty"]);
        project.Items(item);

        Assert.Contains(says, project.Build().FailedWith("LB1006").Message, StringComparison.Ordinal);
        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void A_layer_that_became_empty_loses_its_zip()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();
        File.Delete(project["layers/one/python/one.py"]);

        project.Build().FailedWith("LB1006");

        Assert.DoesNotContain("one.zip", project.Outputs());
        Assert.DoesNotContain("one.layer.json", project.Outputs());
        project.Build().FailedWith("LB1006");
    }

    [Fact]
    public void Runtimes_and_architectures_have_defaults_for_the_project()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Properties("<LambdaLayerRuntimes>python3.12;python3.13</LambdaLayerRuntimes><LambdaLayerArchitectures>arm64</LambdaLayerArchitectures>");
        project.Items("""<LambdaLayer Include="one" />""");

        project.Build().Succeeded();

        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(project.Output, "one.layer.json")));
        Assert.Equal(2, manifest.RootElement.GetProperty("runtimes").GetArrayLength());
        Assert.Equal("arm64", Assert.Single(manifest.RootElement.GetProperty("architectures").EnumerateArray()).GetString());
    }

    [Fact]
    public void A_layer_of_files_for_both_architectures_is_one_zip()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" CompatibleArchitectures="arm64;x86_64" />""");

        Assert.Equal(["one"], project.Build().Succeeded().Built);

        Assert.Equal(["one.zip"], project.Outputs().Where(f => f.EndsWith(".zip", StringComparison.Ordinal)));
    }

    [Fact]
    public void Outputs_can_go_elsewhere()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Properties("<LambdaLayerOutputPath>../elsewhere</LambdaLayerOutputPath>");

        project.Build().Succeeded();

        string elsewhere = Path.GetFullPath(project["../elsewhere"]);
        Assert.True(File.Exists(Path.Combine(elsewhere, "one.zip")));
        Assert.Empty(project.Build().Succeeded().LayerTasks);
        project.Build("Clean").Succeeded();
        Assert.False(Directory.Exists(elsewhere));
    }

    [Theory]
    [InlineData("app")]
    [InlineData("a b;c%d@e'f`(g)&é")]
    public void Archives_are_items_for_other_targets(string folder)
    {
        using LayerProject project = LayerProject.WithOneLayer(folder);
        foreach (BuildOutcome build in new[] { project.Build("GetLambdaLayers"), project.Build("GetLambdaLayers") })
        {
            build.Succeeded();
            Microsoft.Build.Framework.ITaskItem archive = Assert.Single(build.Returned);

            Assert.Equal(project.Zip("one").Path, archive.ItemSpec);
            Assert.Equal("one", archive.GetMetadata("LayerName"));
            Assert.Equal(Convert.ToBase64String(Convert.FromHexString(project.Zip("one").Sha256)), archive.GetMetadata("CodeSha256"));
            Assert.Equal("6", archive.GetMetadata("UnzippedSize"));
            Assert.Equal($"{project.Zip("one").Bytes.Length}", archive.GetMetadata("ZippedSize"));
        }
    }

    [GeneratedRegex(@"^one: 1 file, \d+ bytes zipped, 6 bytes unzipped, 0\.0 % of the limit -> ")]
    private static partial Regex SummaryLine();
}
