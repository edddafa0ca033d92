using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

public sealed class LayerTreeBuilderTests
{
    private const string PkgUtil = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n";
    private const string PkgResources = "# namespace\ntry:\n    __import__('pkg_resources').declare_namespace(__name__)\nexcept ImportError:\n    from pkgutil import extend_path\n    __path__ = extend_path(__path__, __name__)\n";

    [Fact]
    public void Wheels_and_content_become_one_tree()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("My-Dist", "1.0").File("my_dist/__init__.py", "x = 1\n"));
        layer.Content("python/test2.py", "var_from_test2 = 'this is str in test2'\n");

        LayerTree tree = layer.Build();

        Assert.Equal(
            [
                "python/my_dist-1.0.dist-info/INSTALLER",
                "python/my_dist-1.0.dist-info/METADATA",
                "python/my_dist-1.0.dist-info/RECORD",
                "python/my_dist-1.0.dist-info/REQUESTED",
                "python/my_dist-1.0.dist-info/WHEEL",
                "python/my_dist/__init__.py",
                "python/test2.py",
            ],
            tree.Entries.Select(e => e.Path.Value));
        InstalledPackage package = Assert.Single(tree.Packages);
        Assert.Equal(("My-Dist", "1.0", "python"), (package.Name, package.Version, package.Folder));
        Assert.StartsWith("Metadata-Version: 2.1\nName: My-Dist\n", package.Metadata, StringComparison.Ordinal);
        Assert.Same(package, layer.Entry("python/my_dist/__init__.py").Owner);
        Assert.Null(layer.Entry("python/test2.py").Owner);
    }

    [Fact]
    public void Content_alone_is_a_layer_as_it_is()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Content("python/a.pyc", "compiled");
        layer.Content("python/__pycache__/b.pyc", "compiled");
        layer.Content("bin/tool", "x", EntryKind.Executable);
        layer.Link("lib/libfoo.so", "libfoo.so.1");

        Assert.Equal(
            ["bin/tool:Executable", "lib/libfoo.so:SymbolicLink", "python/__pycache__/b.pyc:File", "python/a.pyc:File"],
            layer.Build().Entries.Select(e => $"{e.Path}:{e.Kind}"));
        Assert.Equal("libfoo.so.1", layer.Text("lib/libfoo.so"));
    }

    [Fact]
    public void What_differs_between_Pythons_goes_to_their_own_site_packages()
    {
        using var layer = new LayerFixture("python3.11", "python3.12");
        layer.Install("*", new WheelBuilder("pure", "1.0").File("pure.py", ""));
        layer.Install("python3.11", new WheelBuilder("native", "1.0", "cp311-cp311-manylinux2014_x86_64").File("native.py", "11"));
        layer.Install("python3.12", new WheelBuilder("native", "1.0", "cp312-cp312-manylinux2014_x86_64").File("native.py", "12"));
        layer.Install("python3.11", new WheelBuilder("backport", "1.0").File("backport.py", ""));

        LayerTree tree = layer.Build();

        Assert.Equal("11", layer.Text("python/lib/python3.11/site-packages/native.py"));
        Assert.Equal("12", layer.Text("python/lib/python3.12/site-packages/native.py"));
        Assert.Equal(
            ["backport python/lib/python3.11/site-packages [python3.11]", "native python/lib/python3.11/site-packages [python3.11]", "native python/lib/python3.12/site-packages [python3.12]", "pure python [python3.11 python3.12]"],
            tree.Packages.Select(p => $"{p.Name} {p.Folder} [{string.Join(' ', p.Runtimes)}]"));
    }

    [Fact]
    public void A_regular_package_is_not_torn_apart()
    {
        // ext puts a module into the package core: both must lie in one folder, or Python finds only one of them.
        using var layer = new LayerFixture("python3.11", "python3.12");
        layer.Install("*", new WheelBuilder("core", "1.0").File("core/__init__.py", "").File("core/a.py", ""));
        layer.Install("*", new WheelBuilder("space-one", "1.0").File("space/one.py", ""));
        layer.Install("*", new WheelBuilder("old-one", "1.0").File("old/__init__.py", PkgUtil).File("old/one.py", ""));
        foreach (string version in (string[])["311", "312"])
        {
            string runtime = $"python3.{version[1..]}";
            layer.Install(runtime, new WheelBuilder("ext", "1.0", $"cp{version}-cp{version}-manylinux2014_x86_64").File("core/ext.py", version));
            layer.Install(runtime, new WheelBuilder("space-two", "1.0", $"cp{version}-cp{version}-manylinux2014_x86_64").File("space/two.py", version));
            layer.Install(runtime, new WheelBuilder("old-two", "1.0", $"cp{version}-cp{version}-manylinux2014_x86_64").File("old/__init__.py", PkgUtil).File("old/two.py", version));
        }

        layer.Build();

        layer.Entry("python/lib/python3.11/site-packages/core/__init__.py");
        layer.Entry("python/lib/python3.12/site-packages/core/__init__.py");
        layer.Entry("python/space/one.py");
        layer.Entry("python/old/one.py");
        Assert.DoesNotContain(layer.Tree!.Entries, e => e.Path.Value == "python/core/__init__.py");
    }

    [Fact]
    public void Namespace_packages_of_several_distributions_live_side_by_side()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("a", "1.0").File("space/a.py", "").File("old/__init__.py", PkgUtil).File("old/a.py", "").File("empty/__init__.py", "").File("empty/a.py", ""));
        layer.Install("python3.12", new WheelBuilder("b", "1.0").File("space/b.py", "").File("old/__init__.py", PkgResources).File("old/b.py", "").File("empty/__init__.py", "\n# nothing\n").File("empty/b.py", ""));
        layer.Install("python3.12", new WheelBuilder("c", "1.0").File("old/__init__.py", " \n").File("old/c.py", ""));

        LayerTree tree = layer.Build();

        Assert.Equal(
            ["python/empty/__init__.py", "python/empty/a.py", "python/empty/b.py", "python/old/__init__.py", "python/old/a.py", "python/old/b.py", "python/old/c.py", "python/space/a.py", "python/space/b.py"],
            tree.Entries.Select(e => e.Path.Value).Where(p => p.EndsWith(".py", StringComparison.Ordinal)));
        Assert.Equal(PkgUtil, layer.Text("python/old/__init__.py"));
        Assert.Equal("", layer.Text("python/empty/__init__.py"));
        Assert.Empty(layer.Log.Diagnostics);

        // What each RECORD says of it is what is there.
        string hash = layer.Text("python/a-1.0.dist-info/RECORD").Split('\n').Single(l => l.StartsWith("old/__init__.py", StringComparison.Ordinal));
        Assert.Contains(hash, layer.Text("python/c-1.0.dist-info/RECORD"), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_packages_with_different_bytes_for_one_path_are_LB2007()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("first", "1.0").File("same/__init__.py", "x = 1\n"));
        layer.Install("python3.12", new WheelBuilder("second", "2.0").File("same/__init__.py", "x = 2\n"));

        Assert.Null(layer.TryBuild());

        Assert.Equal(["LB2007"], layer.Codes);
        string message = layer.Log.Diagnostics[0].Message;
        Assert.Contains("first 1.0 (first-1.0-py3-none-any.whl)", message, StringComparison.Ordinal);
        Assert.Contains("second 2.0 (second-2.0-py3-none-any.whl)", message, StringComparison.Ordinal);
        Assert.Contains("python/same/__init__.py", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clash_that_is_excluded_is_none()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("first", "1.0").File("first.py", "").File("tests/conftest.py", "1"));
        layer.Install("python3.12", new WheelBuilder("second", "2.0").File("second.py", "").File("tests/conftest.py", "2"));
        layer.Layer = layer.Layer with { ExcludeFiles = ["python/tests/"] };

        layer.Build();
    }

    [Fact]
    public void Identical_files_of_two_packages_are_fine()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("second", "1.0").File("LICENSE", "MIT"));
        layer.Install("python3.12", new WheelBuilder("first", "1.0").File("LICENSE", "MIT", executable: true));

        layer.Build();

        Assert.Equal("first", layer.Entry("python/LICENSE").Owner!.Name);
        Assert.Equal(EntryKind.Executable, layer.Entry("python/LICENSE").Kind);
        Assert.Contains("\nLICENSE,", "\n" + layer.Text("python/second-1.0.dist-info/RECORD"), StringComparison.Ordinal);
    }

    [Fact]
    public void Content_in_the_place_of_a_packages_file_is_LB1004_naming_both()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "theirs"));
        string source = layer.Content("python/dist.py", "mine");

        Assert.Null(layer.TryBuild());

        Assert.Equal(["LB1004"], layer.Codes);
        Assert.Contains("dist 1.0", layer.Log.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains(source, layer.Log.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_that_is_the_packages_file_is_fine()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "same"));
        layer.Content("python/dist.py", "same");

        Assert.Equal("dist", layer.Build().Entries.Single(e => e.Path.Value == "python/dist.py").Owner!.Name);
    }

    [Fact]
    public void A_file_where_others_need_a_folder_is_reported()
    {
        using var content = new LayerFixture("python3.12");
        content.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/a.py", ""));
        content.Content("python/dist", "a file");
        Assert.Null(content.TryBuild());
        Assert.Equal(["LB1004"], content.Codes);

        using var packages = new LayerFixture("python3.12");
        packages.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/a.py", ""));
        packages.Install("python3.12", new WheelBuilder("other", "1.0").File("dist", ""));
        Assert.Null(packages.TryBuild());
        Assert.Equal(["LB2007"], packages.Codes);

        using var link = new LayerFixture("python3.12");
        link.Link("python/a", "b");
        link.Content("python/a/c.py", "");
        Assert.Null(link.TryBuild());
        Assert.Equal(["LB1004"], link.Codes);
    }

    [Fact]
    public void Paths_that_differ_only_in_case_are_a_warning()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/Readme.txt", "1"));
        layer.Content("python/dist/README.txt", "2");

        layer.Build();

        Assert.Equal(["LB2021"], layer.Codes);
    }

    [Theory]
    [InlineData("*.txt", "a.txt python/b.txt python/sub/c.txt")]
    [InlineData("python/*.txt", "python/b.txt")]
    [InlineData("python/**/*.txt", "python/b.txt python/sub/c.txt")]
    [InlineData("**/c.*", "python/sub/c.py python/sub/c.txt")]
    [InlineData("sub/", "python/sub/c.py python/sub/c.txt")]
    [InlineData("sub", "python/sub/c.py python/sub/c.txt")]
    [InlineData("python/sub", "python/sub/c.py python/sub/c.txt")]
    [InlineData("c.py/", "")]
    [InlineData("python/sub/**", "python/sub/c.py python/sub/c.txt")]
    [InlineData("/a.txt", "a.txt")]
    [InlineData("?.txt", "a.txt python/b.txt python/sub/c.txt")]
    [InlineData("[ab].txt", "a.txt python/b.txt")]
    [InlineData("[!ab].txt", "python/sub/c.txt")]
    [InlineData("[b-c].txt", "python/b.txt python/sub/c.txt")]
    [InlineData("[c-b].txt", "")]
    [InlineData("python\\sub\\*.py", "python/sub/c.py")]
    [InlineData("SUB", "")]
    [InlineData("[", "")]
    [InlineData("py*/s*/c.p?", "python/sub/c.py")]
    public void ExcludeFiles_keeps_out(string pattern, string left)
    {
        using var layer = new LayerFixture("python3.12");
        string[] paths = ["a.txt", "python/b.txt", "python/sub/c.py", "python/sub/c.txt"];
        Array.ForEach(paths, p => layer.Content(p, ""));
        layer.Layer = layer.Layer with { ExcludeFiles = [pattern] };

        IEnumerable<string> kept = layer.Build().Entries.Select(e => e.Path.Value);

        Assert.Equal(left, string.Join(' ', paths.Except(kept)));
    }

    [Fact]
    public void Slim_drops_what_no_import_needs()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("numpy", "1.0")
            .File("numpy/__init__.py", "").File("numpy/__init__.pyi", "").File("numpy/py.typed", "").File("numpy/core.pxd", "").File("numpy/core.h", "").File("numpy/core.so", "")
            .File("numpy/tests/test_a.py", "").File("numpy/testing/a.py", "").File("numpy/_core/tests/_natype.py", "").File("numpy/_core/tests/test_b.py", "")
            .Info("licenses/LICENSE", "").Info("LICENSE.txt", "").Info("top_level.txt", "").Info("sboms/a.json", "")
            .EntryPoint("console_scripts", "tool", "numpy:main"));
        layer.Content("python/mine/__pycache__/a.pyc", "");
        layer.Content("python/mine/tests/a.py", "");
        layer.Content("nodejs/node_modules/x/tests/a.js", "");
        layer.Layer = layer.Layer with { Slim = true };

        Assert.Equal(
            [
                "nodejs/node_modules/x/tests/a.js",
                "python/bin/tool",
                "python/numpy-1.0.dist-info/LICENSE.txt",
                "python/numpy-1.0.dist-info/METADATA",
                "python/numpy-1.0.dist-info/entry_points.txt",
                "python/numpy-1.0.dist-info/licenses/LICENSE",
                "python/numpy-1.0.dist-info/top_level.txt",
                "python/numpy/__init__.py",
                "python/numpy/_core/tests/_natype.py",
                "python/numpy/core.so",
                "python/numpy/testing/a.py",
            ],
            layer.Build().Entries.Select(e => e.Path.Value));
    }

    [Fact]
    public void Compiled_Python_of_a_wheel_stays_out_unless_it_is_all_there_is()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist/__pycache__/a.cpython-312.pyc", "x").File("__pycache__/b.cpython-312.pyc", "x").File("dist/sourceless.pyc", "x"));

        layer.Build();

        Assert.Equal(["python/dist/sourceless.pyc"], layer.Tree!.Entries.Select(e => e.Path.Value).Where(p => p.EndsWith(".pyc", StringComparison.Ordinal)));
    }

    [Fact]
    public void Entries_are_sorted_by_ordinal()
    {
        using var layer = new LayerFixture("python3.12");
        string[] paths = ["python/a-b.py", "python/a.py", "python/a/b.py", "python/B.py", "python/_.py", "python/é.py", "python/z.py"];
        Array.ForEach(paths, p => layer.Content(p, ""));

        Assert.Equal(paths.Order(StringComparer.Ordinal), layer.Build().Entries.Select(e => e.Path.Value));
    }

    [Theory]
    [InlineData(PkgUtil, true)]
    [InlineData(PkgResources, true)]
    [InlineData("\"\"\"Doc # not a comment.\"\"\"\n__import__(\"pkg_resources\").declare_namespace(__name__)\n", true)]
    [InlineData("import pkg_resources\npkg_resources.declare_namespace(__name__)\n", true)]
    [InlineData("from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)", true)]
    [InlineData("\uFEFF# -*- coding: utf-8 -*-\r\n\r\n", true)]
    [InlineData("'''Only words.'''", true)]
    [InlineData(PkgUtil + "import os\n", false)]
    [InlineData("x = 1\n", false)]
    [InlineData("import evil; __import__('pkg_resources').declare_namespace(__name__)\n", false)]
    public void Namespace_declarations_are_known(string source, bool expected) =>
        Assert.Equal(expected, NamespaceInit.TraitsOf(System.Text.Encoding.UTF8.GetBytes(source)) != WheelMemberTraits.None);
}
