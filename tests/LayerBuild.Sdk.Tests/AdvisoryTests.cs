using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>Known vulnerabilities, from the property to the bill of materials.</summary>
public sealed class AdvisoryTests
{
    private const string Layer = """<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Packages="app" />""";
    private const string Property = "<LambdaLayerAdvisories>advisories/all.zip</LambdaLayerAdvisories>";

    [Fact]
    public void A_known_vulnerability_is_a_warning_until_the_data_says_otherwise()
    {
        using LayerProject project = NewProject();
        WriteAdvisories(project, Record("demo", "HIGH", fixedIn: "2.0"));
        BuildOutcome first = project.Build();
        BuildFinding warning = first.WarnedOf("LB6003");
        Assert.Equal(
            "Layer 'one': demo 1.0 has GHSA-demo (Demo tells everything); severity high (the database's own word); fixed in 2.0; required by app; AllowFindings=\"LB6003:GHSA-demo\" accepts it.",
            warning.Message);
        Assert.Equal(project.ProjectFile, warning.File);
        Assert.Single(first.Warnings);
        JsonElement vulnerability = Assert.Single(Vulnerabilities(project));
        Assert.Equal("GHSA-demo", vulnerability.GetProperty("id").GetString());
        Assert.Equal("pkg:pypi/demo@1.0", Assert.Single(vulnerability.GetProperty("affects").EnumerateArray()).GetProperty("ref").GetString());
        Assert.Single(Directory.GetFiles(Path.Combine(project.Cache, "advisories"), "*.index"));

        BuildOutcome second = project.Build().Succeeded();
        Assert.Empty(second.LayerTasks);
        Assert.Equal(first.Warnings, second.Warnings);

        // Version 1.0 is no longer in the range.
        WriteAdvisories(project, Record("demo", "HIGH", fixedIn: "0.9.1"));
        BuildOutcome third = project.Build().Succeeded();
        Assert.Equal(["one"], third.Built);
        Assert.Empty(third.Warnings);
        Assert.Empty(Vulnerabilities(project));
        Assert.Empty(project.Build().Succeeded().LayerTasks);
    }

    [Fact]
    public void A_vulnerability_that_is_an_error_leaves_the_earlier_files_until_it_is_accepted()
    {
        using LayerProject project = NewProject();
        WriteAdvisories(project, Record("demo", "CRITICAL", fixedIn: "2.0"));
        project.Properties("").Build().Succeeded();
        byte[] zip = File.ReadAllBytes(project.Zip("one").Path);
        byte[] bill = File.ReadAllBytes(Path.Combine(project.Output, "one.cdx.json"));

        project.Write("layers/one/python/one.py", "x = 1\n");
        project.Properties(Property + "<WarningsAsErrors>LB6004</WarningsAsErrors>");
        project.Build().FailedWith("LB6004");
        project.Build().FailedWith("LB6004");
        Assert.Equal(zip, File.ReadAllBytes(project.Zip("one").Path));
        Assert.Equal(bill, File.ReadAllBytes(Path.Combine(project.Output, "one.cdx.json")));

        project.Items("""<LambdaLayer Include="one" CompatibleRuntimes="python3.13" Packages="app" AllowFindings="LB6004:GHSA-demo (code_not_reachable: we never ask it)" />""");
        BuildOutcome accepted = project.Build().Succeeded();
        Assert.Empty(accepted.Warnings);
        Assert.Contains(accepted.Log, m => m == "Layer 'one': AllowFindings accepts GHSA-demo of demo 1.0 (code_not_reachable: we never ask it).");
        Assert.Contains("python/one.py", project.Zip("one").Names);
        JsonElement analysis = Assert.Single(Vulnerabilities(project)).GetProperty("analysis");
        Assert.Equal("not_affected", analysis.GetProperty("state").GetString());
        Assert.Equal("code_not_reachable", analysis.GetProperty("justification").GetString());

        project.Items(Layer).Properties(Property + "<WarningsAsErrors>LB6004</WarningsAsErrors><NoWarn>$(NoWarn);LB6004</NoWarn>");
        Assert.Empty(project.Build().Succeeded().Warnings);
    }

