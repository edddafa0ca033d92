using System.Diagnostics;
using System.Text;

namespace LayerBuild.Formats.Index;

public sealed class IndexPageTests
{
    private const string Json = "application/vnd.pypi.simple.v1+json";
    private static readonly Uri Address = new("https://index.example/simple/demo/");
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void Json_gives_names_addresses_hashes_and_what_else_is_known()
    {
        IndexPage page = Parse($$$"""
            {"meta":{"api-version":"1.4","_last-serial":1},"name":"demo","versions":["1.0"],"files":[
              {"filename":"demo-1.0-py3-none-any.whl","url":"../../files/demo-1.0-py3-none-any.whl#sha256=x","hashes":{"md5":"0","sha256":"{{{Hash.ToUpperInvariant()}}}"},
               "requires-python":">=3.9","size":12,"yanked":false,"core-metadata":{"sha256":"b"},"provenance":null},
              {"filename":"demo-0.9-py3-none-any.whl","url":"https://files.example/d/demo-0.9-py3-none-any.whl","hashes":{},"yanked":"broken"},
              {"filename":"demo-0.8.tar.gz","url":"demo-0.8.tar.gz","hashes":{},"yanked":true}]}
            """, Json);

        Assert.Equal(["demo-1.0-py3-none-any.whl", "demo-0.9-py3-none-any.whl", "demo-0.8.tar.gz"], page.Files.Select(f => f.Name));
        Assert.Equal((Hash, 12L, ">=3.9", (string?)null), (page.Files[0].Sha256, page.Files[0].Size, page.Files[0].RequiresPython, page.Files[0].Yanked));
        Assert.Equal((null, null, "broken"), (page.Files[1].Sha256, page.Files[1].Size, page.Files[1].Yanked));
        Assert.Equal("", page.Files[2].Yanked);
        Assert.Equal(
            ["https://index.example/files/demo-1.0-py3-none-any.whl", "https://files.example/d/demo-0.9-py3-none-any.whl", "https://index.example/simple/demo/demo-0.8.tar.gz"],
            page.Files.Select(f => page.AddressOf(f)!.AbsoluteUri));
    }

    [Theory]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}", "version 2.0")]
    [InlineData("{\"name\":\"demo\"}", "no list of files")]
    [InlineData("{\"files\":{}}", "no list of files")]
    [InlineData("{\"files\":[", "not valid JSON")]
    [InlineData("{\"files\":[]} {}", "not valid JSON")]
    [InlineData("<html>", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void What_is_no_page_is_said(string text, string words)
    {
        Assert.Contains(words, Assert.Throws<FormatException>(() => Parse(text, Json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_that_is_odd_in_places_gives_what_is_right_in_it()
    {
        IndexPage page = Parse("""
            {"files":[1,"x",null,[],{"filename":7,"url":"a"},{"filename":"../../evil.whl","url":"a"},{"filename":"a\\b.whl","url":"a"},{"filename":".hidden","url":"a"},
             {"filename":"ok-1-py3-none-any.whl","url":"a","hashes":"none","size":-1,"yanked":{"a":[1,2]},"requires-python":[">3"]}]}
            """, Json);

        IndexFile only = Assert.Single(page.Files);
        Assert.Equal(("ok-1-py3-none-any.whl", null, null, null, null), (only.Name, only.Sha256, only.Size, only.Yanked, only.RequiresPython));
    }

    [Fact]
    public void Html_gives_the_same()
    {
        IndexPage page = Parse($"""
            <!DOCTYPE html><html><head><title>Links</title><!-- <a href="no-1-py3-none-any.whl">no</a> --></head><body>
            <a href="../../files/demo-1.0%2Bcpu-py3-none-any.whl#sha256={Hash}" data-requires-python="&gt;=3.9,&lt;4">demo</a>
            <A class=x HREF='https://files.example/demo-0.9-py3-none-any.whl?token=1&amp;a=2#md5=1&amp;sha256={Hash}' data-yanked="">demo</A>
            <a data-yanked='broken' href=demo-0.8.tar.gz>old</a><abbr href="z.whl">z</abbr><a name="top">top</a>
            </body></html>
            """, "text/html");

        Assert.Equal(["demo-1.0+cpu-py3-none-any.whl", "demo-0.9-py3-none-any.whl", "demo-0.8.tar.gz"], page.Files.Select(f => f.Name));
        Assert.Equal([Hash, Hash, null], page.Files.Select(f => f.Sha256));
        Assert.Equal([null, "", "broken"], page.Files.Select(f => f.Yanked));
        Assert.Equal(">=3.9,<4", page.Files[0].RequiresPython);
        Assert.Equal("https://files.example/demo-0.9-py3-none-any.whl?token=1&a=2", page.AddressOf(page.Files[1])!.AbsoluteUri);
    }

    [Fact]
    public void Html_may_say_what_its_links_start_from()
    {
        IndexPage page = Parse("<base href=\"https://other.example/x/\"><a href=\"demo-1-py3-none-any.whl\">d</a>", "text/html");

        Assert.Equal("https://other.example/x/demo-1-py3-none-any.whl", page.AddressOf(page.Files[0])!.AbsoluteUri);
    }

    [Theory]
    [InlineData("file:///etc/demo-1-py3-none-any.whl")]
    [InlineData("ftp://files.example/demo-1-py3-none-any.whl")]
    [InlineData("javascript:demo-1-py3-none-any.whl")]
    [InlineData("https://[/demo-1-py3-none-any.whl")]
    public void A_page_of_a_server_cannot_point_at_what_is_not_fetched(string location)
    {
        IndexPage page = Parse($"<a href=\"{location}\">d</a>", "text/html");

        Assert.All(page.Files, f => Assert.Null(page.AddressOf(f)));
    }

    [Theory]
    [InlineData("<a href=\"", "text/html")]
    [InlineData("<!--", "text/html")]
    [InlineData("<a a='", "text/html")]
    [InlineData("<a =", "text/html")]
    [InlineData("<", "text/html")]
    [InlineData("<a href=x ", "text/html")]
    [InlineData("{\"files\":[", Json)]
    [InlineData("[", Json)]
    public void Pages_that_repeat_themselves_are_read_in_linear_time(string piece, string contentType)
    {
        string page = string.Concat(Enumerable.Repeat(piece, 400_000));
        var watch = Stopwatch.StartNew();

        try
        {
            Parse(page, contentType);
        }
        catch (FormatException)
        {
            // Said, and soon.
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Cut_and_changed_pages_end_in_a_page_or_in_words()
    {
        string json = $$$"""{"meta":{"api-version":"1.0"},"files":[{"filename":"demo-1-py3-none-any.whl","url":"demo-1-py3-none-any.whl","hashes":{"sha256":"{{{Hash}}}"},"yanked":"é"}]}""";
        string html = $"<base href='/x'><!-- c --><a href=\"demo-1-py3-none-any.whl#sha256={Hash}\" data-yanked='&amp;'>d</a>";
        var random = new Random(16);
        foreach ((string text, string kind) in new[] { (json, Json), (html, "text/html") })
        {
            for (int i = 0; i < 3000; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                try
                {
                    IndexPage page = IndexPage.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)), kind, Address);
                    Assert.All(page.Files, f => Assert.True(IndexFile.IsName(f.Name)));
                    _ = page.Files.Select(page.AddressOf).ToArray();
                }
                catch (FormatException e)
                {
                    Assert.NotEmpty(e.Message);
                }
            }
        }
    }

    private static IndexPage Parse(string text, string kind) => IndexPage.Parse(Encoding.UTF8.GetBytes(text), kind, Address);
}
