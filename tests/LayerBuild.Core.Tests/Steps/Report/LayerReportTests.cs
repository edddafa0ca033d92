using System.Text;
using System.Text.Json;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Report;

public sealed class LayerReportTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Slim_saves_the_files_that_it_would_drop_and_nothing_else()
    {
        MeasuredContents contents = new LayerExample()
            .Package("a", "1", 1_000)
            .File("python/a/py.typed", 0, 130)
            .File("python/a/tests/test_a.py", 700, 300)
            .File("python/a-1.dist-info/RECORD", 50, 180)
            .Contents();
        LayerSaving slim = Assert.Single(LayerSaving.Of(contents));
        Assert.Equal("Slim", slim.Title);
        Assert.Equal(["python/a-1.dist-info/RECORD", "python/a/py.typed", "python/a/tests/test_a.py"], slim.Files.Select(i => contents.Paths[i]));
    }

    [Fact]
    public void Dropping_boto3_takes_what_only_it_needs_and_the_runtime_has()
    {
        MeasuredContents contents = new LayerExample()
            .Package("boto3", "1", 100, requires: ["botocore", "s3transfer", "jmespath"])
            .Package("botocore", "1", 100, requires: ["urllib3", "jmespath", "python-dateutil"], requested: false)
            .Package("s3transfer", "1", 100, requires: ["botocore"], requested: false)
            .Package("jmespath", "1", 100, requested: false)
            .Package("python-dateutil", "1", 100, requires: ["six"], requested: false)
            .Package("six", "1", 100, requested: false)
            .Package("urllib3", "1", 100, requested: false)
            .Package("requests", "1", 100, requires: ["urllib3"])
            .Contents();
        LayerSaving saving = Assert.Single(LayerSaving.Of(contents));
        string[] gone = [.. saving.Files.Select(i => contents.Manifest.Packages[contents.Owners[i]].Name)];
        Assert.Equal(["boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six"], gone.Order(StringComparer.Ordinal));
        Assert.Contains("Leave out boto3, botocore, jmespath, python-dateutil, s3transfer, six:", saving.How);
    }

    [Fact]
    public void Nothing_is_offered_where_nothing_would_be_saved() =>
        Assert.Empty(LayerSaving.Of(new LayerExample().Package("six", "1", 100).Contents()));

    [Fact]
    public void A_function_is_its_code_and_its_layers()
    {
        LayerReport report = Report(
            [new LayerExample { Name = "a" }.Package("x", "1", 1_000), new LayerExample { Name = "b-arm64", Architectures = [Architecture.Arm64] }.Package("y", "1", 500)],
            Function("f", 50, "a", "b") with { Architecture = Architecture.Arm64 },
            Function("g", 50, "a", "arn:aws:lambda:eu-west-1:123456789012:layer:z:1"),
            Function("h", null, "b"),
            Function("i", 1, "b") with { Architecture = Architecture.X64 });

        Assert.Equal([1_550L, 1_050L, 500L, 1L], report.Functions.Select(f => f.UnzippedSize));
        Assert.Equal([true, false, false, false], report.Functions.Select(f => f.IsComplete));
    }

    [Fact]
    public void A_package_in_two_layers_is_reported_with_both_versions_and_the_functions_that_get_both()
    {
        LayerReport report = Report(
            [
                new LayerExample { Name = "a" }.Package("urllib3", "1", 1_000).Package("six", "1", 10),
                new LayerExample { Name = "b" }.Package("urllib3", "2", 900),
                new LayerExample { Name = "c" }.Package("Six", "1", 10),
            ],
            Function("f", null, "a", "b"),
            Function("g", null, "a"));

        Assert.Equal(["urllib3", "six"], report.Shared.Select(s => s.Name));
        Assert.Equal(["1", "2"], report.Shared[0].Places.Select(p => p.Part.Version));
        Assert.True(report.Shared[0].HasVersions);
        Assert.Equal([0], report.Shared[0].Functions);
        Assert.False(report.Shared[1].HasVersions);
        Assert.Empty(report.Shared[1].Functions);
    }

    [Fact]
    public void The_two_zips_of_one_layer_are_no_duplicates_of_each_other() =>
        Assert.Empty(Report(
        [
            new LayerExample { Name = "a-x86_64", Architectures = [Architecture.X64] }.Package("x", "1", 10),
            new LayerExample { Name = "a-arm64", Architectures = [Architecture.Arm64] }.Package("x", "1", 10),
        ]).Shared);

    [Fact]
    public void The_page_has_every_path_and_no_path_can_leave_its_data()
    {
        LayerReport report = Report([new LayerExample()
            .Package("a", "1", 1_000)
            .File("python/a</script><script>alert(1)</script>.txt", 5, 200)
            .File("python/ünï\u2028.txt", 5, 200)
            .File("python/{{data}}.txt", 5, 200)]);
        string page = Encoding.UTF8.GetString(ReportPage.Write("T & <T>", report));

        Assert.DoesNotContain("alert(1)</script>", page);
        Assert.Contains("<title>T &amp; &lt;T&gt;</title>", page);
        using JsonDocument data = JsonDocument.Parse(Data(page));
        JsonElement layer = data.RootElement.GetProperty("layers")[0];
        Assert.Equal(report.Layers[0].Contents.Paths, Paths(layer));
        Assert.Contains("python/{{data}}.txt", Paths(layer));
    }

    [Fact]
    public void The_same_report_has_the_same_bytes()
    {
        LayerExample[] layers = [new LayerExample().Package("a", "1", 1_000).File("python/b.py", 10, 200)];
        Assert.Equal(ReportPage.Write("T", Report(layers)), ReportPage.Write("T", Report(layers)));
        Assert.Equal(ReportSummary.Write("T", Report(layers)), ReportSummary.Write("T", Report(layers)));
    }

    [Fact]
    public void The_summary_is_a_page_of_Markdown()
    {
        using var baseline = new TemporaryDirectory();
        File.WriteAllBytes(baseline["web.layer.json"], new LayerExample { Name = "web" }.Package("requests", "2.31.0", 60_000).Package("six", "1.16.0", 30_000).Manifest().ToJson());
        LayerReport report = LayerReport.Of(
            [
                new LayerExample { Name = "web", Declaration = LayerExample.Declare("web") with { MaxUnzippedSize = new ByteSize(50_000) } }
                    .Package("requests", "2.34.2", 71_000, 20_000).Package("idna", "3.13", 9_000, 3_000).Contents(),
                new LayerExample { Name = "tools" }.Package("idna", "3.10", 8_000).File("bin/a|b_c", 10, 200).Contents(),
            ],
            [Function("orders", 1_000, "web", "tools")],
            LayerBaseline.Open(baseline.Path),
            m => m.Name != "web");

        Assert.Equal(
            """
            ## Demo

            | Layer | Packages | Files | Zipped | Unzipped | Of the limit | Change | |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
            | web | 2 | 2 | 23.0 KB | 80.0 KB | 0.0 % | -10.0 KB | over its unzipped budget of 50.0 KB |
            | tools | 1 | 2 | 8.2 KB | 8.0 KB | 0.0 % | new |  |

            | Function | Code | Layers | Unzipped | Of the limit |
            | --- | ---: | --- | ---: | ---: |
            | orders | 1.0 KB | web, tools | 89.0 KB | 0.0 % |

            <details><summary>web: -10.0 KB unzipped, -67.0 KB zipped since the baseline</summary>

            | Package | Before | Now | Unzipped | Zipped |
            | --- | --- | --- | ---: | ---: |
            | six | 1.16.0 |  | -30.0 KB | -30.0 KB |
            | requests | 2.31.0 | 2.34.2 | +11.0 KB | -40.0 KB |
            | idna |  | 3.13 | +9.0 KB | +3.0 KB |

            </details>

            - orders gets **idna** more than once: 3.13 in web and 3.10 in tools.

            """,
            Encoding.UTF8.GetString(ReportSummary.Write("Demo", report)));
    }

    [Theory]
    [InlineData("5%", "grew by more than its MaxGrowth of 5%")]
    [InlineData("10%", "")]
    public void The_summary_names_the_layers_that_grew_too_much(string maxGrowth, string state)
    {
        using var baseline = new TemporaryDirectory();
        File.WriteAllBytes(baseline["web.layer.json"], new LayerExample { Name = "web" }.Package("requests", "2.31.0", 100_000).Manifest().ToJson());
        var web = new LayerExample { Name = "web", Declaration = LayerExample.Declare("web") with { MaxGrowth = maxGrowth } };

        LayerReport report = LayerReport.Of([web.Package("requests", "2.34.2", 106_000).Contents()], [], LayerBaseline.Open(baseline.Path), _ => true);

        Assert.Contains($"| +6.0 KB | {state} |\n", Encoding.UTF8.GetString(ReportSummary.Write("Demo", report)), StringComparison.Ordinal);
    }

    internal static string Data(string page)
    {
        const string start = "<script type=\"application/json\" id=\"data\">";
        int from = page.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)];
    }

    internal static string[] Paths(JsonElement layer)
    {
        string[] rests = layer.GetProperty("paths").GetString()!.Split('\n');
        string before = "";
        return [.. layer.GetProperty("shared").EnumerateArray().Select((shared, i) => before = before[..shared.GetInt32()] + rests[i])];
    }

    /// <param name="codeSize">Bytes of its code; null for code that is elsewhere.</param>
    private LambdaFunctionDeclaration Function(string name, int? codeSize, params string[] layers)
    {
        if (codeSize is { } size)
        {
            _folder.Write($"{name}/a/app.py", new string('x', size - 1));
            _folder.Write($"{name}/b.py", "x");
        }

        return new(name) { Layers = layers, CodeDirectory = codeSize is null ? null : _folder[name] };
    }

    private static LayerReport Report(LayerExample[] layers, params LambdaFunctionDeclaration[] functions) =>
        LayerReport.Of([.. layers.Select(l => l.Contents())], functions, LayerBaseline.None, _ => true);
}
