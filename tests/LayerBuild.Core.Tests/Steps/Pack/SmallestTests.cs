using System.Text;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

public sealed class SmallestTests
{
    [Fact]
    public void Smallest_deflates_again_what_becomes_smaller_and_keeps_the_rest()
    {
        using var layer = Layer();
        using var copy = PackedFixture.Of(layer);
        using var smallest = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });

        Assert.All(copy.Layer.Entries.Zip(smallest.Layer.Entries), pair => Assert.True(pair.Second.CompressedSize <= pair.First.CompressedSize));
        Assert.True(smallest.Layer.ZippedSize < copy.Layer.ZippedSize / 2);
        foreach (System.IO.Compression.ZipArchiveEntry entry in smallest.Open().Entries)
        {
            using Stream stream = entry.Open();
            var read = new MemoryStream();
            stream.CopyTo(read);
            Assert.Equal(layer.Bytes(entry.FullName), read.ToArray());
        }
    }

    [Fact]
    public void Smallest_is_the_same_from_scratch_incremental_and_from_the_cache()
    {
        using var layer = Layer();
        using var cache = new TemporaryDirectory();
        using var packed = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest, CachePath = cache.Path });
        string first = packed.Sha256;
        packed.Pack(layer);
        Assert.Equal(first, packed.Sha256);
        File.Delete(packed.StatePath);
        packed.Pack(layer);
        Assert.Equal(first, packed.Sha256);

        using var scratch = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });
        Assert.Equal(first, scratch.Sha256);
    }

    [Fact]
    public void A_zip_over_the_limit_is_packed_smallest_by_itself_and_says_so()
    {
        using var layer = Layer();
        using var copy = PackedFixture.Of(layer);
        using var smallest = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });
        using var automatic = PackedFixture.Of(layer, new PackOptions { SmallestAbove = smallest.Layer.ZippedSize });

        Assert.Equal(smallest.Sha256, automatic.Sha256);
        Assert.Contains("Packed as small as possible", Assert.Single(automatic.Log.Diagnostics).Message, StringComparison.Ordinal);
        automatic.Pack(layer);
        Assert.Equal(smallest.Sha256, automatic.Sha256);
        Assert.False(File.Exists(automatic["layer.zip.tmp.smallest"]));
    }

    [Fact]
    public void A_limit_that_smallest_does_not_meet_changes_nothing()
    {
        using var layer = Layer();
        using var copy = PackedFixture.Of(layer);
        using var smallest = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });
        using var automatic = PackedFixture.Of(layer, new PackOptions { SmallestAbove = smallest.Layer.ZippedSize - 1 });

        Assert.Equal(copy.Sha256, automatic.Sha256);
        Assert.Empty(automatic.Log.Diagnostics);
        automatic.Pack(layer);
        Assert.Equal(copy.Sha256, automatic.Sha256);
    }

    [Fact]
    public void What_smallest_saves_is_found_out_once_for_the_same_wheels()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .Member(new ZipMember("dist/random.bin", LargeContent.Random(1_000_000)) { Method = ZipMethod.DeflatedAsStoredBlocks }));
        using var cache = new TemporaryDirectory();
        using var copy = PackedFixture.Of(layer);
        using var smallest = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });

        // By the sample this much less is possible; what came out shows that it is not.
        long limit = smallest.Layer.ZippedSize - 5000;
        Assert.True(Saving().MayBring(copy.Layer, limit));
        Saving().Remember(smallest.Layer);
        Assert.True(Saving().MayBring(copy.Layer, smallest.Layer.ZippedSize));
        Assert.False(Saving().MayBring(copy.Layer, limit));

        // A note that was damaged, or of other wheels, is not believed.
        string note = Assert.Single(Directory.GetFiles(Path.Combine(cache.Path, "smallest")));
        byte[] bytes = File.ReadAllBytes(note);
        bytes[^40] ^= 1;
        File.WriteAllBytes(note, bytes);
        Assert.True(Saving().MayBring(copy.Layer, limit));

        SmallestSaving Saving() => SmallestSaving.Of(layer.Tree!, cache.Path, CancellationToken.None);
    }

    [Fact]
    public void A_limit_far_below_is_not_even_tried()
    {
        using var layer = Layer();
        using var copy = PackedFixture.Of(layer);

        Assert.False(SmallestSaving.Of(layer.Tree!, null, CancellationToken.None).MayBring(copy.Layer, 1000));
    }

    [Fact]
    public void The_sample_of_what_smallest_saves_comes_close()
    {
        // Wheels as pip's usual tools make them: level 6, which leaves little to save.
        using var layer = new LayerFixture("python3.12");
        var wheel = new WheelBuilder("dist", "1.0");
        for (int i = 0; i < 40; i++)
        {
            wheel.File($"dist/m{i}.py", string.Concat(Enumerable.Range(0, 200 * (i + 1)).Select(n => $"value_{n * (i + 7) % 997} = {n * n % 1009}\n")));
        }

        layer.Install("python3.12", wheel);
        using var copy = PackedFixture.Of(layer);
        using var smallest = PackedFixture.Of(layer, new PackOptions { Compression = LayerCompression.Smallest });
        SmallestSaving saving = SmallestSaving.Of(layer.Tree!, null, CancellationToken.None);

        Assert.True(saving.MayBring(copy.Layer, smallest.Layer.ZippedSize));
        Assert.False(saving.MayBring(copy.Layer, smallest.Layer.ZippedSize * 97 / 100));
    }

    private static LayerFixture Layer()
    {
        string text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i} of the file\n"));
        var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0")
            .Member(new ZipMember("dist/blocks.txt", Encoding.UTF8.GetBytes(text)) { Method = ZipMethod.DeflatedAsStoredBlocks })
            .Member(new ZipMember("dist/random.bin", LargeContent.Random(50_000)) { Method = ZipMethod.DeflatedAsStoredBlocks })
            .Member(new ZipMember("dist/stored.txt", Encoding.UTF8.GetBytes(text)) { Method = ZipMethod.Stored })
            .File("dist/a.py", "x = 1\n"));
        layer.Content("python/own.txt", text);
        return layer;
    }
}
