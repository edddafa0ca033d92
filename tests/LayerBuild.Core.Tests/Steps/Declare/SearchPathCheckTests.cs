using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

public sealed class SearchPathCheckTests
{
    [Theory]
    [InlineData("python3.13", "python/a.py")]
    [InlineData("python3.13", "python/lib/python3.13/site-packages/a.py")]
    [InlineData("python3.13", "bin/tool")]
    [InlineData("python3.13", "lib/libx.so")]
    [InlineData("python3.13", "extensions/log")]
    [InlineData("nodejs22.x", "nodejs/index.js")]
    [InlineData("python3.13;nodejs22.x", "nodejs/index.js")]
    [InlineData("", "java/lib/a.jar")]
    [InlineData("provided.al2023", "anything")]
    [InlineData("python3.13;provided.al2023", "anything")]
    public void What_a_runtime_looks_at_is_right(string runtimes, string path) => Assert.Empty(Check(runtimes, [path]));

    [Theory]
    [InlineData("python3.13", "test2.py", "'python/test2.py'")]
    [InlineData("python3.13", "pyhton/tool.py", "'python/tool.py'")]
    [InlineData("python3.13", "Python/tool.py", "case-sensitive")]
    [InlineData("python3.13", "python/lib/python3.9/site-packages/a.py", "python3.9 missing")]
    [InlineData("nodejs22.x", "index.js", "'nodejs/index.js'")]
    [InlineData("python3.13", "nodejs/index.js", "no declared runtime (python3.13)")]
    [InlineData("", "a.jar", "'java/lib/a.jar'")]
    public void What_none_looks_at_is_an_error_that_says_where_it_belongs(string runtimes, string path, string says)
    {
        Diagnostic error = Assert.Single(Check(runtimes, [path]));

        Assert.Equal("LB1005", error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_an_extension_lie_beside_it()
    {
        Assert.Empty(Check("python3.13", ["extensions/log", "log/main.py"]));
        Assert.Single(Check("python3.13", ["log/main.py"]));
    }

    [Fact]
    public void A_long_list_is_cut_short_and_what_is_accepted_is_not_in_it()
    {
        string[] paths = [.. Enumerable.Range(1, 8).Select(i => $"f{i}.bin")];

        Assert.Contains("and 3 more", Assert.Single(Check("python3.13", paths)).Message, StringComparison.Ordinal);
        Assert.Empty(Check("python3.13", paths, allowed: _ => true));
    }

    private static List<Diagnostic> Check(string runtimes, string[] paths, Func<ZipPath, bool>? allowed = null)
    {
        var log = new DiagnosticLog();
        var layer = new LayerDeclaration
        {
            Name = LayerName.TryParse("one", out LayerName name) ? name : default,
            ProjectDirectory = "/",
            Runtimes = [.. LayerItem.Split(runtimes).Select(id => LambdaRuntime.Find(id)!)],
        };
        SearchPathCheck.Check(layer, paths.Select(p => ZipPath.TryParse(p, out ZipPath path) ? path : default), allowed ?? (_ => false), log);
        return log.Diagnostics;
    }
}