    [Fact]
    public void What_the_advisories_lack_is_said_once_for_all_layers()
    {
        using LayerProject project = NewProject();
        project.Write("layers/own/python/own.py", "x = 1\n");
        project.Items(Layer + """<LambdaLayer Include="two" CompatibleRuntimes="python3.13" Packages="app" /><LambdaLayer Include="own" CompatibleRuntimes="python3.13" />""");
        project.Properties("<LambdaLayerAdvisories>advisories/nowhere.zip</LambdaLayerAdvisories>");
        string expected = $"The advisories '{project["advisories/nowhere.zip"]}' cannot be read: it does not exist.";

        AssertSaidOnce(project.Build());
        BuildOutcome second = project.Build();
        AssertSaidOnce(second);
        Assert.Empty(second.LayerTasks);

        project.Write("layers/two/python/two.py", "x = 1\n");
        BuildOutcome third = project.Build();
        AssertSaidOnce(third);
        Assert.Equal(["two"], third.Built);

        project.Properties("<LambdaLayerAdvisories>advisories/nowhere.zip</LambdaLayerAdvisories><WarningsAsErrors>LB6005</WarningsAsErrors>");
        project.Build().FailedWith("LB6005");

        // A layer without packages has nothing to look up.
        project.Items("""<LambdaLayer Include="own" CompatibleRuntimes="python3.13" />""");
        Assert.Empty(project.Build().Succeeded().Warnings);

        void AssertSaidOnce(BuildOutcome outcome)
        {
            outcome.WarnedOf("LB6005");
            Assert.StartsWith(expected, Assert.Single(outcome.Warnings).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Old_advisories_are_said_to_be_old()
    {
        using LayerProject project = NewProject();
        project.Write("ours/ACME-1.json", Record("other", "LOW", fixedIn: "2.0", modified: DateTime.UtcNow.AddDays(-40)));
        project.Properties("<LambdaLayerAdvisories>$(MSBuildProjectDirectory)/ours/</LambdaLayerAdvisories>");

        Assert.Matches("^The advisories are 4[01] days old", project.Build().WarnedOf("LB6005").Message);
    }

    /// <summary>A layer <c>one</c> with the package app, which requires demo 1.0.</summary>
    private static LayerProject NewProject()
    {
        LayerProject project = new LayerProject().Items(Layer).Properties(Property);
        new WheelBuilder("app", "1.0").File("app.py", "import demo\n").Requires("demo").WriteTo(project.Wheels);
        new WheelBuilder("demo", "1.0").File("demo.py", "x = 1\n").WriteTo(project.Wheels);
        return project;
    }

    private static void WriteAdvisories(LayerProject project, string record)
    {
        Directory.CreateDirectory(project["advisories"]);
        using var zip = new ZipArchive(File.Create(project["advisories/all.zip"]), ZipArchiveMode.Create);
        using var writer = new StreamWriter(zip.CreateEntry("GHSA-demo.json").Open());
        writer.Write(record);
    }

    private static string Record(string package, string severity, string fixedIn, DateTime? modified = null) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["id"] = "GHSA-" + package,
        ["modified"] = (modified ?? DateTime.UtcNow).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["summary"] = "Demo tells everything",
        ["database_specific"] = new { severity },
        ["affected"] = new object[]
        {
            new
            {
                package = new { ecosystem = "PyPI", name = package },
                ranges = new object[] { new { type = "ECOSYSTEM", events = new object[] { new { introduced = "0" }, new Dictionary<string, string> { ["fixed"] = fixedIn } } } },
            },
        },
    });

    private static JsonElement[] Vulnerabilities(LayerProject project)
    {
        using var bill = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(project.Output, "one.cdx.json")));
        return bill.RootElement.TryGetProperty("vulnerabilities", out JsonElement found) ? [.. found.Clone().EnumerateArray()] : [];
    }
}
