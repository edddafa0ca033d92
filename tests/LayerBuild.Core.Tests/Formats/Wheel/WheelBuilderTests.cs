using System.IO.Compression;

namespace LayerBuild.Formats.Wheel;

public sealed class WheelBuilderTests
{
    [Fact]
    public void A_built_wheel_is_a_zip_that_others_read()
    {
        using var folder = new TemporaryDirectory();
        string path = new WheelBuilder("My.Dist-x", "1.0", "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64")
            .File("my_dist/__init__.py", "x = 1\n")
            .Member(new ZipMember("a", [1, 2]) { DataDescriptor = true })
            .Member(new ZipMember("b", [1, 2]) { Zip64 = true, Method = ZipMethod.Stored })
            .Member(new ZipMember("c", new byte[200_000]) { Method = ZipMethod.DeflatedAsStoredBlocks })
            .Requires("six>=1")
            .EntryPoint("console_scripts", "tool", "my_dist:main")
            .WriteTo(folder["wheels"]);

        Assert.Equal("my_dist_x-1.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", Path.GetFileName(path));
        using ZipArchive zip = ZipFile.OpenRead(path);
        Assert.Equal(
            ["my_dist/__init__.py", "a", "b", "c", .. new[] { "METADATA", "WHEEL", "entry_points.txt", "RECORD" }.Select(f => "my_dist_x-1.0.dist-info/" + f)],
            zip.Entries.Select(e => e.FullName));
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            stream.CopyTo(Stream.Null);
        }

        using var record = new StreamReader(zip.GetEntry("my_dist_x-1.0.dist-info/RECORD")!.Open());
        Assert.StartsWith("my_dist/__init__.py,sha256=", record.ReadToEnd(), StringComparison.Ordinal);
    }
}
