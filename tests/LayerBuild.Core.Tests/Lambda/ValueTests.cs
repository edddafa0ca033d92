using LayerBuild.Diagnostics;

namespace LayerBuild.Lambda;

/// <summary>The small values that items are made of.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("share_package")]
    [InlineData("A-b_9")]
    public void A_layer_name_may_be(string name)
    {
        Assert.True(LayerName.TryParse(name, out LayerName parsed));
        Assert.Equal(name, parsed.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:layer:a")]
    public void A_layer_name_may_not_be(string name) => Assert.False(LayerName.TryParse(name, out _));

    [Fact]
    public void A_layer_name_has_at_most_140_characters()
    {
        Assert.True(LayerName.TryParse(new string('a', 140), out _));
        Assert.False(LayerName.TryParse(new string('a', 141), out _));
    }

    [Theory]
    [InlineData("python/a.py", "python/a.py")]
    [InlineData("./python//a.py", "python/a.py")]
    [InlineData("python/./a.py", "python/a.py")]
    [InlineData("python/..a/b..", "python/..a/b..")]
    [InlineData("a", "a")]
    public void A_zip_path_is_folded(string text, string path)
    {
        Assert.True(ZipPath.TryParse(text, out ZipPath parsed));
        Assert.Equal(path, parsed.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/..")]
    [InlineData("a\\b")]
    [InlineData("C:/a")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_zip_path_stays_inside(string text) => Assert.False(ZipPath.TryParse(text, out _));

    [Fact]
    public void Zip_paths_are_sorted_by_ordinal()
    {
        string[] sorted = ["Z", "a", "a-b", "a/b", "ab", "é"];

        Assert.Equal(sorted, sorted.Reverse().Select(Parse).Order().Select(p => p.Value));

        static ZipPath Parse(string text) => ZipPath.TryParse(text, out ZipPath path) ? path : throw new FormatException(text);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("12582912", 12_582_912)]
    [InlineData("12 MB", 12_000_000)]
    [InlineData("12MiB", 12_582_912)]
    [InlineData("1.5 kb", 1_500)]
    [InlineData("250 MiB", 262_144_000)]
    [InlineData("1 GB", 1_000_000_000)]
    [InlineData(" 7 B ", 7)]
    public void A_size_may_have_a_unit(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("1,5 MB")]
    [InlineData("1e6")]
    [InlineData("12 parsecs")]
    [InlineData("99999999999999 GB")]
    public void A_size_that_is_none_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("Python3.13", "python3.13")]
    [InlineData("python 3.13", "python3.13")]
    [InlineData("python313", "python3.13")]
    [InlineData("pyton3.12", "python3.12")]
    [InlineData("jvaa25", "java25")]
    [InlineData("nodejs22", "nodejs22.x")]
    [InlineData("cobol", null)]
    [InlineData("x", null)]
    public void The_closest_word_is_what_was_meant(string written, string? meant) =>
        Assert.Equal(meant, Spelling.Closest(written, LambdaRuntime.All.Select(r => r.Id)));
}
