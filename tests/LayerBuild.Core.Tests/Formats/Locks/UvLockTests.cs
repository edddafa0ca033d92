namespace LayerBuild.Formats.Locks;

public class UvLockTests
{
    private const string Index = "source = { registry = \"https://index.example/simple\" }";

    [Fact]
    public void Edges_are_followed_where_their_markers_hold()
    {
        using LockBench bench = Project(
            """
            { name = "everywhere" },
            { name = "windows", marker = "sys_platform == 'win32'" },
            { name = "old", marker = "python_full_version < '3.12'" },
            { name = "arm", marker = "platform_machine == 'aarch64'" },
            """,
            Package("everywhere", "1.0", "dependencies = [{ name = \"inner\" }]") + Package("inner", "2.0") + Package("windows", "1.0") + Package("old", "1.0") + Package("arm", "1.0") + Package("nobody", "1.0"));

        Assert.Equal("everywhere 1.0, inner 2.0", bench.Names("uv.lock"));
        Assert.Equal("everywhere 1.0, inner 2.0, old 1.0", bench.Names("uv.lock", "python3.11/x86_64"));
        Assert.Equal("arm 1.0, everywhere 1.0, inner 2.0", bench.Names("uv.lock", "python3.13/arm64"));
    }

    [Fact]
    public void A_package_knows_who_requires_it()
    {
        using LockBench bench = Project("{ name = \"a\" }, { name = \"b\" }", Package("a", "1.0", "dependencies = [{ name = \"c\" }]") + Package("b", "1.0", "dependencies = [{ name = \"c\" }]") + Package("c", "1.0", "dependencies = [{ name = \"a\" }]"));

        LockSelection selection = bench.Select("uv.lock");

        Assert.Equal(["a", "b"], selection.Packages.Single(p => p.Package.Name == "c").RequiredBy);
        Assert.Equal(["c"], selection.Packages.Single(p => p.Package.Name == "a").RequiredBy);
        Assert.Empty(selection.Packages.Single(p => p.Package.Name == "b").RequiredBy);
    }

    [Fact]
    public void Extras_and_groups_are_taken_only_when_they_are_chosen()
    {
        using LockBench bench = Project(
            "{ name = \"base\", extra = [\"fast\"] }",
            Package("base", "1.0", "", "[package.optional-dependencies]\nfast = [{ name = \"quick\" }]\nslow = [{ name = \"lazy\" }]")
            + Package("quick", "1.0") + Package("lazy", "1.0") + Package("s3", "1.0") + Package("lint", "1.0"),
            "[package.optional-dependencies]\ns3-store = [{ name = \"s3\" }]\n[package.dev-dependencies]\ndev = [{ name = \"lint\" }]\n");

        Assert.Equal("base 1.0, quick 1.0", bench.Names("uv.lock"));
        Assert.Equal("base 1.0, quick 1.0, s3 1.0", bench.Names("uv.lock", extras: "S3_Store"));
        Assert.Equal("base 1.0, lint 1.0, quick 1.0", bench.Names("uv.lock", groups: "dev"));
        Assert.Equal("UnknownExtra: there is no extra 'gcs' in uv.lock. Extras are: s3-store. If it is new in pyproject.toml, run uv lock.", bench.Names("uv.lock", extras: "gcs"));
        Assert.Equal("UnknownGroup: there is no dependency group 'docs' in uv.lock. Groups are: dev. If it is new in pyproject.toml, run uv lock.", bench.Names("uv.lock", groups: "docs"));
    }

    [Fact]
    public void An_extra_that_requires_nothing_is_known_from_the_copy_of_the_manifest()
    {
        using LockBench bench = Project("", "", "[package.metadata]\nrequires-dist = [{ name = \"w\", marker = \"sys_platform == 'win32' and extra == 'gone'\" }]\nprovides-extras = [\"empty\"]\n[package.metadata.requires-dev]\nnothing = []\n");

        Assert.Equal("", bench.Names("uv.lock", extras: "empty gone", groups: "nothing"));
    }

