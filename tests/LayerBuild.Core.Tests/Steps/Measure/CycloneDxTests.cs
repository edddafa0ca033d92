using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Licenses;
using LayerBuild.Formats.Osv;
using LayerBuild.Steps.Audit;

namespace LayerBuild.Steps.Measure;

public sealed class CycloneDxTests
{
    [Fact]
    public void A_bill_has_purl_version_licence_hash_and_graph()
    {
        using JsonDocument bill = JsonDocument.Parse(Bill(Example()));
        JsonElement root = bill.RootElement;
        Assert.Equal("CycloneDX", root.GetProperty("bomFormat").GetString());
        Assert.Equal("1.6", root.GetProperty("specVersion").GetString());
        Assert.False(root.GetProperty("metadata").TryGetProperty("timestamp", out _));

        JsonElement component = root.GetProperty("components").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "Jinja2");
        Assert.Equal("pkg:pypi/jinja2@3.1.6", component.GetProperty("purl").GetString());
        Assert.Equal("BSD-3-Clause", component.GetProperty("licenses")[0].GetProperty("license").GetProperty("id").GetString());
        Assert.Equal(new string('a', 64), component.GetProperty("hashes")[0].GetProperty("content").GetString());

        Dictionary<string, string[]> graph = root.GetProperty("dependencies").EnumerateArray().ToDictionary(
            d => d.GetProperty("ref").GetString()!,
            d => d.GetProperty("dependsOn").EnumerateArray().Select(o => o.GetString()!).ToArray());
        Assert.Equal(["pkg:pypi/markupsafe@3.0.3+local.1".Replace("+", "%2B")], graph["pkg:pypi/jinja2@3.1.6"]);
        Assert.Contains("pkg:pypi/jinja2@3.1.6", graph["layer"]);
        Assert.DoesNotContain("pkg:pypi/markupsafe@3.0.3%2Blocal.1", graph["layer"]);
        Assert.Contains("pkg:pypi/orphan@1", graph["layer"]);
    }

    [Fact]
    public void Licences_are_ids_expressions_or_names_and_unknown_ones_are_said_to_be_unknown()
    {
        using JsonDocument bill = JsonDocument.Parse(Bill(Example()));
        Dictionary<string, JsonElement> components = bill.RootElement.GetProperty("components").EnumerateArray()
            .Where(c => c.GetProperty("name").GetString() != "numpy").ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal("MIT OR Apache-2.0", components["either"].GetProperty("licenses")[0].GetProperty("expression").GetString());
        Assert.Equal("See COPYING", components["words"].GetProperty("licenses")[0].GetProperty("license").GetProperty("name").GetString());
        Assert.Equal(2, components["several"].GetProperty("licenses").GetArrayLength());
        Assert.False(components["orphan"].TryGetProperty("licenses", out _));
        Assert.Contains("unknown", components["orphan"].GetProperty("properties").ToString());
    }

    [Fact]
    public void One_package_for_two_Pythons_is_two_components_that_see_what_their_Python_sees()
    {
        using JsonDocument bill = JsonDocument.Parse(Bill(Example()));
        string[] references = [.. bill.RootElement.GetProperty("components").EnumerateArray().Select(c => c.GetProperty("bom-ref").GetString()!).Where(r => r.Contains("numpy"))];
        Assert.Equal(["pkg:pypi/numpy@2.0#python/lib/python3.11/site-packages", "pkg:pypi/numpy@2.0#python/lib/python3.12/site-packages"], references);
        JsonElement pandas = bill.RootElement.GetProperty("dependencies").EnumerateArray().Single(d => d.GetProperty("ref").GetString() == "pkg:pypi/pandas@3");
        Assert.Equal(["pkg:pypi/numpy@2.0#python/lib/python3.12/site-packages"], pandas.GetProperty("dependsOn").EnumerateArray().Select(d => d.GetString()));
    }

    [Fact]
    public void The_same_layer_has_the_same_bill_and_another_one_another_serial_number()
    {
        byte[] bill = Bill(Example());
        Assert.Equal(bill, Bill(Example()));
        string serial = Serial(bill);
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", serial);
        Assert.NotEqual(serial, Serial(Bill(new LayerExample().Package("other", "1", 10))));
    }

    [Fact]
    public void Known_vulnerabilities_refer_to_every_component_of_their_package_and_make_another_bill()
    {
        LayerExample example = Example().Package("numpy", "1.0", 10);
        using var folder = new TemporaryDirectory();
        using OsvDatabase database = AdvisoryExample.Database(folder, new AdvisoryExample("GHSA-1").Of("NumPy").Range("introduced 0").Vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"));
        DependencyGraph graph = example.Graph();
        byte[] bill = CycloneDx.Write(example.Manifest(), graph, PackageAudit.Run(example.Declaration, graph.Audited(), database, CancellationToken.None));
        Assert.Equal(
            [["pkg:pypi/numpy@1.0"], ["pkg:pypi/numpy@2.0#python/lib/python3.11/site-packages", "pkg:pypi/numpy@2.0#python/lib/python3.12/site-packages"]],
            JsonDocument.Parse(bill).RootElement.GetProperty("vulnerabilities").EnumerateArray().Select(v => v.GetProperty("affects").EnumerateArray().Select(a => a.GetProperty("ref").GetString()!).ToArray()));
        Assert.NotEqual(Bill(example), bill);
        Assert.NotEqual(Serial(Bill(example)), Serial(bill));
    }

    [RequiresNpmFact("@cyclonedx/cyclonedx-library")]
    public void The_official_schema_accepts_the_bill()
    {
        Validate(Bill(Example()));
        Validate(Bill(new LayerExample().File("python/own.py", 5)));
    }

    [RequiresNpmFact("@cyclonedx/cyclonedx-library")]
    public void Every_licence_id_that_is_known_here_is_one_of_SPDX()
    {
        string licenses = Path.Combine(RequiresNpmFactAttribute.Tools!, "node_modules", "@cyclonedx", "cyclonedx-library", "res", "schema", "spdx.SNAPSHOT.schema.json");
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(licenses));
        HashSet<string> official = [.. schema.RootElement.GetProperty("enum").EnumerateArray().Select(id => id.GetString()!)];
        using Stream stream = typeof(LayerBuild.Steps.Measure.LayerMeasure).Assembly.GetManifestResourceStream("Formats/Licenses/licenses.json")!;
        using JsonDocument known = JsonDocument.Parse(stream);
        HashSet<string> listed = [.. known.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)];
        Assert.Subset(official, listed);
        foreach (string map in new[] { "deprecatedIds", "names", "classifiers" })
        {
            HashSet<string> ids = [.. known.RootElement.GetProperty(map).EnumerateObject().Select(p => p.Value.GetString()!)];
            Assert.Subset(official, ids);
            Assert.All(ids, id => Assert.Equal(id, LicenseNames.Find(id)));
        }
    }

    private static LayerExample Example() => new LayerExample { Declaration = LayerExample.Declare() with { Description = "Demo <layer> & \"more\"" } }
        .Package("Jinja2", "3.1.6", 10, metadata: "Summary: A fast template engine\nLicense: BSD-3-Clause", requires: ["markupsafe"])
        .Package("MarkupSafe", "3.0.3+local.1", 10, metadata: "License-Expression: BSD-3-Clause", requested: false)
        .Package("either", "1", 10, metadata: "License-Expression: MIT OR Apache-2.0")
        .Package("words", "1", 10, metadata: "License: See COPYING")
        .Package("several", "1", 10, metadata: "Classifier: License :: OSI Approved :: BSD License\nClassifier: License :: OSI Approved :: MIT License")
        .Package("excepted", "1", 10, metadata: "License-Expression: GPL-3.0-or-later WITH GCC-exception-3.1")
        .Package("odd", "1", 10, metadata: "License-Expression: LicenseRef-Mine")
        .Package("orphan", "1", 10, requested: false)
        .Package("numpy", "2.0", 10, folder: "python/lib/python3.11/site-packages", runtime: "python3.11")
        .Package("numpy", "2.0", 10, folder: "python/lib/python3.12/site-packages")
        .Package("pandas", "3", 10, requires: ["NumPy"]);

    private static string Serial(byte[] bill) => JsonDocument.Parse(bill).RootElement.GetProperty("serialNumber").GetString()!;

    private static byte[] Bill(LayerExample example) => example.Measure(new DiagnosticLog()).Files.Single(f => f.Name == "demo.cdx.json").Bytes;

    private static void Validate(byte[] bill)
    {
        (int exitCode, string output) = Programs.Run(Programs.Find("node")!, RequiresNpmFactAttribute.Tools!, bill, "validate-cyclonedx.mjs");
        Assert.True(exitCode == 0, output);
    }
}
