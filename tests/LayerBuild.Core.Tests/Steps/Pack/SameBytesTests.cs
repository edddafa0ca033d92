using System.Globalization;
using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

/// <summary>The bytes of a zip do not depend on the way they came about.</summary>
public sealed class SameBytesTests
{
    [Fact]
    public void Incremental_and_from_scratch_are_the_same()
    {
        using var layer = Layer();
        using var incremental = PackedFixture.Of(layer);
        layer.Content("python/edited.py", "edited = True\n" + Text(3));
        layer.Content("python/added.py", Text(4));
        incremental.Pack(layer);

        using var scratch = PackedFixture.Of(layer);

        Assert.Equal(scratch.Sha256, incremental.Sha256);
    }

    [Fact]
    public void Nothing_changed_is_the_same()
    {
        using var layer = Layer();
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;

        packed.Pack(layer);

        Assert.Equal(first, packed.Sha256);
    }

    [Fact]
    public void Content_that_moved_is_the_same()
    {
        using var layer = Layer();
        using var packed = PackedFixture.Of(layer);
        using var moved = new LayerFixture("python3.12");
        moved.Content("python/elsewhere.py", Text(1));
        packed.Pack(moved);

        using var scratch = PackedFixture.Of(moved);

        Assert.Equal(scratch.Sha256, packed.Sha256);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0)]
    public void A_tampered_previous_zip_is_not_trusted(double where)
    {
        using var layer = Layer();
        Age(layer);
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;
        byte[] bytes = packed.Bytes;
        DateTime stamp = File.GetLastWriteTimeUtc(packed.Layer.Path);
        foreach (PackedContent content in ZipIndex.TryLoad(packed.StatePath)!.Contents.Where(c => c.Form.CompressedSize > 0))
        {
            bytes[content.DataOffset + (long)((content.Form.CompressedSize - 1) * where)] ^= 0x40;
        }

        File.WriteAllBytes(packed.Layer.Path, bytes);
        File.SetLastWriteTimeUtc(packed.Layer.Path, stamp);
        packed.Pack(layer);

        Assert.Equal(first, packed.Sha256);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void A_truncated_previous_zip_is_not_trusted(int length)
    {
        using var layer = Layer();
        Age(layer);
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;
        File.WriteAllBytes(packed.Layer.Path, packed.Bytes[..length]);

        packed.Pack(layer);

        Assert.Equal(first, packed.Sha256);
    }

    [Fact]
    public void A_missing_previous_zip_is_none()
    {
        using var layer = Layer();
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;
        File.Delete(packed.Layer.Path);

        packed.Pack(layer);

        Assert.Equal(first, packed.Sha256);
    }

    [Fact]
    public void A_damaged_state_is_none()
    {
        using var layer = Layer();
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;
        byte[] state = File.ReadAllBytes(packed.StatePath);
        for (int at = 0; at < state.Length; at += 97)
        {
            byte[] damaged = [.. state];
            damaged[at] ^= 1;
            File.WriteAllBytes(packed.StatePath, damaged);
            Assert.Null(ZipIndex.TryLoad(packed.StatePath));
        }

        packed.Pack(layer);

        Assert.Equal(first, packed.Sha256);
    }

    [Fact]
    public void Unchanged_content_is_not_read_again()
    {
        using var layer = Layer();
        Age(layer);
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;

        // Something else of the same stamp: it would show if it were read.
        string path = layer.Content("python/edited.py", Text(9)[..Text(2).Length]);
        Age(layer);
        bool sameBirth = ZipIndex.TryLoad(packed.StatePath)!.Contents.Any(c => c.Stamp == FileStamp.Of(path));
        packed.Pack(layer);

        Assert.Equal(sameBirth, first == packed.Sha256);
    }

    [Fact]
    public void Content_that_changed_a_moment_ago_is_read_again()
    {
        using var layer = Layer();
        using var packed = PackedFixture.Of(layer);
        string first = packed.Sha256;
        string path = layer.Folder["content/python/edited.py"];
        DateTime stamp = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, [.. File.ReadAllBytes(path).Reverse()]);
        File.SetLastWriteTimeUtc(path, stamp);

        packed.Pack(layer);

        Assert.NotEqual(first, packed.Sha256);
    }

    [Fact]
    public void The_cache_of_deflated_content_is_the_same_and_is_used()
    {
        using var layer = Layer();
        using var cache = new TemporaryDirectory();
        var options = new PackOptions { CachePath = cache.Path };
        using var first = PackedFixture.Of(layer, options);
        string[] kept = [.. Directory.EnumerateFiles(cache["deflated"], "*.6", SearchOption.AllDirectories)];
        Assert.NotEmpty(kept);
        using var second = PackedFixture.Of(layer, options);

        Assert.Equal(first.Sha256, second.Sha256);
        Assert.DoesNotContain(Directory.EnumerateFiles(cache.Path, "*", SearchOption.AllDirectories), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(-1)]
    public void A_damaged_cache_is_not_trusted(int where)
    {
        using var layer = Layer();
        using var cache = new TemporaryDirectory();
        var options = new PackOptions { CachePath = cache.Path };
        using var first = PackedFixture.Of(layer, options);
        foreach (string file in Directory.EnumerateFiles(cache["deflated"], "*.6", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[where < 0 ? bytes.Length - 1 : where] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        using var second = PackedFixture.Of(layer, options);

        Assert.Equal(first.Sha256, second.Sha256);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_only_costs_time()
    {
        using var layer = Layer();
        using var cache = new TemporaryDirectory();
        cache.Write("deflated", "a file in the way");
        using var with = PackedFixture.Of(layer, new PackOptions { CachePath = cache.Path });
        using var without = PackedFixture.Of(layer);

        Assert.Equal(without.Sha256, with.Sha256);
    }

    [Fact]
    public void Folder_order_locale_and_stamps_do_not_matter()
    {
        using var one = Layer();
        using var two = Layer();
        foreach (string file in Directory.EnumerateFiles(two.Folder["content"], "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        using var first = PackedFixture.Of(one);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");
            using var second = PackedFixture.Of(two);
            Assert.Equal(first.Sha256, second.Sha256);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Pieces_of_a_large_file_are_those_that_one_core_makes()
    {
        byte[] content = LargeContent.Compressible((5 * DeflateEncoder.PieceSize) + 12_345);
        var expected = new MemoryStream();
        var encoder = new DeflateEncoder(LayerPacker.CopyLevel);
        byte[] output = new byte[DeflateEncoder.MaxSize(DeflateEncoder.PieceSize)];
        for (int at = 0; at < content.Length; at += DeflateEncoder.PieceSize)
        {
            int length = Math.Min(DeflateEncoder.PieceSize, content.Length - at);
            int count = encoder.Encode(content, at, length, at + length == content.Length, output, out int skip);
            expected.Write(output, skip, count);
        }

        using var layer = new LayerFixture("python3.12");
        layer.Content("lib/large.txt", content);
        using var packed = PackedFixture.Of(layer);

        Assert.NotEqual(-1, packed.Bytes.AsSpan().IndexOf(expected.ToArray()));
        using Stream stream = packed.Open().Entries[0].Open();
        var read = new MemoryStream();
        stream.CopyTo(read);
        Assert.True(content.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(DeflateEncoder.PieceSize - 1)]
    [InlineData(DeflateEncoder.PieceSize)]
    [InlineData(DeflateEncoder.PieceSize + 1)]
    [InlineData(2 * DeflateEncoder.PieceSize)]
    [InlineData((2 * DeflateEncoder.PieceSize) + 1)]
    public void Content_of_any_size_comes_back(int size)
    {
        using var layer = new LayerFixture("python3.12");
        layer.Content("lib/random.bin", LargeContent.Random(size));
        layer.Content("lib/text.txt", LargeContent.Compressible(size));
        using var packed = PackedFixture.Of(layer);

        foreach (System.IO.Compression.ZipArchiveEntry entry in packed.Open().Entries)
        {
            using Stream stream = entry.Open();
            var read = new MemoryStream();
            stream.CopyTo(read);
            Assert.True(layer.Bytes(entry.FullName).AsSpan().SequenceEqual(read.ToArray()), entry.FullName);
        }
    }

    [Fact]
    public void A_file_that_changes_while_it_is_packed_is_an_error()
    {
        using var layer = new LayerFixture("python3.12");
        string path = layer.Content("python/a.py", Text(1));
        LayerTree tree = layer.Build();
        File.AppendAllText(path, "more");

        using var folder = new TemporaryDirectory();
        var error = Assert.Throws<Diagnostics.DiagnosticException>(() =>
            new LayerPacker(new PackOptions(), layer.Log).Pack(tree, folder["a.zip"], folder["a.bin"], CancellationToken.None));

        Assert.Equal("LB1020", error.Diagnostic.Code);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Packing_can_be_cancelled()
    {
        using var layer = Layer();
        using var folder = new TemporaryDirectory();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            new LayerPacker(new PackOptions(), layer.Log).Pack(layer.Build(), folder["a.zip"], folder["a.bin"], cancelled.Token));
    }

    private static string Text(int seed) => string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i * seed} of the file\n"));

    private static LayerFixture Layer()
    {
        var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .File("dist/__init__.py", "").File("dist/a.py", Text(7))
            .Member(new ZipMember("dist/stored.txt", Encoding.UTF8.GetBytes(Text(8))) { Method = ZipMethod.Stored })
            .EachMember(m => m.Method == ZipMethod.Deflated ? m with { Method = ZipMethod.DeflatedAsStoredBlocks } : m));
        layer.Content("python/one.py", Text(1));
        layer.Content("python/edited.py", Text(2));
        layer.Content("python/small.py", "x = 1\n");
        layer.Content("lib/large.bin", LargeContent.Compressible(2_500_000));
        layer.Content("lib/random.bin", LargeContent.Random(1_500_000));
        return layer;
    }

    /// <summary>Files that were written long ago are known by their stamps.</summary>
    private static void Age(LayerFixture layer)
    {
        foreach (string file in Directory.EnumerateFiles(layer.Folder["content"], "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
    }
}