    [Fact]
    public void Forks_are_told_apart_by_version_and_by_the_markers_of_packages()
    {
        string forks = Package("num", "1.0", "resolution-markers = [\"python_full_version < '3.12'\"]") + Package("num", "2.0", "resolution-markers = [\"python_full_version >= '3.12'\"]");
        using LockBench named = Project(
            "{ name = \"num\", version = \"1.0\", source = { registry = \"https://index.example/simple\" }, marker = \"python_full_version < '3.12'\" }, { name = \"num\", version = \"2.0\", source = { registry = \"https://index.example/simple\" }, marker = \"python_full_version >= '3.12'\" }",
            forks);
        using LockBench bare = Project("{ name = \"num\" }", forks);
        using LockBench lost = Project("{ name = \"num\" }", Package("num", "1.0", "resolution-markers = [\"sys_platform == 'win32'\"]") + Package("num", "2.0", "resolution-markers = [\"sys_platform == 'darwin'\"]"));

        Assert.Equal("num 1.0", named.Names("uv.lock", "python3.11/arm64"));
        Assert.Equal("num 2.0", named.Names("uv.lock", "python3.12/arm64"));
        Assert.Equal("num 1.0", bare.Names("uv.lock", "python3.11/arm64"));
        Assert.Equal("num 2.0", bare.Names("uv.lock", "python3.14/arm64"));
        Assert.Equal("Contradictory: uv.lock has no version of num for python3.12 on x86_64: 1.0, 2.0. Run uv lock.", lost.Names("uv.lock"));
    }

    [Fact]
    public void Two_versions_for_one_target_contradict_each_other()
    {
        using LockBench bench = Project("{ name = \"num\", version = \"1.0\" }, { name = \"num\", version = \"2.0\" }", Package("num", "1.0") + Package("num", "2.0"));

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal(LockFaultKind.Contradictory, fault.Kind);
        int[] lines = [.. File.ReadLines(bench["uv.lock"]).Index().Where(l => l.Item == "name = \"num\"").Select(l => l.Index + 1)];
        Assert.Contains($"num 1.0 (line {lines[0]}) and num 2.0 (line {lines[1]}) for python3.12 on x86_64", fault.Message, StringComparison.Ordinal);
        Assert.Equal(lines[1], fault.Line);
    }

    [Fact]
    public void Extras_that_exclude_each_other_decide_by_markers()
    {
        using LockBench bench = Project(
            "{ name = \"user\" }",
            Package("user", "1.0", """
                dependencies = [
                    { name = "accel", version = "1.0", marker = "extra == 'extra-3-app-cpu'" },
                    { name = "accel", version = "2.0", marker = "extra == 'extra-3-app-gpu' or extra != 'extra-3-app-cpu'" },
                ]
                """) + Package("accel", "1.0") + Package("accel", "2.0"),
            "[package.optional-dependencies]\ncpu = [{ name = \"accel\", version = \"1.0\" }]\ngpu = [{ name = \"accel\", version = \"2.0\" }]\n",
            "conflicts = [[\n    { package = \"app\", extra = \"cpu\" },\n    { package = \"app\", extra = \"gpu\" },\n]]\n");

        Assert.Equal("accel 2.0, user 1.0", bench.Names("uv.lock"));
        Assert.Equal("accel 1.0, user 1.0", bench.Names("uv.lock", extras: "cpu"));
        Assert.Equal("accel 2.0, user 1.0", bench.Names("uv.lock", extras: "gpu"));
        Assert.Equal("Conflict: extras or groups that exclude each other were chosen together: extra 'cpu' of app, extra 'gpu' of app. Choose one of them for a layer (conflicts under [tool.uv] in pyproject.toml).", bench.Names("uv.lock", extras: "cpu gpu"));
    }

    [Fact]
    public void An_extra_that_only_a_package_asks_for_decides_by_markers_too()
    {
        using LockBench bench = Project(
            "{ name = \"member\", extra = [\"cpu\"] }, { name = \"accel\", version = \"1.0\", marker = \"extra == 'extra-6-member-cpu'\" }, { name = \"accel\", version = \"2.0\", marker = \"extra == 'extra-6-member-gpu'\" }",
            Package("accel", "1.0") + Package("accel", "2.0") + """

            [[package]]
            name = "member"
            version = "0.1"
            source = { editable = "member" }
            [package.optional-dependencies]
            cpu = []
            gpu = []
            """,
            top: "conflicts = [[{ package = \"member\", extra = \"cpu\" }, { package = \"member\", extra = \"gpu\" }]]\n");

        Assert.Equal("accel 1.0, member 0.1", bench.Names("uv.lock"));
    }

    [Fact]
    public void Groups_that_exclude_each_other_are_refused_together()
    {
        using LockBench bench = Project("", Package("lint", "1.0") + Package("lint", "2.0"),
            "[package.dev-dependencies]\none = [{ name = \"lint\", version = \"1.0\" }]\ntwo = [{ name = \"lint\", version = \"2.0\" }]\n",
            "conflicts = [[{ package = \"app\", group = \"one\" }, { package = \"app\", group = \"two\" }]]\n");

        Assert.Equal("lint 2.0", bench.Names("uv.lock", groups: "two"));
        Assert.Equal(LockFaultKind.Conflict, bench.Refusal("uv.lock", groups: "one two").Kind);
    }

