using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Formats.Zip;

/// <summary>What a zip of ours looks like to others, byte by byte.</summary>
public sealed class ZipFormatTests
{
    [Fact]
    public void The_smallest_layer_is_these_bytes()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Content("python/test2.py", "var_from_test2 = 'this is str in test2'\n");
        using var packed = PackedFixture.Of(layer);

        Assert.Equal("80068fea5c8234db3d693eb1a8890e2ac26d838e1c8dc1dc7dcd0ca9391ad847", packed.Sha256);
    }

    [Fact]
    public void The_bytes_of_a_layer_with_everything_do_not_drift()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);

        Assert.Equal("ffd061158ce79e323c6de3f07443f736aaf3c2cd1de9c59f27fe31edeb2543d0", packed.Sha256);
    }

    [Fact]
    public void The_bytes_of_large_content_do_not_drift()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Content("lib/large.bin", LargeContent.Compressible(3_500_000));
        layer.Content("lib/random.bin", LargeContent.Random(1_200_000));
        using var packed = PackedFixture.Of(layer);

        Assert.Equal("2a9e8762efa648f149956791f83edcbceae894ee01949b7ba5bc0e0e1b21fde9", packed.Sha256);
    }

    [Fact]
    public void Headers_say_nothing_of_the_machine()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);
        byte[] zip = packed.Bytes;
        int at = BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(zip.Length - 6));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(zip.Length - 12));
        long expected = 0;
        Assert.Equal(layer.Tree!.Entries.Count, count);
        foreach (LayerEntry entry in layer.Tree.Entries)
        {
            ReadOnlySpan<byte> central = zip.AsSpan(at);
            ReadOnlySpan<byte> local = zip.AsSpan(BinaryPrimitives.ReadInt32LittleEndian(central[42..]));
            string name = entry.Path.Value;
            int nameLength = Encoding.UTF8.GetByteCount(name);
            bool deflated = BinaryPrimitives.ReadUInt16LittleEndian(central[10..]) == 8;

            Assert.Equal(expected, BinaryPrimitives.ReadInt32LittleEndian(central[42..]));
            Assert.Equal([20, 3], central[4..6].ToArray());
            Assert.Equal(deflated ? 20 : 10, BinaryPrimitives.ReadUInt16LittleEndian(central[6..]));
            Assert.Equal(name.All(char.IsAscii) ? 0 : 0x800, BinaryPrimitives.ReadUInt16LittleEndian(central[8..]));
            Assert.Equal([0, 0, 0x21, 0], central[12..16].ToArray());
            Assert.Equal(name, Encoding.UTF8.GetString(central.Slice(46, nameLength)));
            Assert.Equal([(byte)nameLength, (byte)(nameLength >> 8), 0, 0, 0, 0, 0, 0, 0, 0], central[28..38].ToArray());
            uint mode = entry.Kind switch
            {
                EntryKind.SymbolicLink => Convert.ToUInt32("120777", 8),
                EntryKind.Executable => Convert.ToUInt32("100755", 8),
                _ => Convert.ToUInt32("100644", 8),
            };
            Assert.Equal(mode << 16, BinaryPrimitives.ReadUInt32LittleEndian(central[38..]));
            Assert.Equal(central[6..28].ToArray(), local[4..26].ToArray());
            Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(local[28..]));
            Assert.Equal(name, Encoding.UTF8.GetString(local.Slice(30, nameLength)));
            expected += 30 + nameLength + BinaryPrimitives.ReadUInt32LittleEndian(central[20..]);
            at += 46 + nameLength;
        }

        Assert.Equal(zip.Length - 22, at);
        Assert.Equal(expected, BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(zip.Length - 6)));
    }

    [Fact]
    public void The_result_describes_the_zip()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);
        PackedLayer result = packed.Layer;

        Assert.Equal(packed.Bytes.Length, result.ZippedSize);
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(packed.Bytes)), result.CodeSha256);
        Assert.Equal(layer.Tree!.UnzippedSize, result.UnzippedSize);
        Assert.Equal(layer.Tree.Entries.Select(e => (e.Path, e.Kind, e.Content.Size)), result.Entries.Select(e => (e.Path, e.Kind, e.Size)));
        Assert.Equal(result.ZippedSize - 22, result.Entries.Sum(e => e.CompressedSize + e.HeaderSize));
        using ZipArchive zip = packed.Open();
        Assert.Equal(zip.Entries.Select(e => (e.FullName, e.Crc32, e.CompressedLength)), result.Entries.Select(e => (e.Path.Value, e.Crc32, e.CompressedSize)));
    }

    [Fact]
    public void DotNet_reads_what_was_packed()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);
        using ZipArchive zip = packed.Open();

        Assert.Equal(layer.Tree!.Entries.Select(e => e.Path.Value), zip.Entries.Select(e => e.FullName));
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Assert.Equal(layer.Bytes(entry.FullName), bytes.ToArray());
            Assert.Equal(new DateTime(1980, 1, 1), entry.LastWriteTime.DateTime);
        }
    }

    [RequiresProgramFact("unzip")]
    public void Unzip_finds_no_fault()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);

        (int exit, string output) = Programs.Run(Programs.Find("unzip")!, packed.Folder, [], "-t", packed.Layer.Path);

        Assert.True(exit == 0 && output.Contains("No errors detected", StringComparison.Ordinal), output);
    }

    [RequiresProgramFact("zipinfo")]
    public void Zipinfo_shows_Unix_modes_and_no_extras()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);

        (_, string output) = Programs.Run(Programs.Find("zipinfo")!, packed.Folder, [], "-l", packed.Layer.Path);

        string[] lines = output.Split('\n');
        Assert.Contains(lines, l => l.StartsWith("-rwxr-xr-x  2.0 unx", StringComparison.Ordinal) && l.EndsWith(" defN 80-Jan-01 00:00 bin/tool", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("lrwxrwxrwx  2.0 unx", StringComparison.Ordinal) && l.EndsWith(" 80-Jan-01 00:00 lib/libfoo.so", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("-rw-r--r--  2.0 unx", StringComparison.Ordinal) && l.EndsWith(" 80-Jan-01 00:00 python/dist/a.py", StringComparison.Ordinal));
    }

    [RequiresPythonFact]
    public void Python_reads_what_was_packed_and_imports_from_it()
    {
        using var layer = Everything();
        using var packed = PackedFixture.Of(layer);

        (int exit, string output) = Programs.Run(
            TestPython.Newest.Path, packed.Folder, [],
            "-I", "-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; sys.path.insert(0, sys.argv[1] + '/python'); import dist.a; print(len(z.namelist()), dist.a.x)", packed.Layer.Path);

        Assert.True(exit == 0, output);
        Assert.Equal($"{layer.Tree!.Entries.Count} 1", output.Trim());
    }

    [Fact]
    public void A_wheels_deflated_bytes_are_copied_and_all_else_is_deflated_here()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all work and no play ", 100)));
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .Member(new ZipMember("raw.txt", text) { Method = ZipMethod.DeflatedAsStoredBlocks })
            .Member(new ZipMember("stored.txt", text) { Method = ZipMethod.Stored })
            .Member(new ZipMember("random.bin", LargeContent.Random(1000)) { Method = ZipMethod.Stored })
            .Member(new ZipMember("empty.py", [])));
        layer.Content("python/own.txt", text);
        layer.Content("python/own.bin", LargeContent.Random(1000));
        using var packed = PackedFixture.Of(layer);

        PackedEntry Of(string name) => packed.Layer.Entries.Single(e => e.Path.FileName == name);
        Assert.Equal(text.Length + 5, Of("raw.txt").CompressedSize);
        Assert.InRange(Of("own.txt").CompressedSize, 1, 100);
        Assert.Equal(Of("own.txt").CompressedSize, Of("stored.txt").CompressedSize);
        Assert.Equal(1000, Of("random.bin").CompressedSize);
        Assert.Equal(1000, Of("own.bin").CompressedSize);
        Assert.Equal(0, Of("empty.py").CompressedSize);
    }

    [Fact]
    public void A_wheel_that_was_built_here_is_deflated_here()
    {
        // Its deflated bytes are those of this machine's zlib.
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all work and no play ", 100)));
        string Pack(ZipMethod method)
        {
            using var layer = new LayerFixture("python3.12");
            layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("a.txt", text).EachMember(m => m with { Method = method }), built: true);
            using var packed = PackedFixture.Of(layer);
            return packed.Sha256;
        }

        Assert.Equal(Pack(ZipMethod.Deflated), Pack(ZipMethod.DeflatedAsStoredBlocks));
    }

    [Fact]
    public void More_entries_than_a_zip_can_count_need_zip64()
    {
        using var folder = new TemporaryDirectory();
        using (var zip = new ZipWriter(folder["a.zip"]))
        {
            for (int i = 0; i < 65_536; i++)
            {
                zip.Begin(ZipPath.Parse($"python/{i:d5}"), EntryKind.File, default);
            }

            zip.Finish();
        }

        using ZipArchive read = ZipFile.OpenRead(folder["a.zip"]);
        Assert.Equal(65_536, read.Entries.Count);
        if (Programs.Find("unzip") is { } unzip)
        {
            Assert.Contains("No errors detected", Programs.Run(unzip, folder.Path, [], "-tq", folder["a.zip"]).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void As_many_as_it_can_count_need_none()
    {
        using var folder = new TemporaryDirectory();
        using (var zip = new ZipWriter(folder["a.zip"]))
        {
            for (int i = 0; i < 65_534; i++)
            {
                zip.Begin(ZipPath.Parse($"python/{i:d5}"), EntryKind.File, default);
            }

            zip.Finish();
        }

        byte[] bytes = File.ReadAllBytes(folder["a.zip"]);
        Assert.Equal(-1, bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 6, 6]));
    }

    private static LayerFixture Everything()
    {
        var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("dist/__init__.py", "").File("dist/a.py", "x = 1\n").File("dist/ü.txt", "ü").File("dist/run.sh", "#!/bin/sh\n", executable: true)
            .Member(new ZipMember("dist/stored.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("stored ", 50)))) { Method = ZipMethod.Stored })
            .EntryPoint("console_scripts", "tool", "dist.a:main")
            .EachMember(m => m.Method == ZipMethod.Deflated ? m with { Method = ZipMethod.DeflatedAsStoredBlocks } : m));
        layer.Content("bin/tool", string.Concat(Enumerable.Repeat("echo tool\n", 20)), EntryKind.Executable);
        layer.Content("python/mine.py", "y = 2\n");
        layer.Content("python/empty.py", "");
        layer.Content("python/名前.py", "z = 3\n");
        layer.Link("lib/libfoo.so", "libfoo.so.1");
        layer.Build();
        return layer;
    }
}
