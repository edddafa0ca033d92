namespace LayerBuild.Formats.Locks;

public class PdmLockTests
{
    private const string Inherited = "strategy = [\"inherit_metadata\"]";

    [Fact]
    public void Groups_and_markers_say_what_is_installed()
    {
        using LockBench bench = Lock(
            Inherited,
            Package("base", "1.0", "groups = [\"default\"]")
            + Package("windows", "1.0", "groups = [\"default\"]", "marker = \"sys_platform == \\\"win32\\\"\"")
            + Package("lint", "1.0", "groups = [\"dev\"]")
            + Package("s3", "1.0", "groups = [\"default\", \"s3-store\"]", "marker = \"python_version < \\\"3.12\\\"\"")
            + Package("more", "1.0", "groups = [\"s3-store\"]"),
            "groups = [\"default\", \"dev\", \"s3-store\"]");

        Assert.Equal("base 1.0", bench.Names("pdm.lock"));
        Assert.Equal("base 1.0, s3 1.0", bench.Names("pdm.lock", "python3.11/arm64"));
        Assert.Equal("base 1.0, more 1.0", bench.Names("pdm.lock", extras: "S3_Store"));
        Assert.Equal("base 1.0, lint 1.0", bench.Names("pdm.lock", groups: "dev"));
        Assert.Equal("UnknownGroup: pdm.lock holds no dependency group 'docs'. It holds: default, dev, s3-store. Correct the name, or lock it, too: pdm lock -G docs", bench.Names("pdm.lock", groups: "docs"));
        Assert.Equal(LockFaultKind.UnknownExtra, bench.Refusal("pdm.lock", extras: "gcs").Kind);
    }

    [Fact]
    public void A_block_for_an_extra_is_the_same_package()
    {
        using LockBench bench = Lock(
            Inherited,
            Package("web", "1.0", "groups = [\"default\"]", "dependencies = [\"core\"]")
            + Package("web", "1.0", "groups = [\"default\"]", "extras = [\"fast\"]\ndependencies = [\"quick\", \"web==1.0\"]")
            + Package("core", "1.0", "groups = [\"default\"]") + Package("quick", "1.0", "groups = [\"default\"]"));

        LockSelection selection = bench.Select("pdm.lock");

        Assert.Equal(["core", "quick", "web"], selection.Packages.Select(p => p.Package.Name));
        Assert.Equal(["web"], selection.Packages[0].RequiredBy);
        Assert.Equal(["web"], selection.Packages[1].RequiredBy);
        Assert.Empty(selection.Packages[2].RequiredBy);
    }

