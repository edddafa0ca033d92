using System.IO.Compression;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

public sealed class LayerGrowthTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DiagnosticLog _log = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("5%", 105_000, false)]
    [InlineData("5 %", 105_001, true)]
    [InlineData("5 KB", 105_000, false)]
    [InlineData("5 KB", 105_001, true)]
    [InlineData("0", 100_000, false)]
    [InlineData("0", 100_001, true)]
    public void A_layer_may_grow_by_so_much_and_no_more(string allowed, long now, bool refused)
    {
        Save(new LayerExample().Package("a", "1", 100_000, 50_000));
        Measure(new LayerExample { Declaration = Growing(allowed) }.Package("a", "1", now, 50_000));
        Assert.Equal(refused ? ["LB4003"] : [], _log.Diagnostics.Select(d => d.Code));
    }

    [Fact]
    public void What_grew_came_shrank_and_went_is_listed_by_package()
    {
        Save(new LayerExample().Package("grown", "1.0", 10_000).Package("shrunk", "1", 9_000).Package("gone", "3", 2_000).Package("same", "1", 500));
        Measure(new LayerExample { Declaration = Growing("1%") }
            .Package("grown", "2.0", 40_000).Package("shrunk", "1", 8_000).Package("new", "1", 3_000).Package("same", "1", 500).File("python/mine.py", 700));

        string message = Assert.Single(_log.Diagnostics).Message;
        Assert.Contains("Layer 'demo': it grew by 30,700 bytes unzipped (142.8 %, from 21.5 KB to 52.2 KB) and by 30,700 bytes zipped", message);
        Assert.Contains("Grew: grown 1.0 to 2.0 +30.0 KB. Added: new 1 +3.0 KB, own files +700 bytes. Shrank: shrunk 1 -1.0 KB. Removed: gone 3 -2.0 KB.", message);
        Assert.DoesNotContain("same", message);
    }

    [Fact]
    public void The_baseline_may_be_a_zip_that_holds_the_manifests_anywhere()
    {
        string zip = _directory["artefacts.zip"];
        using (ZipArchive archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            Write(archive, "a/b/c/demo.layer.json", new LayerExample().Package("a", "1", 999_999).Manifest());
            Write(archive, "drop/layers/demo.layer.json", new LayerExample().Package("a", "1", 1_000).Manifest());
        }

        LayerMeasurement measured = new LayerExample().Package("a", "1", 5_000).Measure(_log, new MeasureOptions { Baseline = LayerBaseline.Open(zip) });
        Assert.Equal(4_000, measured.Growth!.Unzipped);

        static void Write(ZipArchive archive, string path, LayerManifest manifest)
        {
            using Stream stream = archive.CreateEntry(path).Open();
            stream.Write(manifest.ToJson());
        }
    }

    [Fact]
    public void A_layer_that_is_new_has_nothing_to_compare_with()
    {
        Save(new LayerExample { Name = "other" }.Package("a", "1", 100));
        LayerMeasurement measured = Measure(new LayerExample { Declaration = Growing("0") }.Package("a", "1", 900));
        Assert.Null(measured.Growth);
        Assert.Empty(_log.Diagnostics);
    }

    [Theory]
    [InlineData(null, "There is nothing at")]
    [InlineData("{}", "is not a manifest")]
    [InlineData("not json", "is not a manifest")]
    [InlineData("""{"name":"demo","runtimes":[],"architectures":[],"zip":"z","codeSha256":"x","zippedSize":1,"unzippedSize":1,"files":1,"packages":[{}]}""", "is not a manifest")]
    public void A_baseline_that_cannot_be_read_is_a_warning_where_it_would_have_mattered(string? content, string says)
    {
        if (content is not null)
        {
            _directory.Write("baseline/demo.layer.json", content);
        }

        Measure(new LayerExample().Package("a", "1", 900));
        Assert.Empty(_log.Diagnostics);

        Measure(new LayerExample { Declaration = Growing("5%") }.Package("a", "1", 900));
        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.Equal((Severity.Warning, "LB4009"), (warning.Severity, warning.Code));
        Assert.Contains(says, warning.Message);
    }

    [Fact]
    public void Versions_in_different_folders_count_as_one_package()
    {
        Save(new LayerExample()
            .Package("numpy", "1", 1_000, folder: "python/lib/python3.11/site-packages")
            .Package("numpy", "2", 1_000, folder: "python/lib/python3.12/site-packages"));
        LayerGrowth growth = Measure(new LayerExample()
            .Package("numpy", "1", 1_000, folder: "python/lib/python3.11/site-packages")
            .Package("NumPy", "3", 1_500, folder: "python/lib/python3.12/site-packages")).Growth!;
        Assert.Equal("NumPy 1, 2 to 1, 3 +500 bytes", Assert.Single(growth.Changes).ToString());
    }

    [Theory]
    [InlineData("5%", true)]
    [InlineData("0.5 %", true)]
    [InlineData("500 KB", true)]
    [InlineData("1048576", true)]
    [InlineData("-5%", false)]
    [InlineData("%", false)]
    [InlineData("five", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_limit_is_a_share_or_a_size(string? text, bool valid) => Assert.Equal(valid, GrowthLimit.TryParse(text, out _));

    private static LayerDeclaration Growing(string limit) => LayerExample.Declare() with { MaxGrowth = limit };

    private void Save(LayerExample example)
    {
        LayerManifest manifest = example.Manifest();
        Directory.CreateDirectory(_directory["baseline"]);
        File.WriteAllBytes(_directory[$"baseline/{manifest.Name}.layer.json"], manifest.ToJson());
    }

    private LayerMeasurement Measure(LayerExample example) =>
        example.Measure(_log, new MeasureOptions { Baseline = LayerBaseline.Open(_directory["baseline"]) });
}