    [Fact]
    public void A_workspace_without_a_project_begins_at_its_members_or_at_one()
    {
        const string text = """
            version = 1
            requires-python = ">=3.11"

            [manifest]
            members = ["api", "jobs"]

            [manifest.dependency-groups]
            ops = [{ name = "cli", specifier = ">=1" }]

            [[package]]
            name = "api"
            version = "0.1"
            source = { editable = "packages/api" }
            dependencies = [{ name = "jobs" }]

            [[package]]
            name = "jobs"
            version = "0.2"
            source = { virtual = "packages/jobs" }
            dependencies = [{ name = "lib" }]

            [package.dev-dependencies]
            dev = [{ name = "cli" }]

            """;
        using LockBench bench = new LockBench().With("uv.lock", text + Package("lib", "1.0") + Package("cli", "1.0"));

        Assert.Equal("api 0.1, lib 1.0", bench.Names("uv.lock"));
        Assert.Equal("api 0.1, cli 1.0, lib 1.0", bench.Names("uv.lock", groups: "ops"));
        Assert.Equal("lib 1.0", bench.Names("uv.lock", start: "jobs"));
        Assert.Equal("cli 1.0, lib 1.0", bench.Names("uv.lock", groups: "dev", start: "jobs"));
        Assert.Equal("UnknownPackage: 'lib' is not a member of the workspace of uv.lock. Its members are: api, jobs.", bench.Names("uv.lock", start: "lib"));
        Assert.True(bench.Select("uv.lock", start: "api").Packages.Single(p => p.Package.Name == "api").IsStart);
        Assert.False(bench.Select("uv.lock").Packages.Single(p => p.Package.Name == "lib").IsStart);
    }

    [Fact]
    public void Requirements_of_a_script_are_roots()
    {
        using LockBench bench = new LockBench().With("uv.lock", "version = 1\nrequires-python = \">=3.11\"\n[manifest]\nrequirements = [{ name = \"lib\", extras = [\"x\"] }]\n" + Package("lib", "1.0", "", "[package.optional-dependencies]\nx = [{ name = \"more\" }]") + Package("more", "1.0"));

        Assert.Equal("lib 1.0, more 1.0", bench.Names("uv.lock"));
    }

    [Fact]
    public void Every_kind_of_source_is_read()
    {
        string text = $$"""
            [[package]]
            name = "from-url"
            version = "1.0"
            source = { url = "https://files.example/from_url-1.0%2Bcpu-py3-none-any.whl" }
            wheels = [{ url = "https://files.example/from_url-1.0%2Bcpu-py3-none-any.whl", hash = "{{LockBench.Hash()}}" }]

            [[package]]
            name = "from-git"
            version = "1.0"
            source = { git = "https://git.example/repo.git?subdirectory=lib&rev=v1#0123456789abcdef0123456789abcdef01234567" }

            [[package]]
            name = "from-path"
            version = "1.0"
            source = { path = "vendor/from_path-1.0-py3-none-any.whl" }
            wheels = [{ filename = "from_path-1.0-py3-none-any.whl", hash = "{{LockBench.Hash()}}" }]

            [[package]]
            name = "from-folder"
            source = { directory = "vendor/folder", subdirectory = "python" }

            [[package]]
            name = "from-flat"
            version = "1.0"
            source = { registry = "vendor/flat" }
            wheels = [{ path = "from_flat-1.0-py3-none-any.whl" }]

            """;
        using LockBench bench = Project("{ name = \"from-url\" }, { name = \"from-git\" }, { name = \"from-path\" }, { name = \"from-folder\" }, { name = \"from-flat\" }", text);

        Dictionary<string, SelectedPackage> packages = bench.Select("uv.lock").Packages.ToDictionary(p => p.Package.Name);

        Assert.Equal(["from-flat", "from-folder", "from-git", "from-path", "from-url"], packages.Keys);
        Assert.Equal(SourceKind.Url, packages["from-url"].Package.Source.Kind);
        Assert.Equal("from_url-1.0+cpu-py3-none-any.whl", packages["from-url"].File!.Name);
        Assert.Equal(new PackageSource(SourceKind.Git, "https://git.example/repo.git") { Commit = "0123456789abcdef0123456789abcdef01234567", Reference = "v1", Subdirectory = "lib" }, packages["from-git"].Package.Source);
        Assert.Null(packages["from-git"].File);
        Assert.Equal(bench["vendor/from_path-1.0-py3-none-any.whl"], packages["from-path"].File!.Path);
        Assert.Equal(new PackageSource(SourceKind.Directory, bench["vendor/folder"]) { Subdirectory = "python" }, packages["from-folder"].Package.Source);
        Assert.Null(packages["from-folder"].Package.Version);
        Assert.Equal(bench["vendor/flat/from_flat-1.0-py3-none-any.whl"], packages["from-flat"].File!.Path);
    }

