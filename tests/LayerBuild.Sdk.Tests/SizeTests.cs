using System.IO.Compression;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Budgets, growth, the report and the bills of materials, as a build gives them.</summary>
public sealed class SizeTests
{
    [Fact]
    public void A_broken_budget_leaves_the_last_zip_and_shows_in_the_report()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();
        byte[] zip = File.ReadAllBytes(project.Zip("one").Path);
        byte[] manifest = File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json"));
        project.Write("layers/one/python/large.py", new string('x', 2_000));
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxUnzippedSize="1 KB" />""");

        BuildFinding error = project.Build().FailedWith("LB4002");

        Assert.Contains("Layer 'one': it has 2,006 bytes unzipped, 1,006 bytes over its MaxUnzippedSize of 1,000 bytes", error.Message);
        Assert.Equal(zip, File.ReadAllBytes(project.Zip("one").Path));
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(project.Output, "one.layer.json")));
        Assert.Contains("over its unzipped budget of 1.0 KB", File.ReadAllText(Path.Combine(project.Output, "summary.md")));
        Assert.Contains("large.py", File.ReadAllText(Path.Combine(project.Output, "index.html")));

        project.Build().FailedWith("LB4002");
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxUnzippedSize="1 MiB" />""");
        project.Build().Succeeded();
        Assert.Contains("python/large.py", project.Zip("one").Names);
        Assert.DoesNotContain("budget", File.ReadAllText(Path.Combine(project.Output, "summary.md")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Growth_is_held_against_the_manifests_of_an_earlier_build(bool zipped)
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();
        string baseline = zipped ? project["baseline.zip"] : project["earlier/run"];
        Directory.CreateDirectory(project["earlier/run"]);
        File.Copy(Path.Combine(project.Output, "one.layer.json"), project["earlier/run/one.layer.json"]);
        if (zipped)
        {
            ZipFile.CreateFromDirectory(project["earlier"], baseline);
        }

        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxGrowth="5%" />""");
        var properties = new Dictionary<string, string> { ["LambdaLayerBaseline"] = Path.GetFileName(baseline) == "run" ? "earlier" : baseline };
        project.BuildWith(properties).Succeeded();

        project.Write("layers/one/python/more.py", new string('x', 500));
        BuildFinding error = project.BuildWith(properties).FailedWith("LB4003");
        Assert.Contains("MaxGrowth is 5%. Grew: own files +500 bytes.", error.Message);

        // Without a baseline, as on a developer's machine, nothing is compared.
        project.Build().Succeeded();
    }

    [Fact]
    public void A_baseline_that_moves_is_compared_with_again()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/two/python/two.py", "x = 2\n");
        project.Items("""<LambdaLayer Include="one;two" CompatibleRuntimes="python3.13" MaxGrowth="1 KB" />""");
        var properties = new Dictionary<string, string> { ["LambdaLayerBaseline"] = "earlier" };
        Directory.CreateDirectory(project["earlier/run"]);
        project.BuildWith(properties).Succeeded();
        string manifest = File.ReadAllText(Path.Combine(project.Output, "one.layer.json"));

        // It comes, and it changes under the same path.
        File.WriteAllText(project["earlier/run/one.layer.json"], manifest);
        Assert.Equal(["one"], project.BuildWith(properties).Succeeded().Built);
        Assert.Empty(project.BuildWith(properties).Succeeded().LayerTasks);
        project.Write("layers/one/python/more.py", new string('x', 1_000));
        project.BuildWith(properties).Succeeded();
        File.WriteAllText(project["earlier/run/one.layer.json"], manifest.Replace("\"unzippedSize\": 6,", "\"unzippedSize\": 5,", StringComparison.Ordinal));

        Assert.Contains("Layer 'one': it grew by 1,001 bytes unzipped", project.BuildWith(properties).FailedWith("LB4003").Message);
        File.WriteAllText(project["earlier/run/one.layer.json"], manifest);
        Assert.Equal(["one"], project.BuildWith(properties).Succeeded().Built);
        Assert.Empty(project.BuildWith(properties).Succeeded().LayerTasks);
    }

    [Fact]
    public void The_table_is_shown_where_there_is_a_budget()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        Assert.DoesNotContain(project.Build().Succeeded().Messages, m => m.Contains("own files", StringComparison.Ordinal));
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxZippedSize="1 MB" />""");
        string message = Assert.Single(project.Build().Succeeded().Messages, m => m.Contains("own files", StringComparison.Ordinal));
        Assert.StartsWith("one: 1 file, 130 bytes zipped, 6 bytes unzipped, 0.0 % of the limit -> ", message);
        Assert.InRange(message.Split('\n').Length, 3, 13);
    }

    [Fact]
    public void A_layer_has_a_bill_of_materials_and_the_texts_of_its_licences()
    {
        using var project = new LayerProject();
        new WheelBuilder("free", "1.0").File("free.py", "x = 1\n").Metadata("License-Expression: MIT OR GPL-3.0-only").Info("licenses/LICENSE", "Do as you like.").WriteTo(project.Wheels);
        new WheelBuilder("copyleft", "2.0").File("copyleft.py", "x = 1\n").Metadata("License-Expression: GPL-3.0-only").Requires("free").WriteTo(project.Wheels);
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Packages="copyleft" DisallowLicenses="GPL-3.0-only" />""");
        Assert.Contains("copyleft 2.0 is licensed GPL-3.0-only", project.Build().FailedWith("LB4007").Message);

        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Packages="copyleft" DisallowLicenses="GPL-3.0-only" AllowFindings="LB4007:copyleft" />""");
        project.Build().Succeeded();

        string bill = File.ReadAllText(Path.Combine(project.Output, "one.cdx.json"));
        Assert.Contains("\"purl\": \"pkg:pypi/copyleft@2.0\"", bill);
        Assert.Contains("\"expression\": \"MIT OR GPL-3.0-only\"", bill);
        string texts = File.ReadAllText(Path.Combine(project.Output, "one.licenses.txt"));
        Assert.Contains("Do as you like.", texts);
        Assert.Contains("copyleft 2.0: GPL-3.0-only", texts);
    }

    [Fact]
    public void CIs_are_told_in_their_own_words()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Write("layers/one/python/large.py", new string('x', 2_000));
        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" MaxUnzippedSize="1 KB" />""");
        string summary = project.Write("step-summary.md", "before\n");
        project.BuildWith(new() { ["GITHUB_STEP_SUMMARY"] = summary }).FailedWith("LB4002");
        Assert.StartsWith("before\n## Layers\n", File.ReadAllText(summary));

        BuildOutcome azure = project.BuildWith(new() { ["TF_BUILD"] = "True" });
        azure.FailedWith("LB4002");
        Assert.Contains($"##vso[task.uploadsummary]{Path.Combine(project.Output, "summary.md")}", azure.Messages);
    }

    [Fact]
    public void A_build_that_changes_nothing_leaves_the_report_alone_and_clean_takes_it()
    {
        using LayerProject project = LayerProject.WithOneLayer();
        project.Build().Succeeded();
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(project.Output, "index.html"));
        Assert.Empty(project.Build().Succeeded().LayerTasks);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(project.Output, "index.html")));

        string summary = File.ReadAllText(Path.Combine(project.Output, "summary.md"));
        File.WriteAllText(Path.Combine(project.Output, "summary.md"), "edited");
        Assert.Empty(project.Build().Succeeded().Built);
        Assert.Equal(summary, File.ReadAllText(Path.Combine(project.Output, "summary.md")));
        Assert.Empty(project.Build().Succeeded().LayerTasks);

        project.Build("Clean").Succeeded();
        Assert.Empty(project.Outputs());
    }
}
