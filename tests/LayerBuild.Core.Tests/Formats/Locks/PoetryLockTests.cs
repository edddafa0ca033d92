using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

public class PoetryLockTests
{
    [Fact]
    public void From_2_1_on_groups_and_markers_say_what_is_installed()
    {
        using LockBench bench = Flat(
            Package("base", "1.0", "groups = [\"main\"]")
            + Package("lint", "1.0", "groups = [\"dev\"]")
            + Package("windows", "1.0", "groups = [\"main\"]", "markers = \"sys_platform == 'win32'\"")
            + Package("s3", "1.0", "groups = [\"main\"]", "markers = \"extra == 's3-store' or extra == 'all'\"")
            + Package("both", "1.0", "groups = [\"main\", \"dev\"]", "markers = { main = \"extra == 'all'\" }"),
            "[extras]\nall = [\"both\", \"s3\"]\nS3_Store = [\"s3\"]\n");

        Assert.Equal("base 1.0", bench.Names("poetry.lock"));
        Assert.Equal("base 1.0, s3 1.0", bench.Names("poetry.lock", extras: "s3.store"));
        Assert.Equal("base 1.0, both 1.0, s3 1.0", bench.Names("poetry.lock", extras: "all"));
        Assert.Equal("base 1.0, both 1.0, lint 1.0", bench.Names("poetry.lock", groups: "Dev"));
        Assert.Equal("UnknownExtra: there is no extra 'gcs' in poetry.lock. Extras are: all, s3-store. If it is new in pyproject.toml, run poetry lock.", bench.Names("poetry.lock", extras: "gcs"));
        Assert.Equal("UnknownGroup: there is no dependency group 'docs' in poetry.lock. Groups are: dev. If it is new in pyproject.toml, run poetry lock.", bench.Names("poetry.lock", groups: "docs"));
    }

    [Fact]
    public void A_group_without_packages_is_known_from_the_manifest()
    {
        using LockBench bench = Flat(Package("base", "1.0", "groups = [\"main\"]")).With("pyproject.toml", "[dependency-groups]\nempty = []\n[tool.poetry.group.none.dependencies]\n");

        Assert.Equal("base 1.0", bench.Names("poetry.lock", groups: "empty none"));
    }

    [Fact]
    public void Forks_are_told_apart_by_markers()
    {
        using LockBench bench = Flat(
            Package("num", "1.0", "groups = [\"main\"]", "markers = \"python_version == \\\"3.11\\\"\"")
            + Package("num", "2.0", "groups = [\"main\"]", "markers = \"python_version >= \\\"3.12\\\"\""));
        using LockBench twice = Flat(Package("num", "1.0", "groups = [\"main\"]") + Package("num", "2.0", "groups = [\"main\"]"));

        Assert.Equal("num 1.0", bench.Names("poetry.lock", "python3.11/arm64"));
        Assert.Equal("num 2.0", bench.Names("poetry.lock", "python3.14/arm64"));
        Assert.Equal(LockFaultKind.Contradictory, twice.Refusal("poetry.lock").Kind);
    }

    [Fact]
    public void Every_kind_of_source_is_read()
    {
        using LockBench bench = Flat(
            Source("legacy", "legacy", "https://pkgs.example/simple", "reference = \"internal\"", "a-1.0-py3-none-any.whl")
            + Source("file", "file", "vendor/b-1.0-py3-none-any.whl", "", "b-1.0-py3-none-any.whl")
            + Source("folder", "directory", "core", "", "")
            + Source("url", "url", "https://files.example/d-1.0-py3-none-any.whl", "", "d-1.0-py3-none-any.whl")
            + Source("git", "git", "https://git.example/e.git", "reference = \"v1\"\nresolved_reference = \"0123456789abcdef0123456789abcdef01234567\"\nsubdirectory = \"py\"", ""));

        Dictionary<string, SelectedPackage> packages = bench.Select("poetry.lock").Packages.ToDictionary(p => p.Package.Name);

        Assert.Equal(new PackageSource(SourceKind.Index, "https://pkgs.example/simple") { IndexName = "internal" }, packages["legacy"].Package.Source);
        Assert.Equal(bench["vendor/b-1.0-py3-none-any.whl"], packages["file"].File!.Path);
        Assert.Equal(new PackageSource(SourceKind.Directory, bench["core"]) { Editable = true }, packages["folder"].Package.Source);
        Assert.Equal("https://files.example/d-1.0-py3-none-any.whl", packages["url"].File!.Url);
        Assert.Equal(new PackageSource(SourceKind.Git, "https://git.example/e.git") { Reference = "v1", Commit = "0123456789abcdef0123456789abcdef01234567", Subdirectory = "py" }, packages["git"].Package.Source);
        Assert.Null(packages["legacy"].File!.Url);

        static string Source(string name, string type, string url, string rest, string file) => $$"""
            [[package]]
            name = "{{name}}"
            version = "1.0"
            optional = false
            groups = ["main"]
            develop = true
            files = [{{(file.Length == 0 ? "" : $"{{file = \"{file}\", hash = \"{LockBench.Hash()}\"}}")}}]

            [package.source]
            type = "{{type}}"
            url = "{{url}}"
            {{rest}}

            """;
    }

