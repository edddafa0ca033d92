using System.IO.Compression;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>The commands of the CLI on projects that take the package from a feed.</summary>
public sealed class CommandTests
{
    [Fact]
    public void A_project_with_a_package_reference_builds_publishes_packs_and_cleans()
    {
        using CliProject project = CliProject.Library(items: """<LambdaLayer Include="two" CompatibleRuntimes="nodejs22.x" />""");
        project.Write("layers/two/nodejs/two.js", "exports.x = 1;\n");
        project.Write("layers/two/nodejs/data.json", "{}");

        (string output, Binlog log) = project.Succeed("build");
        Assert.Contains("BuildLambdaLayers", log.LayerTasks);
        Assert.Equal(["one", "two"], log.Outdated);
        Assert.Contains("one: 1 file, ", output, StringComparison.Ordinal);
        Assert.Equal(["python/one.py"], project.Zip("bin/Debug/net10.0/layers/one.zip").Names);
        Assert.Equal(["nodejs/data.json", "nodejs/two.js"], project.Zip("bin/Debug/net10.0/layers/two.zip").Names);
        Assert.DoesNotContain(project.Files("bin"), f => f.Contains("LayerBuild", StringComparison.Ordinal));

        Assert.Empty(project.Succeed("build").Log.LayerTasks);

        project.Write("layers/one/python/one.py", "x = 2\n");
        Assert.Equal(["one"], project.Succeed("build", "--no-restore").Log.Outdated);

        project.Succeed("build", "--no-restore", "-p:Configuration=Release");
        Assert.True(File.Exists(project["bin/Release/net10.0/layers/one.zip"]));

        // A layer is no part of the application: it reaches Lambda by its own way.
        Assert.Empty(project.Succeed("publish", "--no-build").Log.LayerTasks);
        Assert.DoesNotContain(project.Files("bin/Release/net10.0/publish"), f => f.Contains("layers", StringComparison.Ordinal));

        project.Succeed("pack", "--no-restore", "-o", project["packed"]);
        using (ZipArchive package = ZipFile.OpenRead(project["packed/App.1.0.0.nupkg"]))
        {
            Assert.DoesNotContain(package.Entries, e => e.FullName.Contains("layers", StringComparison.Ordinal) || e.FullName.EndsWith(".zip", StringComparison.Ordinal));
            using var nuspec = new StreamReader(package.GetEntry("App.nuspec")!.Open());
            Assert.DoesNotContain("LayerBuild", nuspec.ReadToEnd(), StringComparison.Ordinal);
        }

        project.Succeed("clean");
        Assert.Empty(project.Files("bin/Debug/net10.0/layers"));
        Assert.Empty(project.Files("obj/Debug/net10.0/layers"));
        Assert.True(File.Exists(project["bin/Release/net10.0/layers/one.zip"]));
    }

