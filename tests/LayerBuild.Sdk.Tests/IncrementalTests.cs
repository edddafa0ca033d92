using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>What a second build does, and that it does no more.</summary>
public sealed class IncrementalTests
{
    [Fact]
    public void A_second_build_runs_no_task_of_the_package()
    {
        using LayerProject project = TwoLayers();
        DateTime before = File.GetLastWriteTimeUtc(project.Zip("one").Path);

        BuildOutcome second = project.Build().Succeeded();

        Assert.Empty(second.LayerTasks);
        Assert.Empty(second.Built);
        Assert.Equal(before, File.GetLastWriteTimeUtc(project.Zip("one").Path));
    }

    [Fact]
    public void A_multi_threaded_build_of_another_folder_sees_changes_too()
    {
        using CliProject projects = CliProject.LayersOnly("app");
        foreach (string name in new[] { "a", "b" })
        {
            projects.Write($"{name}/{name}.csproj", $"""
                <Project Sdk="LayerBuild.Sdk/{PackedSdk.Version}">
                  <ItemGroup>
                    <LambdaLayer Include="{name}" CompatibleRuntimes="python3.13" />
                    <LambdaLayerContent Include="shared/**/*.py" TargetDirectory="python" />
                    <LambdaFunction Include="f" Layers="{name}" Runtime="python3.13" CodeDirectory="code" />
                  </ItemGroup>
                </Project>
                """);
            projects.Write($"{name}/layers/{name}/python/own.py", "x = 1\n");
            projects.Write($"{name}/shared/common.py", "x = 1\n");
            projects.Write($"{name}/code/app.py", "x = 1\n");
        }

        projects.Write("All.slnx", """<Solution><Project Path="a/a.csproj" /><Project Path="b/b.csproj" /></Solution>""");
        string[] build = ["build", "All.slnx", "-mt", "-m:2"];
        projects.Succeed(build);
        Assert.Empty(projects.Succeed(build).Log.LayerTasks);
        Assert.Empty(projects.Succeed("build", "All.slnx").Log.LayerTasks);

        File.AppendAllText(projects["a/layers/a/python/own.py"], "y = 2\n");
        Assert.Equal(["a"], projects.Succeed(build).Log.Outdated);
        Assert.Equal("x = 1\ny = 2\n", projects.Zip("a/bin/Debug/layers/a.zip").Text("python/own.py"));

        File.AppendAllText(projects["b/shared/common.py"], "y = 2\n");
        Assert.Equal(["b"], projects.Succeed(build).Log.Outdated);

        File.AppendAllText(projects["b/code/app.py"], "y = 2\n");
        Assert.Equal(["WriteLambdaLayerReport", "CheckLambdaFunctions"], projects.Succeed(build).Log.LayerTasks);
    }