    [Fact]
    public void Version_2_0_is_walked_from_the_manifest()
    {
        using LockBench bench = Walked(
            """
            base = { version = "^1.0", extras = ["fast"] }
            windows = { version = "*", platform = "win32" }
            old = { version = "*", python = "<3.12" }
            arm = { version = "*", markers = "platform_machine == 'aarch64'" }
            s3 = { version = ">=1", optional = true }
            """,
            """
            [tool.poetry.extras]
            store = ["s3"]
            [tool.poetry.dev-dependencies]
            lint = "*"
            [tool.poetry.group.dev.dependencies]
            fmt = "*"
            [tool.poetry.group.all]
            include-groups = ["dev"]
            """,
            Package("base", "1.5", "", "", "[package.dependencies]\nInner = \"*\"\nquick = { version = \"*\", optional = true, markers = \"extra == 'fast'\" }\nlazy = { version = \"*\", optional = true }\n[package.extras]\nfast = [\"quick (>=1)\"]\nslow = [\"lazy\"]\n")
            + Package("inner", "1.0") + Package("quick", "1.0") + Package("lazy", "1.0") + Package("windows", "1.0") + Package("old", "1.0") + Package("arm", "1.0") + Package("s3", "1.0") + Package("lint", "1.0") + Package("fmt", "1.0"),
            "[extras]\nstore = [\"s3\"]\n");

        Assert.Equal("base 1.5, inner 1.0, quick 1.0", bench.Names("poetry.lock"));
        Assert.Equal("base 1.5, inner 1.0, old 1.0, quick 1.0", bench.Names("poetry.lock", "python3.11/x86_64"));
        Assert.Equal("arm 1.0, base 1.5, inner 1.0, quick 1.0, s3 1.0", bench.Names("poetry.lock", "python3.12/arm64", extras: "store"));
        Assert.Equal("base 1.5, fmt 1.0, inner 1.0, lint 1.0, quick 1.0", bench.Names("poetry.lock", groups: "dev"));
        Assert.Equal("base 1.5, fmt 1.0, inner 1.0, lint 1.0, quick 1.0", bench.Names("poetry.lock", groups: "all"));
        Assert.Equal(LockFaultKind.UnknownGroup, bench.Refusal("poetry.lock", groups: "docs").Kind);
        Assert.Equal(["base"], bench.Select("poetry.lock").Packages.Single(p => p.Package.Name == "quick").RequiredBy);
    }

    [Fact]
    public void The_walk_goes_back_where_the_newest_leads_nowhere()
    {
        // b 2.0 wants c 1, which a does not allow: b must be 1.0.
        using LockBench bench = Walked(
            "b = \"*\"\na = \"*\"",
            "",
            Package("a", "1.0", "", "", "[package.dependencies]\nc = \">=2\"\n")
            + Package("b", "1.0", "", "", "[package.dependencies]\nc = \"*\"\n")
            + Package("b", "2.0", "", "", "[package.dependencies]\nc = \"<2\"\n")
            + Package("c", "1.0") + Package("c", "2.0"));

        Assert.Equal("a 1.0, b 1.0, c 2.0", bench.Names("poetry.lock"));
    }