    [Fact]
    public void A_project_with_layers_only_compiles_nothing()
    {
        using CliProject project = CliProject.LayersOnly();

        (string output, Binlog log) = project.Succeed("build");
        Assert.Equal(["one"], log.Outdated);
        Assert.Equal(0, log.Runs("CoreCompile"));
        Assert.DoesNotContain(".dll", output, StringComparison.Ordinal);
        Assert.Equal(["python/one.py"], project.Zip("bin/Debug/layers/one.zip").Names);
        AssertNoAssembly();

        Assert.Empty(project.Succeed("build").Log.LayerTasks);
        project.Succeed("publish");
        AssertNoAssembly();
        project.Succeed("pack");
        AssertNoAssembly();
        Assert.Empty(project.Files("", "*.nupkg"));

        project.Succeed("clean");
        Assert.Empty(project.Files("bin/Debug"));
        Assert.Empty(project.Files("obj/Debug/layers"));

        void AssertNoAssembly() => Assert.DoesNotContain(
            project.Files(),
            f => Path.GetExtension(f) is ".dll" or ".exe" or ".pdb" || f.EndsWith(".runtimeconfig.json", StringComparison.Ordinal) || f.EndsWith(".deps.json", StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_can_refer_to_one_with_layers()
    {
        using CliProject project = CliProject.Library("app", items: """<ProjectReference Include="../shared/Shared.csproj" /><ProjectReference Include="../only/Only.csproj" />""");
        project.WriteLibrary("../shared/Shared.csproj");
        project.Write("../shared/layers/one/python/one.py", "shared = 1\n");
        project.Write("../only/Only.csproj", $"""<Project Sdk="LayerBuild.Sdk/{PackedSdk.Version}"><ItemGroup><LambdaLayer Include="one" CompatibleRuntimes="python3.13" /></ItemGroup></Project>""");
        project.Write("../only/layers/one/python/one.py", "only = 1\n");
        project.Write("../nuget.config", PackedSdk.NuGetConfig);

        Assert.Equal(["one", "one", "one"], project.Succeed("build").Log.Outdated);

        Assert.Equal("x = 1\n", project.Zip("bin/Debug/net10.0/layers/one.zip").Text("python/one.py"));
        Assert.Equal("shared = 1\n", project.Zip("../shared/bin/Debug/net10.0/layers/one.zip").Text("python/one.py"));
        Assert.Equal("only = 1\n", project.Zip("../only/bin/Debug/layers/one.zip").Text("python/one.py"));
        Assert.Empty(project.Succeed("build", "--no-restore", "-graph").Log.LayerTasks);
        Assert.Empty(project.Succeed("build", "--no-restore", "-graph", "-isolate").Log.LayerTasks);
        Assert.Empty(project.Succeed("build", "--no-restore", "-m").Log.LayerTasks);

        project.Succeed("clean");
        Assert.Equal(["one", "one", "one"], project.Succeed("build", "--no-restore", "-graph", "-isolate", "-m").Log.Outdated);
    }

    [Fact]
    public void Layers_of_a_project_for_several_frameworks_are_built_once()
    {
        using CliProject project = CliProject.Library(properties: "<TargetFramework /><TargetFrameworks>net10.0;net10.0-browser</TargetFrameworks>");
        project.Write("../user/User.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup><ProjectReference Include="../app/App.csproj" /></ItemGroup></Project>""");
        project.Write("../nuget.config", PackedSdk.NuGetConfig);

        Assert.Equal(["one"], project.Succeed("build").Log.Outdated);
        Assert.Single(project.Files("", "one.zip"));
        Assert.Empty(project.Succeed("build", "--no-restore").Log.LayerTasks);
        Assert.Empty(project.Succeed("build", "--no-restore", "-f", "net10.0").Log.LayerTasks);

        project.Succeed("clean");
        Assert.Empty(project.Files("", "one.zip"));
        Assert.Empty(project.Files("obj", "state.txt"));

        Assert.Equal(["one"], project.Succeed("build", "--no-restore", "-f", "net10.0").Log.Outdated);
        foreach (string[] mode in new[] { (string[])["-graph"], ["-graph", "-isolate"], ["-m"] })
        {
            project.Write("layers/one/python/one.py", $"x = '{string.Join(' ', mode)}'\n");
            Assert.Equal(["one"], project.Succeed(["build", "--no-restore", .. mode]).Log.Outdated);
        }

        project.Write("layers/one/python/one.py", "x = 3\n");
        Assert.Equal(["one"], project.Succeed("build", "../user/User.csproj").Log.Outdated);
        Assert.Equal("x = 3\n", project.Zip(Assert.Single(project.Files("", "one.zip"))).Text("python/one.py"));
        project.Write("layers/one/python/one.py", "x = 4\n");
        Assert.Equal(["one"], project.Succeed("publish", "--no-restore", "-c", "Debug", "-f", "net10.0").Log.Outdated);
    }

    [Fact]
    public void Outputs_follow_the_artifacts_path_and_versions_may_be_central()
    {
        using CliProject project = CliProject.Library();
        project.Write("App.csproj", File.ReadAllText(project["App.csproj"]).Replace($" Version=\"{PackedSdk.Version}\"", "", StringComparison.Ordinal));
        project.Write("Directory.Packages.props",
            $"""
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="LayerBuild.Sdk" Version="{PackedSdk.Version}" /></ItemGroup>
            </Project>
            """);

        project.Succeed("build", "--artifacts-path", project["out"]);

        Assert.True(File.Exists(project["out/bin/App/debug/layers/one.zip"]));
        Assert.Empty(project.Succeed("build", "--no-restore", "--artifacts-path", project["out"]).Log.LayerTasks);
        project.Succeed("clean", "--artifacts-path", project["out"]);
        Assert.Empty(project.Files("out", "one.zip"));
        Assert.False(Directory.Exists(project["bin"]));
    }

    [Fact]
    public void A_project_may_get_the_package_as_a_second_SDK_and_as_a_reference()
    {
        using CliProject project = CliProject.Library();
        project.Write("App.csproj", File.ReadAllText(project["App.csproj"]).Replace("Sdk=\"Microsoft.NET.Sdk\"", $"Sdk=\"Microsoft.NET.Sdk;LayerBuild.Sdk/{PackedSdk.Version}\"", StringComparison.Ordinal));

        Assert.Equal(["one"], project.Succeed("build").Log.Outdated);
        Assert.True(File.Exists(project["bin/Debug/net10.0/App.dll"]));
        Assert.True(File.Exists(project["bin/Debug/net10.0/layers/one.zip"]));
    }

    /// <summary>All but what the SDK itself trips over, which is a semicolon and a percent sign before two digits.</summary>
    [Fact]
    public void Any_folder_will_do()
    {
        using CliProject project = CliProject.Library("a b%d@e'f(g)&é 漢", items: """<LambdaLayer Include="two" CompatibleRuntimes="python3.13" SourceDirectory="$(MSBuildProjectDirectory)/other" /><LambdaLayerContent Layer="two" Include="more/*" TargetDirectory="python" />""");
        project.Write("other/python/a;b %2e@'é.py", "x = 1\n");
        project.Write("more/c;d%41.py", "x = 1\n");

        Assert.Equal(["one", "two"], project.Succeed("build").Log.Outdated);
        Assert.Equal(["python/a;b %2e@'é.py", "python/c;d%41.py"], project.Zip("bin/Debug/net10.0/layers/two.zip").Names);
        Assert.Empty(project.Succeed("build", "--no-restore").Log.LayerTasks);
        project.Write("other/python/a;b %2e@'é.py", "x = 2\n");
        Assert.Equal(["two"], project.Succeed("build", "--no-restore").Log.Outdated);
        project.Succeed("clean");
        Assert.Empty(project.Files("", "*.zip"));
    }

    [Fact]
    public void Warnings_as_errors_on_the_command_line_fail_each_time()
    {
        using CliProject project = CliProject.LayersOnly(items: """<LambdaLayer Include="old" CompatibleRuntimes="python3.8" SourceDirectory="layers/one" />""");
        project.Succeed("build");
        byte[] zip = project.Zip("bin/Debug/layers/old.zip").Bytes;
        project.Write("layers/one/python/one.py", "x = 2\n");

        Assert.Contains("error LB1008", project.Fail("build", "--no-restore", "-warnaserror:LB1008"), StringComparison.Ordinal);
        Assert.Contains("error LB1008", project.Fail("build", "--no-restore", "-warnaserror:LB1008"), StringComparison.Ordinal);
        Assert.Equal(zip, project.Zip("bin/Debug/layers/old.zip").Bytes);
        Assert.Equal("x = 2\n", project.Zip("bin/Debug/layers/one.zip").Text("python/one.py"));

        // Without a code MSBuild does not tell tasks of the switch; it fails the build all the same, each time.
        Assert.Contains("error LB1008", project.Fail("build", "--no-restore", "-warnaserror"), StringComparison.Ordinal);
        Assert.Contains("error LB1008", project.Fail("build", "--no-restore", "-warnaserror"), StringComparison.Ordinal);
        Assert.Equal("x = 2\n", project.Zip("bin/Debug/layers/old.zip").Text("python/one.py"));
    }

    [Fact]
    public void Dotnet_watch_sees_the_files_of_layers()
    {
        using CliProject project = CliProject.LayersOnly();
        project.Succeed("build");

        CommandResult list = DotnetCommand.Run(project.Folder, project.Environment, "watch", "--list").Succeeded();

        Assert.Contains(project["layers/one/python/one.py"], list.Output, StringComparison.Ordinal);
    }
}
