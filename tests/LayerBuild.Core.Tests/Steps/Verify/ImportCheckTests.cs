using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

public class ImportCheckTests
{
    [Theory]
    [InlineData("pkg")]
    [InlineData("pkg.sub")]
    [InlineData("single")]
    [InlineData("space.inner")]
    [InlineData("native")]
    [InlineData("json")]
    [InlineData("boto3")]
    [InlineData("urllib.request")]
    [InlineData("versioned")]
    public void What_imports_raises_nothing(string module) => Assert.Empty(Layer(module).Verify());

    [Theory]
    [InlineData("missing")]
    [InlineData("pkg.missing")]
    [InlineData("single.missing")]
    [InlineData("wrong_suffix")]
    public void LB3007_for_a_module_that_is_not_there(string module)
    {
        TestLayer layer = Layer(module);
        layer.Declaration = layer.Declaration with { AllowFindings = ["LB3004"] };

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal(("LB3007", Severity.Error), (found.Code, found.Severity));
        Assert.Contains($"'{module}'", found.Message);
        Assert.Contains("python3.12", found.Message);
    }

    [Fact]
    public void LB3007_for_what_a_module_imports_in_turn()
    {
        TestLayer layer = Layer("a");
        layer.Add("python/a/__init__.py", "from . import b\n");
        layer.Add("python/a/b.py", "import json\n\nimport not_there.sub\n");

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal("LB3007", found.Code);
        Assert.Contains("python/a/b.py imports 'not_there' (line 3)", found.Message);
    }

    [Fact]
    public void LB3007_for_a_part_of_a_package_that_is_left_out()
    {
        TestLayer layer = Layer("a");
        layer.Add("python/a/__init__.py", "from ._core import x\n");

        Assert.Contains("imports 'a._core'", Assert.Single(layer.Verify()).Message);
    }

    [Theory]
    [InlineData("try:\n    import gone\nexcept ImportError:\n    gone = None\n")]
    [InlineData("import sys\nsys.path.insert(0, '/var/task/vendored')\nimport gone\n")]
    [InlineData("import sys\nif sys.platform == 'win32':\n    import gone\n")]
    [InlineData("def f():\n    import gone\n")]
    [InlineData("from six.moves import urllib\nimport six.moves.queue\n")]
    public void What_may_be_missing_is_no_finding(string source)
    {
        TestLayer layer = Layer("a");
        layer.Add("python/a.py", source);
        layer.Add("python/six.py", "import sys\nsys.modules[__name__ + '.moves'] = object()\n");

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void Modules_of_one_python_are_not_there_for_another()
    {
        var layer = new TestLayer("python3.11;python3.12");
        layer.Declaration = layer.Declaration with { Imports = ["only"] };
        layer.Add("python/lib/python3.12/site-packages/only.py", "");

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Contains("python3.11 will say", found.Message);
        Assert.Contains("python3.11 does not look", found.Message);
    }

    [Fact]
    public void A_standard_module_that_a_newer_python_dropped_is_missing_there()
    {
        var layer = new TestLayer("python3.12;python3.13");
        layer.Declaration = layer.Declaration with { Imports = ["old"] };
        layer.Add("python/old.py", "import cgi\n");

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Contains("imports 'cgi'", found.Message);
        Assert.Contains("python3.13", found.Message);
    }

    [Fact]
    public void Auto_means_the_modules_of_the_requested_packages()
    {
        var layer = new TestLayer("python3.12");
        layer.Declaration = layer.Declaration with { Imports = ["auto"] };
        InstalledPackage yaml = layer.Package("PyYAML-6.0-py3-none-any.whl");
        layer.Add("python/yaml/__init__.py", "import lost_one\n"u8.ToArray(), EntryKind.File, yaml);
        layer.Add("python/PyYAML-6.0.dist-info/METADATA", []);
        InstalledPackage cloud = layer.Package("google_cloud_x-1.0-py3-none-any.whl");
        layer.Add("python/google/cloud/x/__init__.py", "import lost_two\n"u8.ToArray(), EntryKind.File, cloud);
        InstalledPackage dependency = layer.Package("dep-1.0-py3-none-any.whl", requested: false);
        layer.Add("python/dep/__init__.py", "import lost_three\n"u8.ToArray(), EntryKind.File, dependency);

        Assert.Equal(["lost_two", "lost_one"], layer.Verify().Select(d => d.Message.Split('\'')[3]));
    }

    [Fact]
    public void A_package_that_is_imported_by_another_name_is_explained()
    {
        var layer = new TestLayer("python3.12");
        layer.Declaration = layer.Declaration with { Imports = ["pyyaml"] };
        layer.Add("python/yaml/__init__.py", [], EntryKind.File, layer.Package("PyYAML-6.0-py3-none-any.whl"));

        Assert.Contains("The package PyYAML is imported as 'yaml'", Assert.Single(layer.Verify()).Message);
    }

    [Fact]
    public void Node_packages_are_looked_for_where_node_looks()
    {
        var layer = new TestLayer("nodejs22.x");
        layer.Declaration = layer.Declaration with { Imports = ["@img/sharp", "node:fs", "other"] };
        layer.Add("nodejs/node_modules/@img/sharp/package.json", "{}");

        Assert.Contains("'other'", Assert.Single(layer.Verify()).Message);
    }

    private static TestLayer Layer(string import)
    {
        var layer = new TestLayer("python3.12");
        layer.Declaration = layer.Declaration with { Imports = [import] };
        layer.Add("python/pkg/__init__.py", "from .sub import x\n");
        layer.Add("python/pkg/sub.py", "import os, single\nx = 1\n");
        layer.Add("python/single.py", "import boto3\n");
        layer.Add("python/space/inner.py", "");
        layer.Add("python/lib/python3.12/site-packages/space/more.py", "");
        layer.Add("python/lib/python3.12/site-packages/versioned.py", "import pkg\n");
        layer.Add("python/native.cpython-312-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));
        layer.Add("python/wrong_suffix.cpython-310-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));
        if (import != "wrong_suffix")
        {
            layer.Declaration = layer.Declaration with { AllowFindings = ["LB3004"] };
        }

        return layer;
    }
}