    [Fact]
    public void Files_have_names_or_with_static_urls_addresses()
    {
        using LockBench bench = Lock(Inherited, $$"""
            [[package]]
            name = "named"
            version = "1.0"
            groups = ["default"]
            files = [{file = "named-1.0-py3-none-any.whl", hash = "{{LockBench.Hash()}}"}]

            [[package]]
            name = "placed"
            version = "1.0+x"
            groups = ["default"]
            files = [{url = "https://files.example/a/placed-1.0%2Bx-py3-none-any.whl#sha256=0", hash = "{{LockBench.Hash()}}"}]

            """);

        IReadOnlyList<SelectedPackage> packages = bench.Select("pdm.lock").Packages;

        Assert.Equal(("named-1.0-py3-none-any.whl", null), (packages[0].File!.Name, packages[0].File!.Url));
        Assert.Equal("placed-1.0+x-py3-none-any.whl", packages[1].File!.Name);
        Assert.StartsWith("https://files.example/a/placed", packages[1].File!.Url, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_source_is_read()
    {
        using LockBench bench = Lock(Inherited, $$"""
            [[package]]
            name = "git"
            version = "1.0"
            git = "https://git.example/e.git"
            ref = "v1"
            revision = "0123456789abcdef0123456789abcdef01234567"
            subdirectory = "py"
            groups = ["default"]

            [[package]]
            name = "wheel"
            version = "1.0"
            path = "./vendor/wheel-1.0-py3-none-any.whl"
            groups = ["default"]
            files = [{file = "wheel-1.0-py3-none-any.whl", hash = "{{LockBench.Hash()}}"}]

            [[package]]
            name = "folder"
            version = "1.0"
            path = "./core"
            editable = true
            groups = ["default"]

            [[package]]
            name = "rooted"
            version = "1.0"
            url = "file:///${PROJECT_ROOT}/other"
            groups = ["default"]

            [[package]]
            name = "url"
            version = "1.0"
            url = "https://files.example/url-1.0-py3-none-any.whl"
            groups = ["default"]
            files = [{file = "url-1.0-py3-none-any.whl", hash = "{{LockBench.Hash()}}"}]

            """);

        Dictionary<string, SelectedPackage> packages = bench.Select("pdm.lock").Packages.ToDictionary(p => p.Package.Name);

        Assert.Equal(new PackageSource(SourceKind.Git, "https://git.example/e.git") { Reference = "v1", Commit = "0123456789abcdef0123456789abcdef01234567", Subdirectory = "py" }, packages["git"].Package.Source);
        Assert.Equal(bench["vendor/wheel-1.0-py3-none-any.whl"], packages["wheel"].File!.Path);
        Assert.Equal(new PackageSource(SourceKind.Directory, bench["core"]) { Editable = true }, packages["folder"].Package.Source);
        Assert.Equal(SourceKind.Directory, packages["rooted"].Package.Source.Kind);
        Assert.Equal(bench["other"], packages["rooted"].Package.Source.Location);
        Assert.Equal("https://files.example/url-1.0-py3-none-any.whl", packages["url"].File!.Url);
    }

    [Theory]
    [InlineData("requires_python = \">=3.11\"", true)]
    [InlineData("requires_python = \">=3.13\"", false)]
    [InlineData("requires_python = \"==3.12.*\"\nplatform = \"linux\"", true)]
    [InlineData("requires_python = \"==3.12.7\"\nplatform = \"manylinux_2_34_x86_64\"", true)]
    [InlineData("requires_python = \">=3.12\"\nplatform = \"manylinux_2_34_aarch64\"", false)]
    [InlineData("requires_python = \">=3.12\"\nplatform = \"musllinux_1_2_x86_64\"", false)]
    [InlineData("requires_python = \">=3.12\"\nplatform = \"windows_amd64\"", false)]
    [InlineData("requires_python = \">=3.12\"\nplatform = \"manylinux_2_17_x86_64\"\nimplementation = \"cpython\"\ngil_disabled = false", true)]
    [InlineData("requires_python = \">=3.12\"\nimplementation = \"cpython\"\ngil_disabled = true", false)]
    [InlineData("requires_python = \">=3.12\"\nimplementation = \"pypy\"", false)]
    public void A_target_must_be_one_that_was_locked(string target, bool covered)
    {
        using LockBench bench = Lock(Inherited, Package("a", "1.0", "groups = [\"default\"]"), targets: $"[[metadata.targets]]\n{target}\n");

        LockSelection selection = bench.Select("pdm.lock");

        Assert.Equal(covered, selection.Refusal is null);
        if (!covered)
        {
            Assert.Equal(LockFaultKind.Environment, selection.Refusal!.Kind);
            Assert.EndsWith("and not for python3.12 on x86_64. Add it: pdm lock --append --platform manylinux_2_34_x86_64 --python \"==3.12.*\"", selection.Refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_inherited_metadata_the_walk_begins_at_the_manifest()
    {
        using LockBench bench = Lock(
            "strategy = [\"cross_platform\"]",
            Package("base", "1.0", "", "dependencies = [\"inner>=1\", \"windows; sys_platform == \\\"win32\\\"\"]")
            + Package("base", "1.0", "", "extras = [\"fast\"]\ndependencies = [\"quick\", \"base==1.0\"]")
            + Package("base", "1.0", "", "extras = [\"slow\"]\ndependencies = [\"lazy\", \"base==1.0\"]")
            + Package("inner", "1.0") + Package("quick", "1.0") + Package("lazy", "1.0") + Package("windows", "1.0") + Package("s3", "1.0") + Package("lint", "1.0") + Package("fmt", "1.0"),
            "groups = [\"default\", \"all\", \"s3\", \"dev\", \"lint\", \"old\"]")
            .With("pyproject.toml", """
                [project]
                name = "My.App"
                dependencies = ["base[fast]>=1", "lint; python_version < '3.12'"]
                [project.optional-dependencies]
                s3 = ["s3"]
                all = ["my-app[s3]", "my_app[all]"]
                [dependency-groups]
                lint = ["lint"]
                dev = [{ include-group = "lint" }, "fmt"]
                [tool.pdm.dev-dependencies]
                old = ["-e file:///${PROJECT_ROOT}/lazy#egg=lazy"]
                """);

        Assert.Equal("base 1.0, inner 1.0, quick 1.0", bench.Names("pdm.lock"));
        Assert.Equal("base 1.0, inner 1.0, lint 1.0, quick 1.0", bench.Names("pdm.lock", "python3.11/x86_64"));
        Assert.Equal("base 1.0, inner 1.0, quick 1.0, s3 1.0", bench.Names("pdm.lock", extras: "all"));
        Assert.Equal("base 1.0, fmt 1.0, inner 1.0, lint 1.0, quick 1.0", bench.Names("pdm.lock", groups: "dev"));
        Assert.Equal("base 1.0, inner 1.0, lazy 1.0, quick 1.0", bench.Names("pdm.lock", groups: "old"));
        Assert.Equal(["base"], bench.Select("pdm.lock").Packages.Single(p => p.Package.Name == "quick").RequiredBy);
    }

    [Theory]
    [InlineData("dependencies = [\"x\"]", "Missing: x is required and is not in pdm.lock. Run pdm lock.")]
    [InlineData("dependencies = [\"a>=2\"]", "Contradictory: a>=2 is required, and pdm.lock has a 1.0. Run pdm lock.")]
    [InlineData("dependencies = [\"a ==\"]", "Invalid: pyproject.toml is not valid: 'a ==' is not a requirement. Correct it.")]
    [InlineData("dependencies = []\n[dependency-groups]\ng = [{ include-group = \"h\" }]\nh = [{ include-group = \"g\" }]", "Cycle: dependency groups include each other in a circle: g > h > g. Take one of the includes out.")]
    [InlineData("dependencies = []\n[dependency-groups]\ng = [{ include-group = \"h\" }]", "UnknownGroup: the dependency group 'g' includes 'h', which does not exist.")]
    [InlineData("dependencies = []\n[dependency-groups]\ng = [{ exclude-group = \"h\" }]", "Invalid: pyproject.toml is not valid: an entry of the dependency group 'g' is neither a requirement nor an include-group. Correct it.")]
    public void What_the_walk_cannot_do_is_said(string project, string expected)
    {
        using LockBench bench = Lock("strategy = []", Package("a", "1.0")).With("pyproject.toml", $"[project]\nname = \"app\"\n{project}\n");

        Assert.Equal(expected, bench.Names("pdm.lock", groups: project.Contains("g =", StringComparison.Ordinal) ? "g" : ""));
    }

    [Fact]
    public void What_a_package_requires_may_be_overridden_in_the_manifest()
    {
        using LockBench bench = Lock("strategy = []", Package("a", "1.0", "", "dependencies = [\"b<2\"]") + Package("b", "2.0")).With("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"a\"]\n");

        Assert.Equal("a 1.0, b 2.0", bench.Names("pdm.lock"));
    }

    [Theory]
    [InlineData("5.0", "UnknownVersion", "Update LayerBuild, or lock with an older pdm.")]
    [InlineData("3.1", "UnknownVersion", "Run pdm lock with pdm 2.8 or newer.")]
    [InlineData("x", "UnknownVersion", "Update LayerBuild, or lock with an older pdm.")]
    public void Other_versions_are_refused(string version, string kind, string fix)
    {
        using LockBench bench = new LockBench().With("pdm.lock", $"[metadata]\nlock_version = \"{version}\"\n");

        LockFault fault = bench.Refusal("pdm.lock");

        Assert.Equal(kind, fault.Kind.ToString());
        Assert.EndsWith(fix, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it has no [metadata]")]
    [InlineData("[metadata]\n", "it has no lock_version")]
    [InlineData("[metadata]\nlock_version = \"4.5\"\n[[metadata.targets]]\nrequires_python = \"soon\"\n", "requires_python 'soon' of a target is not a set of versions")]
    [InlineData("[metadata]\nlock_version = \"4.5\"\nstrategy = [\"inherit_metadata\"]\n[[package]]\nname = \"a\"\ndependencies = [\"b !\"]\n", "'b !' is not a requirement")]
    [InlineData("[metadata]\nlock_version = \"4.5\"\nstrategy = [\"inherit_metadata\"]\n[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"default\"]\nfiles = [{ file = \"../a.whl\" }]\n", "'../a.whl' is not the name of a file")]
    public void What_breaks_the_format_is_refused(string text, string words)
    {
        using LockBench bench = new LockBench().With("pdm.lock", text);

        Assert.Contains(words, bench.Refusal("pdm.lock").Message, StringComparison.Ordinal);
    }

    private static string Package(string name, string version, string keys = "", string more = "") => $$"""
        [[package]]
        name = "{{name}}"
        version = "{{version}}"
        requires_python = ">=3.8"
        summary = ""
        {{keys}}
        {{more}}
        files = [{file = "{{name}}-{{version}}-py3-none-any.whl", hash = "{{LockBench.Hash()}}"}]

        """;

    private static LockBench Lock(string strategy, string packages, string keys = "", string targets = "") =>
        new LockBench().With("pdm.lock", $"[metadata]\n{strategy}\nlock_version = \"4.5.1\"\n{keys}\n{targets}\n{packages}");
}