    [Fact]
    public void Packages_for_other_Pythons_are_no_candidates()
    {
        using LockBench bench = Walked("num = \"*\"", "", Package("num", "1.0", "python-versions = \">=3.9\"") + Package("num", "2.0", "python-versions = \">=3.12\""));

        Assert.Equal("num 1.0", bench.Names("poetry.lock", "python3.11/x86_64"));
        Assert.Equal("num 2.0", bench.Names("poetry.lock", "python3.13/x86_64"));
    }

    [Theory]
    [InlineData("x = \"*\"", "", "Missing: x is required and is not in poetry.lock. Run poetry lock.")]
    [InlineData("a = \"^2\"", "", "Contradictory: poetry.lock has no a that fits python3.12 on x86_64: a ^2 is required, and it has 1.0. Run poetry lock.")]
    [InlineData("a = \"*\"", "[tool.poetry.group.g]\ninclude-groups = [\"h\"]\n[tool.poetry.group.h]\ninclude-groups = [\"g\"]\n", "Cycle: dependency groups include each other in a circle: g > h > g. Take one of the includes out.")]
    [InlineData("a = \"*\"", "[tool.poetry.group.g]\ninclude-groups = [\"h\"]\n", "UnknownGroup: the dependency group 'g' includes 'h', which does not exist.")]
    public void What_the_walk_cannot_do_is_said(string dependencies, string tables, string expected)
    {
        using LockBench bench = Walked(dependencies, tables, Package("a", "1.0"));

        Assert.Equal(expected, bench.Names("poetry.lock", groups: tables.Length > 0 ? "g" : ""));
    }

    [Fact]
    public void A_walk_that_never_ends_is_given_up()
    {
        // Every pair of n_i is wrong for the last requirement: two to the power of thirty ways.
        IEnumerable<int> range = Enumerable.Range(0, 30);
        using LockBench bench = Walked(
            string.Join('\n', range.Select(i => $"n{i} = \"*\"").Append("z = \"*\"")),
            "",
            string.Concat(range.Select(i => Package($"n{i}", "1.0") + Package($"n{i}", "2.0"))) + Package("z", "1.0", "", "", "[package.dependencies]\nz = \">1\"\n"));

        LockFault fault = bench.Refusal("poetry.lock");

        Assert.Equal(LockFaultKind.Contradictory, fault.Kind);
    }

    [Fact]
    public void Version_2_0_needs_the_manifest()
    {
        using LockBench bench = new LockBench().With("poetry.lock", Package("a", "1.0") + Metadata("2.0"));

        Assert.Equal(LockFaultKind.Missing, bench.Refusal("poetry.lock").Kind);
    }

    [Fact]
    public void Requirements_of_the_standard_tables_begin_the_walk_too()
    {
        using LockBench bench = new LockBench()
            .With("poetry.lock", Package("a", "1.0") + Package("b", "1.0") + "[extras]\nx = [\"b\"]\n" + Metadata("2.0"))
            .With("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"a>=1; sys_platform == 'linux'\"]\n[project.optional-dependencies]\nx = [\"b\"]\n");

        Assert.Equal("a 1.0", bench.Names("poetry.lock"));
        Assert.Equal("a 1.0, b 1.0", bench.Names("poetry.lock", extras: "x"));
    }