    [Fact]
    public void The_wheel_is_chosen_by_tags_and_build_number_and_not_by_the_order_of_the_file()
    {
        string wheels = $$"""
            wheels = [
                { url = "https://files.example/x-1.0-py3-none-any.whl", hash = "{{LockBench.Hash()}}", size = 1 },
                { url = "https://files.example/x-1.0-2-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "{{LockBench.Hash()}}", size = 2 },
                { url = "https://files.example/x-1.0-10-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "{{LockBench.Hash('b')}}", size = 3 },
                { url = "https://files.example/x-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "{{LockBench.Hash()}}", size = 4 },
                { url = "https://files.example/x-1.0-cp312-cp312-manylinux_2_35_x86_64.whl", hash = "{{LockBench.Hash()}}", size = 5 },
                { url = "https://files.example/x-1.0-cp312-cp312-musllinux_1_2_x86_64.whl", hash = "{{LockBench.Hash()}}", size = 6 },
            ]
            """;
        using LockBench bench = Project("{ name = \"x\" }", $"[[package]]\nname = \"x\"\nversion = \"1.0\"\n{Index}\n{wheels}\n");

        PackageFile file = bench.Select("uv.lock").Packages.Single().File!;

        Assert.Equal("x-1.0-10-cp312-cp312-manylinux_2_17_x86_64.whl", file.Name);
        Assert.Equal("https://files.example/x-1.0-10-cp312-cp312-manylinux_2_17_x86_64.whl", file.Url);
        Assert.Equal(new string('b', 64), file.Sha256);
        Assert.Equal(3, file.Size);
        Assert.Equal("x-1.0-py3-none-any.whl", bench.Select("uv.lock", "python3.13/x86_64").Packages.Single().File!.Name);
    }

    [Fact]
    public void What_has_no_wheel_for_the_target_is_named_with_what_exists()
    {
        using LockBench bench = Project(
            "{ name = \"native\" }, { name = \"source\" }",
            $$"""
            [[package]]
            name = "native"
            version = "1.0"
            {{Index}}
            wheels = [
                { url = "https://files.example/native-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", hash = "{{LockBench.Hash()}}" },
                { url = "https://files.example/native-1.0-cp311-cp311-win_amd64.whl", hash = "{{LockBench.Hash()}}" },
            ]

            [[package]]
            name = "source"
            version = "2.0"
            {{Index}}
            sdist = { url = "https://files.example/source-2.0.tar.gz", hash = "{{LockBench.Hash()}}" }

            """);

        LockSelection selection = bench.Select("uv.lock", "python3.11/x86_64");

        Assert.Empty(selection.Packages);
        Assert.Equal(
            [
                "no wheel of native 1.0 in uv.lock loads on python3.11 on x86_64. What is locked: native-1.0-cp311-cp311-manylinux_2_28_x86_64.whl (needs glibc 2.28, python3.11 has 2.26) and 1 more. Ask for a version that has a wheel for it, or declare another runtime or architecture.",
                "source 2.0 has no wheel in uv.lock, only a source distribution (source-2.0.tar.gz). Ask for a version that has one, or name the package in AllowSdist to build it here.",
            ],
            selection.Cannot.Select(c => c.Message));
        Assert.All(selection.Cannot, c => Assert.Equal("LB2003", c.ToDiagnostic("Layer 'web'").Code));
    }

    [Fact]
    public void A_target_that_was_not_locked_is_refused()
    {
        using LockBench python = Project("", "", top: "", requires: ">=3.12");
        using LockBench environments = Project("", "", top: "supported-markers = [\n    \"platform_machine == 'x86_64' and sys_platform == 'linux'\",\n    \"sys_platform == 'darwin'\",\n]\n");

        Assert.Equal("RequiresPython: uv.lock is for Python >=3.12 (requires-python), which does not allow 3.11. Declare a runtime that it allows, or change requires-python in the manifest and run uv lock.", python.Names("uv.lock", "python3.11/x86_64"));
        Assert.Equal("", environments.Names("uv.lock"));
        Assert.Equal("Environment: uv.lock was locked for some environments only, and python3.12 on arm64 is none of them. Add it to environments under [tool.uv] in pyproject.toml, and run uv lock.", environments.Names("uv.lock", "python3.12/arm64"));
    }

