using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

public sealed class ContentCollectorTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly DiagnosticLog _log = new();
    private LayerDeclaration _layer;

    public ContentCollectorTests()
    {
        _layer = new LayerDeclaration
        {
            Name = LayerName.TryParse("one", out LayerName name) ? name : default,
            ProjectDirectory = _folder.Path,
            ProjectFile = _folder["app.csproj"],
            SourceDirectory = _folder["layers/one"],
        };
        Directory.CreateDirectory(_folder["layers/one"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tree_is_listed_in_ordinal_order_without_droppings()
    {
        foreach (string file in new[] { "python/b.py", "python/B.py", "python/a/z.py", "python/__pycache__/b.pyc", ".DS_Store", "python/Thumbs.db" })
        {
            _folder.Write("layers/one/" + file, "");
        }

        Assert.Equal(["python/B.py", "python/a/z.py", "python/b.py"], Collect());
    }

    [Theory]
    [InlineData("requirements.txt")]
    [InlineData("requirements-dev.lock.txt")]
    [InlineData("python/requirements.txt")]
    [InlineData("package.json")]
    [InlineData(".npmrc")]
    [InlineData("pip.conf")]
    [InlineData("web/package.json")]
    [InlineData("web/node_modules/x/index.js")]
    [InlineData("reqs/dev.txt")]
    [InlineData("reqs/dev.lock.txt")]
    public void What_drives_the_build_is_no_content(string file)
    {
        _layer = _layer with { PackageJson = _folder["layers/one/web/package.json"], RequirementFiles = [_folder["layers/one/reqs/dev.txt"]] };
        _folder.Write("layers/one/" + file, "");

        Assert.Empty(Collect());
    }

    [Theory]
    [InlineData("bin/tool", true)]
    [InlineData("extensions/log", true)]
    [InlineData("python/bin/tool", true)]
    [InlineData("bootstrap", true)]
    [InlineData("python/bootstrap", false)]
    public void What_Lambda_runs_is_executable(string file, bool executable)
    {
        _folder.Write("layers/one/" + file, "");

        Assert.Equal(executable ? EntryKind.Executable : EntryKind.File, Assert.Single(new ContentCollector(_log).Collect(_layer)!).Kind);
    }

    [UnixFact]
    public void What_its_owner_may_execute_is_executable()
    {
        string file = _folder.Write("layers/one/python/tool", "");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal(EntryKind.Executable, Assert.Single(new ContentCollector(_log).Collect(_layer)!).Kind);
    }

    [UnixFact]
    public void A_link_is_kept_when_it_stays_inside()
    {
        _folder.Write("layers/one/lib/libx.so.1", "");
        File.CreateSymbolicLink(_folder["layers/one/lib/libx.so"], "../lib/libx.so.1");

        Assert.Equal(["lib/libx.so", "lib/libx.so.1"], Collect());
        Assert.Equal("../lib/libx.so.1", new ContentCollector(_log).Collect(_layer)![0].LinkTarget);
    }

    [UnixFact]
    public void A_link_out_of_the_layer_is_refused_though_it_comes_back()
    {
        foreach (string target in new[] { "/etc/passwd", "../x", "../../one/a" })
        {
            string link = _folder["layers/one/link"];
            File.CreateSymbolicLink(link, target);
            var log = new DiagnosticLog();

            Assert.Null(new ContentCollector(log).Collect(_layer));
            Diagnostic error = Assert.Single(log.Diagnostics);
            Assert.Equal(("LB1003", _folder["app.csproj"]), (error.Code, error.File));
            File.Delete(link);
        }
    }

    [Fact]
    public void Two_files_for_one_path_are_an_error_and_one_file_twice_is_not()
    {
        string own = _folder.Write("layers/one/python/a.py", "1");
        string other = _folder.Write("other.py", "2");
        Assert.True(ZipPath.TryParse("python/a.py", out ZipPath path));

        _layer = _layer with { ContentItems = [new ContentFile(path, own, EntryKind.File, 1)] };
        Assert.Equal(["python/a.py"], Collect());
        _layer = _layer with { ContentItems = [new ContentFile(path, other, EntryKind.File, 1)] };
        Assert.Null(new ContentCollector(_log).Collect(_layer));
        Assert.Equal("LB1004", Assert.Single(_log.Diagnostics).Code);
    }

    private string[] Collect() => [.. new ContentCollector(_log).Collect(_layer)!.Select(f => f.Path.Value)];
}
