using System.Text;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Wheel;

/// <summary>Wheels that nobody should install: each is LB2006, and nothing is written anywhere.</summary>
public sealed class HostileWheelTests
{
    private static readonly Dictionary<string, (Func<WheelBuilder> Wheel, string Says)> Cases = new()
    {
        ["climbs"] = (() => Good().File("../evil.py", "x"), "would leave the folder"),
        ["climbs from within"] = (() => Good().File("dist/../../evil.py", "x"), "would leave the folder"),
        ["climbs as a folder"] = (() => Good().Member(new ZipMember("../evil/", [])), "would leave the folder"),
        ["absolute"] = (() => Good().File("/tmp/evil.py", "x"), "would leave the folder"),
        ["drive letter"] = (() => Good().File("C:/evil.py", "x"), "would leave the folder"),
        ["backslashes"] = (() => Good().File("..\\evil.py", "x"), "would leave the folder"),
        ["control character"] = (() => Good().File("a\0b.py", "x"), "would leave the folder"),
        ["climbs out of .data"] = (() => Good().Data("scripts", "../../../evil", "x"), "would leave the folder"),
        ["unknown .data key"] = (() => Good().Data("etc", "evil", "x"), "is for 'etc'"),
        ["two dist-infos"] = (() => Good().File("other-1.0.dist-info/METADATA", "x"), "several .dist-info"),
        ["no dist-info"] = (() => Good().WithoutMetadata().WithoutRecord().WithoutWheelFile(), "no .dist-info"),
        ["dist-info of another package"] = (() => Good().NamedDistInfo("other-1.0.dist-info"), "not for the package"),
        ["dist-info of another version"] = (() => Good().NamedDistInfo("dist-1.1.dist-info"), "not for the package and version"),
        ["no WHEEL"] = (() => Good().WithoutWheelFile(), "has no dist-1.0.dist-info/WHEEL"),
        ["no METADATA"] = (() => Good().WithoutMetadata(), "has no dist-1.0.dist-info/METADATA"),
        ["no RECORD"] = (() => Good().WithoutRecord(), "has no dist-1.0.dist-info/RECORD"),
        ["Wheel-Version 2.0"] = (() => Good().WheelVersion("2.0"), "Wheel-Version is 2.0"),
        ["Wheel-Version in words"] = (() => Good().WheelVersion("one"), "no Wheel-Version"),
        ["METADATA of another package"] = (() => new WheelBuilder("other", "1.0").NamedDistInfo("dist-1.0.dist-info").NamedFile("dist-1.0-py3-none-any.whl"), "METADATA is for other"),
        ["unlisted file"] = (() => Good().Unlisted("dist/a.py"), "does not list 'dist/a.py'"),
        ["listed file that is missing"] = (() => Good().ExtraRecordRow("dist/gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"), "lists 'dist/gone.py'"),
        ["RECORD climbs"] = (() => Good().ExtraRecordRow("../../bin/x,,"), "a path outside"),
        ["wrong hash"] = (() => Good().RecordRow("dist/a.py", "dist/a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,6"), "hash or size differ"),
        ["wrong size"] = (() => Good().RecordRow("dist/a.py", Row("dist/a.py", 7)), "hash or size differ"),
        ["no hash"] = (() => Good().RecordRow("dist/a.py", "dist/a.py,,"), "no hash for 'dist/a.py'"),
        ["MD5"] = (() => Good().RecordRow("dist/a.py", "dist/a.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,6"), "no sha256 (or better)"),
        ["hash that is none"] = (() => Good().RecordRow("dist/a.py", "dist/a.py,sha256=abc,6"), "no valid hash"),
        ["size that is none"] = (() => Good().RecordRow("dist/a.py", "dist/a.py,sha256=abc,-6"), "no valid size"),
        ["RECORD with open quotes"] = (() => Good().ExtraRecordRow("\"dist"), "inside quotes"),
        ["same name twice"] = (() => Good().File("dist/a.py", "x = 1\n"), "'dist/a.py' twice"),
        ["same place twice"] = (() => Good().Data("purelib", "dist/a.py", "x = 1\n"), "would be one file"),
        ["encrypted"] = (() => Good().Member(Odd() with { Flags = 1 }), "is encrypted"),
        ["strongly encrypted"] = (() => Good().Member(Odd() with { Flags = 0x41 }), "is encrypted"),
        ["patch data"] = (() => Good().Member(Odd() with { Flags = 0x20 }), "unknown flags 0x0020"),
        ["bzip2"] = (() => Good().Member(Odd() with { MethodNumber = 12 }), "method 12"),
        ["wrong CRC"] = (() => Good().Member(Odd() with { Crc32 = 1 }), "CRC-32 of 'dist/odd.py'"),
        ["inflates to more"] = (() => Good().Member(Odd() with { Size = 1 }), "does not inflate to the size"),
        ["inflates to less"] = (() => Good().Member(Odd() with { Size = 100 }), "does not inflate to the size"),
        ["stored with another size"] = (() => Good().Member(Odd() with { Method = ZipMethod.Stored, Size = 1 }), "contradicts itself"),
        ["cut short"] = (() => Good().Member(Odd() with { CompressedSize = 3 }), "'dist/odd.py'"),
        ["bytes behind the deflated ones"] = (() => Good().Member(new ZipMember("dist/odd.py", new byte[10]) { Method = ZipMethod.Stored, MethodNumber = 8 }), "'dist/odd.py'"),
        ["not deflated at all"] = (() => Good().Member(new ZipMember("dist/odd.py", [0xff, 0xff, 0xff]) { Method = ZipMethod.Stored, MethodNumber = 8 }), "'dist/odd.py'"),
        ["longer than the file"] = (() => Good().Member(Odd() with { CompressedSize = 0x7fffffff }), "longer than the file"),
        ["somewhere else"] = (() => Good().Member(Odd() with { Offset = 0x7fffffff }), "is not where"),
        ["over another member"] = (() => Good().Member(Odd() with { Offset = 0 }), "dist/odd.py"),
        ["two names"] = (() => Good().Member(Odd() with { LocalName = "dist/other.py" }), "two headers of 'dist/odd.py'"),
        ["folder with bytes"] = (() => Good().Member(new ZipMember("dist/folder/", [1])), "has content"),
        ["script that names no function"] = (() => Good().EntryPoint("console_scripts", "tool", "os; import evil"), "names no function"),
        ["script of the folder"] = (() => Good().EntryPoint("console_scripts", "..", "a:b"), "names no function"),
        ["script with a control character"] = (() => Good().EntryPoint("console_scripts", "a\u0001b", "a:b"), "names no function"),
        ["script that climbs"] = (() => Good().EntryPoint("console_scripts", "../../evil", "a:b"), "names no function"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_wheel_is_refused_and_nothing_is_written(string name)
    {
        using var layer = new LayerFixture("python3.12");
        (Func<WheelBuilder> wheel, string says) = Cases[name];
        layer.Install("python3.12", wheel());
        string[] before = Snapshot(layer);

        Assert.Null(layer.TryBuild());

        string message = Assert.Single(layer.Log.Diagnostics, d => d.Code == "LB2006").Message;
        Assert.Contains("dist-1.0-py3-none-any.whl", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot(layer).Where(p => !p.EndsWith(".index", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(-1)]
    [InlineData(-22)]
    [InlineData(-100)]
    public void A_wheel_that_is_cut_is_refused(int length)
    {
        using var layer = new LayerFixture("python3.12");
        byte[] bytes = Good().ToBytes();
        string path = layer.Folder["wheels/dist-1.0-py3-none-any.whl"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes[..(length < 0 ? bytes.Length + length : length)]);
        layer.Install("python3.12", path);

        Assert.Null(layer.TryBuild());
        Assert.Equal(["LB2006"], layer.Codes);
    }

    [Fact]
    public void A_wheel_with_any_byte_changed_is_refused_or_reads_as_it_was()
    {
        byte[] good = Good().Member(Odd() with { DataDescriptor = true }).Member(new ZipMember("dist/big.py", new byte[300]) { Zip64 = true }).ToBytes();
        using var reference = new LayerFixture("python3.12");
        reference.Install("python3.12", Good().Member(Odd() with { DataDescriptor = true }).Member(new ZipMember("dist/big.py", new byte[300]) { Zip64 = true }));
        reference.Build();
        var random = new Random(1);
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = [.. good];
            bytes[round < good.Length ? good.Length - 1 - round : random.Next(good.Length)] ^= (byte)(1 << random.Next(8));
            using var layer = new LayerFixture("python3.12");
            string path = layer.Folder["wheels/dist-1.0-py3-none-any.whl"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
            layer.Install("python3.12", path);

            LayerTree? tree = layer.TryBuild();
            if (tree is null)
            {
                Assert.Equal(["LB2006"], layer.Codes.Distinct());
                continue;
            }

            // Stamps, attributes and the like: whatever was changed, it was not what a layer takes.
            Assert.Equal(reference.Tree!.Entries.Select(e => e.Path), tree.Entries.Select(e => e.Path));
            foreach (LayerEntry entry in tree.Entries.Where(e => !e.Path.Value.EndsWith("/RECORD", StringComparison.Ordinal)))
            {
                Assert.Equal(reference.Bytes(entry.Path.Value), layer.Bytes(entry.Path.Value));
            }
        }
    }

    [Fact]
    public void A_hostile_wheel_does_not_stop_others_from_being_reported()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", Good().File("../evil.py", "x"));
        layer.Install("python3.12", new WheelBuilder("second", "1.0").WithoutRecord());

        Assert.Null(layer.TryBuild());
        Assert.Equal(["LB2006", "LB2006"], layer.Codes);
    }

    private static WheelBuilder Good() => new WheelBuilder("dist", "1.0").File("dist/a.py", "x = 1\n");

    private static ZipMember Odd() => new("dist/odd.py", Encoding.UTF8.GetBytes("odd = 'odd odd odd odd odd odd'\n"));

    private static string Row(string path, int size)
    {
        string hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData("x = 1\n"u8)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"{path},sha256={hash},{size}";
    }

    private static string[] Snapshot(LayerFixture layer) =>
        [.. Directory.EnumerateFileSystemEntries(Directory.GetParent(layer.Folder.Path)!.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