    [Theory]
    [InlineData("requires-python = \">=3.11\"\n", "Invalid", "it has no version")]
    [InlineData("version = 2\n", "UnknownVersion", "written in version 2 of its format, and LayerBuild reads version 1 with any revision")]
    [InlineData("version = \"1\"\n", "Invalid", "'version' is not a whole number")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\n", "Invalid", "a has no source")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\nsource = { floppy = \"A:\" }\n", "Invalid", "a source is of no known kind")]
    [InlineData("version = 1\n[[package]]\nname = \"../a\"\nsource = { virtual = \".\" }\n", "Invalid", "'../a' is not the name of a package")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"b\" }]\n", "Missing", "uv.lock requires b, which is not in it")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\", version = \"9\" }]\n", "Missing", "uv.lock requires a 9, which is not in it")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\", marker = \"python is nice\" }]\n", "Invalid", "'python is nice' is not a marker")]
    [InlineData("version = 1\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [\"a\"]\n", "Invalid", "'dependencies' is not a table")]
    [InlineData("version = 1\nconflicts = [{ package = \"a\" }]\n", "Invalid", "'conflicts' is not a list of lists")]
    public void What_breaks_the_format_is_refused(string text, string kind, string words)
    {
        using LockBench bench = new LockBench().With("uv.lock", text);

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal(kind, fault.Kind.ToString());
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal(bench["uv.lock"], fault.File);
    }

    [Theory]
    [InlineData("source = { path = \"../../outside-1.0-py3-none-any.whl\" }\nwheels = [{ filename = \"outside-1.0-py3-none-any.whl\" }]", "../../outside-1.0-py3-none-any.whl")]
    [InlineData("source = { directory = \"/etc\" }", "/etc")]
    [InlineData("source = { registry = \"../..\" }", "../..")]
    [InlineData("source = { registry = \"flat\" }\nwheels = [{ path = \"../../../x-1.0-py3-none-any.whl\" }]", "flat/../../../x-1.0-py3-none-any.whl")]
    public void No_path_leaves_the_repository(string source, string named)
    {
        using LockBench bench = Project("{ name = \"x\" }", $"[[package]]\nname = \"x\"\nversion = \"1.0\"\n{source}\n");

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal(LockFaultKind.OutsideRepository, fault.Kind);
        Assert.Contains($"uv.lock names '{named}', which is outside the repository", fault.Message.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_leaves_the_repository_does_no_harm_where_it_is_not_installed()
    {
        using LockBench bench = Project("{ name = \"ok\" }", Package("ok", "1.0") + "[[package]]\nname = \"x\"\nversion = \"1.0\"\nsource = { directory = \"../../x\" }\n");

        Assert.Equal("ok 1.0", bench.Names("uv.lock"));
    }

    [Theory]
    [InlineData("sha256:abc")]
    [InlineData("sha256:")]
    [InlineData("deadbeef")]
    [InlineData("sha256:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void A_hash_that_is_none_is_refused(string hash)
    {
        using LockBench bench = Project("{ name = \"x\" }", $"[[package]]\nname = \"x\"\nversion = \"1.0\"\n{Index}\nwheels = [{{ url = \"https://files.example/x-1.0-py3-none-any.whl\", hash = \"{hash}\" }}]\n");

        Assert.Contains($"'{hash}' is not a hash", bench.Refusal("uv.lock").Message, StringComparison.Ordinal);
    }

    private static string Package(string name, string version, string lines = "", string tables = "") => $$"""
        [[package]]
        name = "{{name}}"
        version = "{{version}}"
        {{Index}}
        {{lines}}
        wheels = [{ url = "https://files.example/{{name}}-{{version}}-py3-none-any.whl", hash = "{{LockBench.Hash()}}" }]
        {{tables}}

        """;

    private static LockBench Project(string dependencies, string packages, string tables = "", string top = "", string requires = ">=3.11") => new LockBench().With("uv.lock", $$"""
        version = 1
        revision = 5
        requires-python = "{{requires}}"
        {{top}}
        [[package]]
        name = "app"
        version = "0.1.0"
        source = { virtual = "." }
        dependencies = [{{dependencies}}]
        {{tables}}
        {{packages}}
        """);
}