    [Fact]
    public void Touching_the_project_file_or_its_output_folder_rebuilds_nothing()
    {
        using LayerProject project = TwoLayers();
        File.SetLastWriteTimeUtc(project.ProjectFile, DateTime.UtcNow.AddMinutes(1));
        File.WriteAllText(Path.Combine(project.Output, "note.txt"), "mine");

        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Theory]
    [InlineData("edit")]
    [InlineData("add")]
    [InlineData("add an empty file")]
    [InlineData("delete")]
    [InlineData("rename")]
    [InlineData("move to a folder")]
    [InlineData("replace by an older file")]
    [InlineData("replace by a link")]
    public void A_change_of_a_file_rebuilds_its_layer_alone(string change)
    {
        using LayerProject project = TwoLayers();
        string other = project.Zip("two").Sha256;
        string file = project["layers/one/python/second.py"];
        string[] expected = ["python/one.py", "python/second.py"];
        switch (change)
        {
            case "edit":
                File.AppendAllText(file, "z = 3\n");
                break;
            case "add":
                File.WriteAllText(project["layers/one/python/third.py"], "z = 3\n");
                expected = [.. expected, "python/third.py"];
                break;
            case "add an empty file":
                Directory.CreateDirectory(project["layers/one/python/x"]);
                File.WriteAllText(project["layers/one/python/x/__init__.py"], "");
                expected = [.. expected, "python/x/__init__.py"];
                break;
            case "delete":
                File.Delete(file);
                expected = ["python/one.py"];
                break;
            case "rename":
                File.Move(file, project["layers/one/python/third.py"]);
                expected = ["python/one.py", "python/third.py"];
                break;
            case "move to a folder":
                Directory.CreateDirectory(project["layers/one/python/x"]);
                File.Move(file, project["layers/one/python/x/second.py"]);
                expected = ["python/one.py", "python/x/second.py"];
                break;
            case "replace by an older file":
                File.WriteAllText(file, "older\n");
                File.SetLastWriteTimeUtc(file, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
                break;
            case "replace by a link":
                File.Delete(file);
                File.CreateSymbolicLink(file, "one.py");
                break;
        }

        BuildOutcome build = project.Build().Succeeded();

        Assert.Equal(["one"], build.Built);
        Assert.Equal(expected, project.Zip("one").Names);
        Assert.Equal(expected, Staged(project, "one"));
        Assert.Equal(other, project.Zip("two").Sha256);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Theory]
    [InlineData("Description=\"another\"")]
    [InlineData("CompatibleRuntimes=\"python3.12;python3.13\"")]
    [InlineData("CompatibleArchitectures=\"arm64\"")]
    [InlineData("LicenseInfo=\"MIT\"")]
    [InlineData("ExcludeFiles=\"python/second.py\"")]
    [InlineData("MaxZippedSize=\"1 MB\"")]
    [InlineData("AllowFindings=\"LB1005:python/one.py\"")]
    [InlineData("MaxUnzippedSize=\"1 MB\"")]
    public void A_change_of_metadata_rebuilds_its_layer_alone(string metadata)
    {
        using LayerProject project = TwoLayers();
        string runtimes = metadata.StartsWith("CompatibleRuntimes", StringComparison.Ordinal) ? "" : "CompatibleRuntimes=\"python3.13\"";
        project.Items($"""<LambdaLayer Include="one" {runtimes} {metadata} /><LambdaLayer Include="two" CompatibleRuntimes="python3.13" />""");

        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Theory]
    [InlineData("app")]
    [InlineData("it's ; here")]
    public void ExcludeFiles_may_be_an_attribute_or_an_element_and_means_what_MSBuild_makes_of_it(string folder)
    {
        using LayerProject project = LayerProject.WithOneLayer(folder);
        project.Write("layers/one/python/second.py", "y = 2\n");
        project.Write("layers/two/python/two.py", "y = 2\n");
        project.Properties("<Name>one</Name><Skip>**/second.py</Skip>");
        const string Other = """<LambdaLayer Include="two" CompatibleRuntimes="python3.13" ExcludeFiles="nothing/**" />""";
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" />""" + Other);
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);

        Leaves("python/one.py", """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" AllowFindings="a>b" ExcludeFiles="**/second.py" />""");
        Leaves("python/second.py", """<LambdaLayer Include="one" CompatibleRuntimes="python3.13"><ExcludeFiles>**/one.py</ExcludeFiles></LambdaLayer>""");
        // A property in the name, and one in the value.
        Leaves("python/one.py", """<LambdaLayer Include="$(Name)" CompatibleRuntimes="python3.13" ExcludeFiles="**/second.*" />""");
        Leaves("python/second.py", """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**/one.*" />""");
        Leaves("python/one.py", """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="$(Skip)" />""");
        // Two items of one name, of which one is.
        Leaves("python/second.py", """
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**/second.py" Condition="'$(Name)' != 'one'" />
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**/one.py" Condition="'$(Name)' == 'one'" />
            """);
        // One that is commented out, before the real one.
        Leaves("python/one.py", """
            <!-- <LambdaLayer Include="one" ExcludeFiles="**/one.py" /> -->
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**/second.py" />
            """);
        Leaves("python/second.py", """
            <!-- <LambdaLayer Include="one" ExcludeFiles="**/one.py" /> -->
            <LambdaLayer Include="one" CompatibleRuntimes="python3.13" ExcludeFiles="**/one.py" />
            """);

