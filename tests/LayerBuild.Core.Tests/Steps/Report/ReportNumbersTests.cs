using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Steps.Report;

/// <summary>The numbers of the manifest and of the report are those of the zip that a user gets.</summary>
public sealed class ReportNumbersTests : IDisposable
{
    private readonly LayerFixture _layer = new("python3.12");

    public void Dispose() => _layer.Dispose();

    [Fact]
    public void The_files_add_up_to_the_zip()
    {
        _layer.Install("python3.12", new WheelBuilder("My-Dist", "1.0").File("my_dist/__init__.py", Text(5_000)).File("my_dist/ü.dat", Text(30)).Info("licenses/LICENSE", "MIT"));
        _layer.Install("python3.12", new WheelBuilder("other", "2").File("other.py", "\n").File("bin/tool", "#!/bin/sh\n", executable: true));
        _layer.Content("python/own.py", Text(900));
        LayerTree tree = _layer.Build();
        string zip = _layer.Folder["demo.zip"];
        PackedLayer packed = new LayerPacker(new PackOptions(), _layer.Log).Pack(tree, zip, zip + ".state", CancellationToken.None);

        LayerMeasurement measured = new LayerMeasure(new MeasureOptions(), _layer.Log)
            .Measure(_layer.Layer, MeasuredTree.Of(new LayerZip("demo", _layer.Layer.Architectures, tree, zip)), packed);

        LayerManifest manifest = measured.Manifest;
        using ZipArchive archive = ZipFile.OpenRead(zip);
        Assert.Equal(new FileInfo(zip).Length, manifest.ZippedSize);
        Assert.Equal(archive.Entries.Sum(e => e.Length), manifest.UnzippedSize);
        Assert.Equal(archive.Entries.Count, manifest.Files);
        Assert.Equal(manifest.UnzippedSize, LayerSizes.Of(manifest).Parts.Sum(p => p.UnzippedSize));
        Assert.Equal(manifest.ZippedSize, LayerSizes.Of(manifest).Parts.Sum(p => p.ZippedSize));

        MeasuredContents contents = measured.Contents;
        Assert.Equal(archive.Entries.Select(e => e.FullName), contents.Paths);
        Assert.Equal(archive.Entries.Select(e => e.Length), contents.Sizes);
        // 30 bytes and the name before an entry's data, 46 and the name in the directory, 22 at the end of the file.
        Assert.Equal(archive.Entries.Select(e => e.CompressedLength + 76 + (2 * Encoding.UTF8.GetByteCount(e.FullName))), contents.Zipped);
        Assert.Equal(new FileInfo(zip).Length, contents.Zipped.Sum() + 22);

        byte[] page = ReportPage.Write("Demo", LayerReport.Of([contents], [], LayerBaseline.None, _ => true));
        using JsonDocument data = JsonDocument.Parse(LayerReportTests.Data(Encoding.UTF8.GetString(page)));
        JsonElement layer = data.RootElement.GetProperty("layers")[0];
        Assert.Equal(contents.Paths, LayerReportTests.Paths(layer));
        Assert.Equal(manifest.UnzippedSize, layer.GetProperty("sizes").EnumerateArray().Sum(s => s.GetInt64()));
        Assert.Equal(manifest.ZippedSize - 22, layer.GetProperty("zipped").EnumerateArray().Sum(s => s.GetInt64()));
    }

    [Fact]
    public void What_the_report_is_made_of_comes_back_as_it_was_saved()
    {
        MeasuredContents contents = new LayerExample { Declaration = LayerExample.Declare() with { MaxZippedSize = new ByteSize(9_000), MaxGrowth = "5%" } }
            .Package("boto3", "1.40", 5_000, requires: ["six"])
            .Package("six", "1.17.0", 100)
            .File("python/ü.py", 10, 130)
            .Contents();
        string path = _layer.Folder["contents.bin"];
        contents.Save(path);

        MeasuredContents read = MeasuredContents.Read(path)!;
        Assert.Equal(contents.Manifest.ToJson(), read.Manifest.ToJson());
        Assert.Equal((contents.MaxZippedSize, contents.MaxUnzippedSize, contents.MaxGrowth, contents.Roles), (read.MaxZippedSize, read.MaxUnzippedSize, read.MaxGrowth, read.Roles));
        Assert.Equal(contents.Requires, read.Requires);
        Assert.Equal(contents.Paths, read.Paths);
        Assert.Equal(contents.Sizes, read.Sizes);
        Assert.Equal(contents.Zipped, read.Zipped);
        Assert.Equal(contents.Owners, read.Owners);

        byte[] bytes = File.ReadAllBytes(path);
        bytes[^40] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Null(MeasuredContents.Read(path));
        Assert.Null(MeasuredContents.Read(path + ".none"));
    }

    [Fact]
    public void What_a_layer_is_measured_as_does_not_depend_on_where_it_is_built()
    {
        _layer.Install("python3.12", new WheelBuilder("a", "1.0").File("a.py", Text(500)));
        LayerTree tree = _layer.Build();
        Assert.Equal(Measure("one"), Measure("two"));

        string[] Measure(string folder)
        {
            string zip = _layer.Folder[folder + "/demo.zip"];
            Directory.CreateDirectory(Path.GetDirectoryName(zip)!);
            PackedLayer packed = new LayerPacker(new PackOptions(), _layer.Log).Pack(tree, zip, zip + ".state", CancellationToken.None);
            LayerMeasurement measured = new LayerMeasure(new MeasureOptions(), new DiagnosticLog())
                .Measure(_layer.Layer, MeasuredTree.Of(new LayerZip("demo", _layer.Layer.Architectures, tree, zip)), packed);
            measured.Contents.Save(zip + ".contents");
            return [.. measured.Files.Select(f => f.Bytes).Append(File.ReadAllBytes(zip + ".contents")).Select(Convert.ToHexString)];
        }
    }

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * 7 % 26))));
}
