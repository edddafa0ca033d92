using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

public sealed class LayerMeasureTests
{
    private readonly DiagnosticLog _log = new();

    [Fact]
    public void The_manifest_says_what_each_package_takes_and_nothing_is_lost()
    {
        LayerManifest manifest = new LayerExample()
            .Package("botocore", "1.43.11", 30_000, 9_000, "License: Apache-2.0")
            .Package("Attrs", "26.1.0", 5_000, 2_000, "License-Expression: mit")
            .File("python/own.py", 700, 300)
            .Measure(_log).Manifest;

        Assert.Equal(["Attrs", "botocore"], manifest.Packages.Select(p => p.Name));
        Assert.Equal(["MIT", "Apache-2.0"], manifest.Packages.Select(p => p.License));
        Assert.Equal(35_700, manifest.UnzippedSize);
        Assert.Equal(9_000 + 2_000 + 300 + 22, manifest.ZippedSize);
        Assert.Equal([2_000L, 9_000L], manifest.Packages.Select(p => p.ZippedSize));
        Assert.Equal(3, manifest.Files);
        Assert.Empty(_log.Diagnostics);

        LayerPart own = LayerSizes.Of(manifest).Parts[^1];
        Assert.Equal((700, 322), (own.UnzippedSize, own.ZippedSize));
    }

    [Fact]
    public void The_manifest_comes_back_as_it_was_written()
    {
        LayerManifest manifest = new LayerExample().Package("six", "1.17.0", 100).Manifest();
        LayerManifest read = LayerManifest.Parse(manifest.ToJson());
        Assert.Equal(manifest.ToJson(), read.ToJson());
        Assert.EndsWith("}\n", System.Text.Encoding.UTF8.GetString(read.ToJson()));
    }

    [Fact]
    public void The_line_of_a_layer_has_name_packages_sizes_share_and_zip()
    {
        string line = new LayerExample().Package("six", "1.17.0", 2_621_440, 1_200_000).Measure(_log).Summary;
        Assert.Equal("demo: 1 package, 1.2 MB zipped, 2.6 MB unzipped, 1.0 % of the limit -> /out/layers/demo.zip", line);
    }

    [Fact]
    public void A_layer_without_packages_counts_its_files()
    {
        string line = new LayerExample().File("python/a.py", 10, 130).File("python/b.py", 10, 130).Measure(_log).Summary;
        Assert.StartsWith("demo: 2 files, 282 bytes zipped, 20 bytes unzipped, 0.0 % of the limit", line);
    }

    [Theory]
    [InlineData(262_143_999, false)]
    [InlineData(262_144_000, true)]
    public void Lambda_takes_less_than_262144000_bytes(long size, bool refused)
    {
        new LayerExample().Package("torch", "2.0", size - 10, 1_000).File("python/own.py", 10, 200).Measure(_log);
        Assert.Equal(refused ? ["LB4001"] : [], _log.Diagnostics.Select(d => d.Code));
        if (refused)
        {
            Assert.Contains("262,144,000 bytes", _log.Diagnostics[0].Message);
            Assert.Contains("torch 2.0 (262.1 MB), own files (10 bytes)", _log.Diagnostics[0].Message);
            Assert.Equal("/src/demo.csproj", _log.Diagnostics[0].File);
        }
    }

    [Fact]
    public void A_budget_that_is_just_met_is_met()
    {
        LayerDeclaration declaration = LayerExample.Declare() with { MaxZippedSize = new ByteSize(1_022), MaxUnzippedSize = new ByteSize(5_000) };
        new LayerExample { Declaration = declaration }.Package("a", "1", 5_000, 1_000).Measure(_log);
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void A_budget_that_is_broken_lists_the_ten_largest_packages()
    {
        LayerDeclaration declaration = LayerExample.Declare() with { MaxZippedSize = new ByteSize(1_000), MaxUnzippedSize = new ByteSize(5_000) };
        var example = new LayerExample { Declaration = declaration };
        for (int i = 1; i <= 12; i++)
        {
            example.Package($"p{i}", "1", i * 1_000, (13 - i) * 1_000);
        }

        example.Measure(_log);
        Assert.Equal(["LB4002", "LB4002"], _log.Diagnostics.Select(d => d.Code));
        Assert.Contains("78,022 bytes zipped, 77,022 bytes over its MaxZippedSize of 1,000 bytes. Largest: p1 1 (12.0 KB), p2 1 (11.0 KB)", _log.Diagnostics[0].Message);
        Assert.DoesNotContain("p11 1", _log.Diagnostics[0].Message);
        Assert.Contains("Largest: p12 1 (12.0 KB)", _log.Diagnostics[1].Message);
        Assert.DoesNotContain("p2 1", _log.Diagnostics[1].Message);
    }

    [Theory]
    [InlineData(52_428_800, false, 0)]
    [InlineData(52_428_801, false, 1)]
    [InlineData(52_428_801, true, 1)]
    public void A_zip_too_large_for_a_request_is_said_to_need_a_bucket(long zipped, bool publishing, int count)
    {
        new LayerExample().Package("big", "1", 60_000_000, zipped - 22).Measure(_log, new MeasureOptions { PublishesWithoutBucket = publishing });
        Assert.Equal(count, _log.Diagnostics.Count);
        Assert.All(_log.Diagnostics, d => Assert.Equal(publishing ? "LB4004" : "", d.Code));
        Assert.All(_log.Diagnostics, d => Assert.Equal(publishing ? Severity.Warning : Severity.Note, d.Severity));
        Assert.All(_log.Diagnostics, d => Assert.Contains("LambdaLayerS3Bucket", d.Message));
    }
}