    [Theory]
    [InlineData("3.0", "UnknownVersion")]
    [InlineData("1.1", "UnknownVersion")]
    [InlineData("2", "UnknownVersion")]
    [InlineData("two", "UnknownVersion")]
    public void Other_versions_are_refused(string version, string kind)
    {
        using LockBench bench = new LockBench().With("poetry.lock", Metadata(version));

        LockFault fault = bench.Refusal("poetry.lock");

        Assert.Equal(kind, fault.Kind.ToString());
        Assert.Contains($"lock-version {version}, and LayerBuild reads lock-version 2.x", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_minor_version_is_read()
    {
        using LockBench bench = new LockBench().With("poetry.lock", Package("a", "1.0", "groups = [\"main\"]") + Metadata("2.7"));

        Assert.Equal("a 1.0", bench.Names("poetry.lock"));
    }

    [Fact]
    public void A_Python_that_the_project_does_not_allow_is_refused()
    {
        using LockBench bench = new LockBench().With("poetry.lock", Metadata("2.1", "^3.12 || ~3.9"));

        Assert.Equal("", bench.Names("poetry.lock"));
        Assert.Equal("RequiresPython: poetry.lock is for Python ^3.12 || ~3.9 (python-versions), which does not allow 3.11. Declare a runtime that it allows, or change python-versions in the manifest and run poetry lock.", bench.Names("poetry.lock", "python3.11/x86_64"));
    }

    [Theory]
    [InlineData("[metadata]\n", "it has no lock-version")]
    [InlineData("", "it has no [metadata]")]
    [InlineData("[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = []\n[metadata]\nlock-version = \"2.1\"\n", "a has no groups")]
    [InlineData("[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"main\"]\nmarkers = 7\n[metadata]\nlock-version = \"2.1\"\n", "'markers' is not a string or a table")]
    public void What_breaks_the_format_is_refused(string text, string words)
    {
        using LockBench bench = new LockBench().With("poetry.lock", text);

        Assert.Contains(words, bench.Refusal("poetry.lock").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*", "1.0", true)]
    [InlineData("1.2.3", "1.2.3", true)]
    [InlineData("1.2.3", "1.2.4", false)]
    [InlineData("==1.2.*", "1.2.9", true)]
    [InlineData("1.2.*", "1.3", false)]
    [InlineData("^1.2", "1.9", true)]
    [InlineData("^1.2", "2.0", false)]
    [InlineData("^1.2", "1.1", false)]
    [InlineData("^0.2.3", "0.2.9", true)]
    [InlineData("^0.2.3", "0.3", false)]
    [InlineData("^0.0.3", "0.0.4", false)]
    [InlineData("^0.0", "0.0.9", true)]
    [InlineData("^0", "0.9", true)]
    [InlineData("^0", "1.0", false)]
    [InlineData("~1.2.3", "1.2.9", true)]
    [InlineData("~1.2.3", "1.3", false)]
    [InlineData("~1", "1.9", true)]
    [InlineData("~1", "2.0", false)]
    [InlineData("~=1.4.2", "1.4.9", true)]
    [InlineData("~=1.4.2", "1.5", false)]
    [InlineData(">=1.0,<2.0", "1.5", true)]
    [InlineData(">=1.0 <2.0", "2.0", false)]
    [InlineData(">=1.5.6,<1.5.7 || >1.5.7", "1.5.7", false)]
    [InlineData(">=1.5.6,<1.5.7 || >1.5.7", "1.7.1", true)]
    [InlineData(">= 1.0, != 1.3", "1.3", false)]
    [InlineData("<>1.3", "1.3", false)]
    [InlineData("=1.3", "1.3", true)]
    [InlineData("^2.0rc1", "2.0", true)]
    public void Constraints_are_poetrys_own(string constraint, string version, bool allowed)
    {
        Assert.True(DistributionVersion.TryParse(version, out DistributionVersion? parsed));

        Assert.Equal(allowed, PoetryConstraint.Allows(constraint, parsed!));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData(">>1")]
    [InlineData("^")]
    [InlineData("1.0 (really)")]
    public void What_is_no_constraint_says_so(string constraint)
    {
        Assert.True(DistributionVersion.TryParse("1.0", out DistributionVersion? version));

        Assert.Null(PoetryConstraint.Allows(constraint, version!));
    }

    private static string Package(string name, string version, string keys = "", string more = "", string tables = "") => $$"""
        [[package]]
        name = "{{name}}"
        version = "{{version}}"
        optional = false
        {{(keys.Contains("python-versions", StringComparison.Ordinal) ? "" : "python-versions = \">=3.8\"")}}
        {{keys}}
        {{more}}
        files = [
            {file = "{{name}}-{{version}}-py3-none-any.whl", hash = "{{LockBench.Hash()}}"},
            {file = "{{name}}-{{version}}.tar.gz", hash = "{{LockBench.Hash('b')}}"},
        ]

        {{tables}}

        """;

    private static string Metadata(string version, string python = ">=3.11") => $"[metadata]\nlock-version = \"{version}\"\npython-versions = \"{python}\"\ncontent-hash = \"{new string('0', 64)}\"\n";

    private static LockBench Flat(string packages, string tables = "") => new LockBench().With("poetry.lock", packages + tables + Metadata("2.1"));

    private static LockBench Walked(string dependencies, string tables, string packages, string extras = "") => new LockBench()
        .With("poetry.lock", packages + extras + Metadata("2.0"))
        .With("pyproject.toml", $"[tool.poetry]\nname = \"app\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\n{dependencies}\n{tables}\n");
}
