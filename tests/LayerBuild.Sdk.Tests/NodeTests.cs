using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Layers of npm packages in real builds. The packages are local: no registry is asked.</summary>
public sealed class NodeTests
{
    /// <summary>Older ones do not find local packages in every folder that a test may run in.</summary>
    private const string OldestNpm = "11.4";

    [RequiresNpmClientFact(OldestNpm)]
    public void Packages_and_own_modules_make_a_layer_and_the_next_build_does_nothing()
    {
        using LayerProject project = Project("layers/web/package.json", "file:../../libs/one");
        project.Write("layers/web/nodejs/own.js", "exports.x = 1;\n");
        project.Write("layers/web/node_modules/junk/index.js", "");

        BuildOutcome first = project.Build().Succeeded();

        Assert.Equal(["nodejs/node_modules/one/index.js", "nodejs/node_modules/one/package.json", "nodejs/own.js"], project.Zip("web").Names);
        Assert.Contains(first.Messages, m => m.EndsWith("Layer 'web': wrote layers/web/package-lock.json. Commit it.", StringComparison.Ordinal));
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [RequiresNpmClientFact(OldestNpm)]
    public void What_npm_reads_is_watched()
    {
        using LayerProject project = Project("layers/web/package.json", "file:../../libs/one");
        project.Build().Succeeded();
        foreach (string file in new[] { "libs/one/index.js", "layers/web/package-lock.json", "layers/web/.npmrc" })
        {
            File.AppendAllText(project[file], "\n");
            File.SetLastWriteTimeUtc(project[file], DateTime.UtcNow.AddMinutes(1));

            Assert.Equal(["web"], project.Build().Succeeded().Built);
            Assert.Empty(project.Build().Succeeded().LayerTasks);
        }
    }

    [RequiresNpmClientFact(OldestNpm)]
    public void A_package_json_may_lie_in_the_folder_that_Node_searches()
    {
        using LayerProject project = Project("layers/web/nodejs/package.json", "file:../../../libs/one", """PackageJson="layers/web/nodejs/package.json" """);
        project.Write("layers/web/nodejs/own.js", "exports.x = 1;\n");
        project.Write("layers/web/nodejs/node_modules/junk/index.js", "");

        project.Build().Succeeded();

        Assert.Equal(["nodejs/node_modules/one/index.js", "nodejs/node_modules/one/package.json", "nodejs/own.js"], project.Zip("web").Names);
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [RequiresNpmClientFact(OldestNpm)]
    public void A_local_package_in_the_layer_s_folder_comes_as_npm_packs_it_only()
    {
        using LayerProject project = Project("layers/web/package.json", "file:./vendor/one");
        Directory.Move(project["libs"], project["layers/web/vendor"]);

        project.Build().Succeeded();

        Assert.Equal(["nodejs/node_modules/one/index.js", "nodejs/node_modules/one/package.json"], project.Zip("web").Names);
    }

    [RequiresNpmClientFact(OldestNpm)]
    public void Locking_writes_the_lock_files_of_both_languages_that_there_are()
    {
        using LayerProject project = Project("layers/web/package.json", "file:../../libs/one");

        project.Build("LockLambdaLayers").Succeeded();

        Assert.Contains("node_modules/one", File.ReadAllText(project["layers/web/package-lock.json"]), StringComparison.Ordinal);
        Assert.Empty(project.Outputs());
    }

    [RequiresNpmClientFact(OldestNpm)]
    public void A_failure_leaves_the_zip_alone_and_the_next_build_tries_again()
    {
        using LayerProject project = Project("layers/web/package.json", "file:../../libs/one");
        project.Build().Succeeded();
        string before = project.Zip("web").Sha256;
        string manifest = File.ReadAllText(project["layers/web/package.json"]);
        project.Write("layers/web/package.json", """{"dependencies": {"one": "file:../../libs/none"}}""");

        BuildFinding error = project.Build().FailedWith("LB2034");

        Assert.Equal(project["layers/web/package.json"], error.File);
        Assert.Equal(before, project.Zip("web").Sha256);
        project.Build().FailedWith("LB2034");
        project.Write("layers/web/package.json", manifest);
        Assert.Equal(["web"], project.Build().Succeeded().Built);
    }

    [Fact]
    public void A_package_json_without_a_Node_runtime_is_an_error_when_it_was_meant()
    {
        using LayerProject project = Project("layers/web/package.json", "file:../../libs/one");
        project.Items("""<LambdaLayer Include="web" CompatibleRuntimes="python3.13" PackageJson="layers/web/package.json" />""");

        Assert.Contains("declares no Node.js runtime", project.Build().FailedWith("LB1022").Message, StringComparison.Ordinal);
    }

    private static LayerProject Project(string packageJson, string range, string metadata = "")
    {
        var project = new LayerProject();
        project.Write("libs/one/package.json", """{"name": "one", "version": "1.0.0"}""");
        project.Write("libs/one/index.js", "module.exports = 1;\n");
        project.Write(packageJson, """{"dependencies": {"one": "RANGE"}}""".Replace("RANGE", range, StringComparison.Ordinal));
        return project.Items($"""<LambdaLayer Include="web" CompatibleRuntimes="nodejs22.x;nodejs24.x" CompatibleArchitectures="x86_64;arm64" {metadata} />""");
    }
}