        void Leaves(string file, string items)
        {
            project.Items(items + Other);
            BuildOutcome build = project.Build().Succeeded();
            Assert.Equal(["one"], build.Built);
            Assert.Empty(build.Warnings);
            Assert.Equal([file], project.Zip("one").Names);
            Assert.Empty(project.Build().Succeeded().LayerTasks);
        }
    }

    [Fact]
    public void A_change_of_a_content_item_rebuilds_the_layers_that_it_is_for()
    {
        using LayerProject project = TwoLayers();
        project.Write("shared.py", "a\n");
        const string Layers = """<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13" /><LambdaLayer Include="three" SourceDirectory="layers/one" CompatibleRuntimes="python3.13" />""";
        project.Items(Layers + """<LambdaLayerContent Include="shared.py" TargetPath="python/shared.py" Layer="one; two" />""");
        Assert.Equal(["one", "three", "two"], project.Build().Succeeded().Built);

        project.Write("shared.py", "another\n");
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        project.Items(Layers + """<LambdaLayerContent Include="shared.py" TargetPath="python/renamed.py" Layer="one; two" />""");
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        Assert.Contains("python/renamed.py", project.Zip("two").Names);
        project.Items(Layers + """<LambdaLayerContent Include="shared.py" TargetPath="python/renamed.py" Layer="two" />""");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        project.Items(Layers);
        Assert.Equal(["two"], project.Build().Succeeded().Built);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [UnixFact]
    public void A_content_item_may_be_a_link_to_a_file_that_changes()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        string file = project.Write("shared.py", "a\n");
        File.CreateSymbolicLink(project["link.py"], "again.py");
        File.CreateSymbolicLink(project["again.py"], "shared.py");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" /><LambdaLayerContent Include="link.py" TargetPath="python/shared.py" />""");
        project.Build().Succeeded();
        Assert.Empty(project.Build().Succeeded().LayerTasks);

        File.WriteAllText(file, "another\n");
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal("another\n", project.Zip("one").Text("python/shared.py"));
        File.Delete(file);
        Assert.Contains("link.py", project.Build().FailedWith("LB1012").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_that_is_gone_takes_its_outputs_with_it()
    {
        using LayerProject project = TwoLayers();
        string zip = project.Zip("two").Sha256;

        project.Items("""<LambdaLayer Include="two" CompatibleRuntimes="python3.13" />""");

        Assert.Empty(project.Build().Succeeded().Built);
        Assert.DoesNotContain(project.Outputs(), f => f.StartsWith("one", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(project.Intermediate, "one")));
        Assert.Equal(zip, project.Zip("two").Sha256);

        project.Items("");
        project.Build().Succeeded();
        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void A_layer_that_is_renamed_moves()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();
        project.Items("""<LambdaLayer Include="uno" SourceDirectory="layers/one" CompatibleRuntimes="python3.13" />""");

        Assert.Equal(["uno"], project.Build().Succeeded().Built);

        Assert.All(project.Outputs().Where(f => f is not ("index.html" or "summary.md")), f => Assert.StartsWith("uno.", f, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one.zip")]
    [InlineData("one.layer.json")]
    public void An_output_that_was_deleted_comes_back(string output)
    {
        using LayerProject project = TwoLayers();
        string zip = project.Zip("one").Sha256;
        File.Delete(Path.Combine(project.Output, output));

        Assert.Equal(["one"], project.Build().Succeeded().Built);

        Assert.True(File.Exists(Path.Combine(project.Output, output)));
        Assert.Equal(zip, project.Zip("one").Sha256);
    }

    [Fact]
    public void A_zip_that_somebody_changed_is_made_anew()
    {
        using LayerProject project = TwoLayers();
        string zip = project.Zip("one").Sha256;
        File.WriteAllText(project.Zip("one").Path, "no zip");

        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal(zip, project.Zip("one").Sha256);
    }

    [Fact]
    public void Clean_leaves_nothing_and_the_next_build_makes_all_again()
    {
        using LayerProject project = TwoLayers();
        string zip = project.Zip("one").Sha256;

        project.Build("Clean").Succeeded();

        Assert.False(Directory.Exists(project.Output));
        Assert.False(Directory.Exists(project.Intermediate));
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        Assert.Equal(zip, project.Zip("one").Sha256);
        Assert.Equal(["one", "two"], project.Build("Rebuild").Succeeded().Built);
    }

    [Fact]
    public void Clean_leaves_a_file_of_the_user_alone()
    {
        using LayerProject project = TwoLayers();
        File.WriteAllText(Path.Combine(project.Output, "note.txt"), "mine");

        project.Build("Clean").Succeeded();

        Assert.Equal(["note.txt"], project.Outputs());
    }

    [Fact]
    public void Clean_takes_what_a_build_left_that_failed_for_another_layer()
    {
        using LayerProject project = LayerProject.WithOneLayer("it's 1; here");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" /><LambdaLayer Include="empty" CompatibleRuntimes="python3.13" />""");
        project.Build().FailedWith("LB1006");
        Assert.Contains("one.zip", project.Outputs());

        project.Build("Clean").Succeeded();

        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void An_item_that_is_gone_takes_the_outputs_of_a_failed_build_with_it()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" /><LambdaLayer Include="empty" CompatibleRuntimes="python3.13" />""");
        project.Build().FailedWith("LB1006");
        project.Items("");

        project.Build().Succeeded();

        Assert.Empty(project.Outputs());
        Assert.Empty(Directory.GetDirectories(project.Intermediate));
    }

    [Fact]
    public void What_was_built_to_another_folder_stays_there()
    {
        using LayerProject project = TwoLayers();
        string[] outputs = project.Outputs();
        var elsewhere = new Dictionary<string, string> { ["OutDir"] = project["elsewhere/"] };

        Assert.Equal(["one", "two"], project.BuildWith(elsewhere, "Build").Succeeded().Built);

        Assert.Equal(outputs, project.Outputs());
        Assert.True(File.Exists(project["elsewhere/layers/one.zip"]));
    }

    [Fact]
    public void A_failed_build_leaves_what_was_there_and_the_next_one_runs_again()
    {
        using LayerProject project = TwoLayers();
        byte[] zip = project.Zip("one").Bytes;
        byte[] manifest = File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json"));
        string[] outputs = project.Outputs();
        project.Write("layers/one/lost.py", "");

        for (int i = 0; i < 2; i++)
        {
            project.Build().FailedWith("LB1005");
            Assert.Equal(zip, project.Zip("one").Bytes);
            Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json")));
            Assert.Equal(outputs, project.Outputs());
        }

        File.Delete(project["layers/one/lost.py"]);
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal(zip, project.Zip("one").Bytes);
    }

    [Fact]
    public void A_layer_that_fails_does_not_stop_the_others()
    {
        using LayerProject project = TwoLayers();
        project.Write("layers/one/lost.py", "");
        project.Write("layers/two/python/two.py", "y = 3\n");

        BuildOutcome build = project.Build();

        build.FailedWith("LB1005");
        Assert.Equal(["two"], build.Built);
        Assert.Equal("y = 3\n", project.Zip("two").Text("python/two.py"));
    }

    [Fact]
    public void A_budget_that_fails_leaves_the_earlier_zip()
    {
        using LayerProject project = TwoLayers();
        byte[] zip = project.Zip("one").Bytes;
        project.Write("layers/one/python/more.py", "z = 1\n");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxUnzippedSize="8" /><LambdaLayer Include="two" CompatibleRuntimes="python3.13" />""");

        project.Build().FailedWith("LB4002");
        project.Build().FailedWith("LB4002");

        Assert.Equal(zip, project.Zip("one").Bytes);
        Assert.Empty(Directory.GetFiles(project.Output, "*.tmp"));
    }

    [Fact]
    public void Nothing_of_a_killed_build_is_trusted()
    {
        using LayerProject project = TwoLayers();
        string zip = project.Zip("one").Sha256;

        // As it is when the process ends between writing the zip and writing the state.
        File.Delete(Path.Combine(project.Intermediate, "one", "state.txt"));
        File.WriteAllText(project.Zip("one").Path, "half");
        File.WriteAllText(Path.Combine(project.Intermediate, "one", "pack.bin"), "half");
        project.Write("obj/Debug/layers/one/stage/python/left.py", "from another build");
        string[] left =
        [
            project.Write($"bin/Debug/layers/one.zip.{Guid.NewGuid():N}.tmp", "half"),
            project.Write($"bin/Debug/layers/one-arm64.layer.json.{Guid.NewGuid():N}.tmp", "half"),
            project.Write($"obj/Debug/layers/one/pack.bin.{Guid.NewGuid():N}.tmp", "half"),
        ];
        string another = project.Write($"bin/Debug/layers/two.zip.{Guid.NewGuid():N}.tmp", "a build of it runs, perhaps");

        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Equal(zip, project.Zip("one").Sha256);
        Assert.Equal(["python/one.py", "python/second.py"], Staged(project, "one"));
        Assert.DoesNotContain(left, File.Exists);
        Assert.True(File.Exists(another));

        project.Build("Clean").Succeeded();
        Assert.Empty(project.Outputs());
    }

    [Fact]
    public void A_design_time_build_does_nothing()
    {
        using LayerProject project = LayerProject.WithOneLayer();

        BuildOutcome build = project.BuildWith(new() { ["DesignTimeBuild"] = "true" }, "Build").Succeeded();

        Assert.Empty(build.LayerTasks);
        Assert.Empty(project.Outputs());
        Assert.False(Directory.Exists(project.Intermediate));
    }

    [Fact]
    public void Each_configuration_has_outputs_of_its_own()
    {
        using LayerProject project = TwoLayers();

        Assert.Equal(["one", "two"], project.BuildWith(new() { ["Configuration"] = "Release" }, "Build").Succeeded().Built);

        Assert.Equal(project.Zip("one").Bytes, File.ReadAllBytes(project["bin/Release/layers/one.zip"]));
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Fact]
    public void Another_Python_rebuilds()
    {
        // What the first Python could not do, as compiling for one that is not installed (LB2010), the second may.
        using LayerProject project = TwoLayers();
        project.Properties("<LambdaLayerPython>/opt/python3.13/bin/python3</LambdaLayerPython>");

        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Fact]
    public void With_whom_a_layer_is_shared_is_no_input_but_that_it_is_shared_is()
    {
        using LayerProject project = TwoLayers();
        Share("111111111111");
        Assert.Equal(["one"], project.Build().Succeeded().Built);

        Share("222222222222;o-a1b2c3d4e5");
        BuildOutcome publish = project.BuildWith(new() { ["NoBuild"] = "true" }, "_FindOutdatedLambdaLayers", "_RequireUpToDateLambdaLayers").Succeeded();
        Assert.Empty(publish.Built);
        BuildOutcome build = project.Build("GetLambdaLayers").Succeeded();
        Assert.Empty(build.Built);
        Assert.Equal("222222222222;o-a1b2c3d4e5", build.Returned.Single(i => i.GetMetadata("LayerName") == "one").GetMetadata("ShareWith"));

        Share("");
        Assert.Contains("one", project.BuildWith(new() { ["NoBuild"] = "true" }, "_FindOutdatedLambdaLayers", "_RequireUpToDateLambdaLayers").FailedWith("LB5010").Message, StringComparison.Ordinal);

        void Share(string accounts) => project.Items($"""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" ShareWith="{accounts}" /><LambdaLayer Include="two" CompatibleRuntimes="python3.13" />""");
    }

    [UnixFact]
    public void A_change_of_the_executable_bit_alone_rebuilds()
    {
        using LayerProject project = TwoLayers();
        string file = project["layers/one/python/second.py"];
        DateTime before = File.GetLastWriteTimeUtc(file);

        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute);

        Assert.Equal(before, File.GetLastWriteTimeUtc(file));
        Assert.Equal(["one"], project.Build().Succeeded().Built);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Fact]
    public void An_edit_that_keeps_the_time_but_not_the_size_rebuilds()
    {
        using LayerProject project = TwoLayers();
        string file = project["layers/one/python/second.py"];
        DateTime before = File.GetLastWriteTimeUtc(file);
        File.AppendAllText(file, "z = 3\n");
        File.SetLastWriteTimeUtc(file, before);

        Assert.Equal(["one"], project.Build().Succeeded().Built);
    }

    [Fact]
    public void A_content_item_for_a_layer_that_is_not_there_fails_when_all_layers_are_up_to_date_too()
    {
        using LayerProject project = TwoLayers();
        project.Write("shared.py", "a\n");
        project.Items("""<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13" /><LambdaLayerContent Include="shared.py" Layer="tow" TargetPath="python/shared.py" />""");

        project.Build().FailedWith("LB1013");
        project.Build().FailedWith("LB1013");
    }

    [Fact]
    public void Metadata_that_LayerBuild_does_not_know_are_inputs_too()
    {
        using LayerProject project = TwoLayers();
        project.Items("""<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13"><Mine Condition="'%(Identity)' == 'two'">x</Mine></LambdaLayer>""");

        Assert.Equal(["two"], project.Build().Succeeded().Built);
    }

    [Fact]
    public void Zips_come_in_the_order_of_the_items_whoever_was_built()
    {
        using LayerProject project = TwoLayers();
        project.Write("layers/one/python/one.py", "x = 7\n");

        Assert.Equal(["one.zip", "two.zip"], project.Build("GetLambdaLayers").Succeeded().Returned.Select(i => Path.GetFileName(i.ItemSpec)));
    }

    private static LayerProject TwoLayers()
    {
        var project = new LayerProject();
        project.Write("layers/one/python/one.py", "x = 1\n");
        project.Write("layers/one/python/second.py", "y = 2\n");
        project.Write("layers/two/python/two.py", "x = 2\n");
        project.Items("""<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13" />""");
        Assert.Equal(["one", "two"], project.Build().Succeeded().Built);
        return project;
    }

    private static string[] Staged(LayerProject project, string layer)
    {
        string stage = Path.Combine(project.Intermediate, layer, "stage");
        return
        [
            .. Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(stage, f).Replace('\\', '/'))
                .Order(StringComparer.Ordinal),
        ];
    }
}
