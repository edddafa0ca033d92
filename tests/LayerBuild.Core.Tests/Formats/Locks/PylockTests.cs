namespace LayerBuild.Formats.Locks;

public class PylockTests
{
    [Fact]
    public void Markers_ask_for_the_target_and_for_the_extras_and_groups_that_are_chosen()
    {
        using LockBench bench = Lock(
            Package("base", "1.0")
            + Package("windows", "1.0", "marker = \"sys_platform == 'win32'\"")
            + Package("s3", "1.0", "marker = \"'s3-store' in extras\"")
            + Package("plain", "1.0", "marker = \"'s3-store' not in extras and python_version >= '3.12'\"")
            + Package("lint", "1.0", "marker = \"'dev' in dependency_groups\"")
            + Package("own", "1.0", "marker = \"'project' in dependency_groups\""),
            "extras = [\"s3-store\"]\ndependency-groups = [\"dev\"]\ndefault-groups = [\"project\"]");

        Assert.Equal("base 1.0, own 1.0, plain 1.0", bench.Names("pylock.toml"));
        Assert.Equal("base 1.0, own 1.0", bench.Names("pylock.toml", "python3.11/arm64"));
        Assert.Equal("base 1.0, own 1.0, s3 1.0", bench.Names("pylock.toml", extras: "S3_Store"));
        Assert.Equal("base 1.0, lint 1.0, own 1.0, plain 1.0", bench.Names("pylock.toml", groups: "dev"));
        Assert.Equal("UnknownExtra: there is no extra 'gcs' in pylock.toml. Extras are: s3-store.", bench.Names("pylock.toml", extras: "gcs"));
        Assert.Equal("UnknownGroup: there is no dependency group 'docs' in pylock.toml. Groups are: dev.", bench.Names("pylock.toml", groups: "docs"));
    }

    [Fact]
    public void Where_extras_and_groups_were_chosen_before_there_is_nothing_to_choose()
    {
        using LockBench bench = Lock(Package("base", "1.0"));

        Assert.Equal("base 1.0", bench.Names("pylock.toml", extras: "any", groups: "dev"));
    }

    [Theory]
    [InlineData("pylock.toml", true)]
    [InlineData("pylock.web.toml", true)]
    [InlineData("pylock..toml", false)]
    [InlineData("pylock.a.b.toml", false)]
    [InlineData("Pylock.toml", false)]
    public void The_name_of_the_file_tells_the_format(string name, bool known)
    {
        using LockBench bench = new LockBench().With(name, "lock-version = \"1.0\"\ncreated-by = \"me\"\npackages = []\n");

        Assert.Equal(known, bench.Read(name).Lock is Pylock);
        if (!known)
        {
            Assert.Contains($"'{name}' is not the name of a lock file", bench.Refusal(name).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_are_named_by_their_name_or_by_where_they_are()
    {
        using LockBench bench = Lock($$"""
            [[packages]]
            name = "x"
            version = "1.0+cpu"
            index = "https://index.example/simple"
            attestation-identities = [{ kind = "GitHub" }]
            something-new = 7
            wheels = [
                { name = "x-1.0+cpu-py3-none-any.whl", url = "https://files.example/1234", size = 12, upload-time = 2026-01-02T03:04:05Z, hashes = { md5 = "00", sha256 = "{{new string('A', 64)}}" } },
            ]

            [[packages]]
            name = "y"
            wheels = [{ url = "https://files.example/y-1.0%2Bcpu-py3-none-any.whl?token=1", hashes = { sha512 = "{{new string('b', 128)}}" } }]

            [[packages]]
            name = "z"
            sdist = { path = "vendor/z-1.0.tar.gz", hashes = { sha256 = "{{new string('c', 64)}}" } }
            wheels = [{ path = "vendor/z-1.0-py3-none-any.whl", hashes = { sha256 = "{{new string('c', 64)}}" } }]

            """);

        IReadOnlyList<SelectedPackage> packages = bench.Select("pylock.toml").Packages;

        Assert.Equal(["x-1.0+cpu-py3-none-any.whl", "y-1.0+cpu-py3-none-any.whl", "z-1.0-py3-none-any.whl"], packages.Select(p => p.File!.Name));
        Assert.Equal(new PackageFile("x-1.0+cpu-py3-none-any.whl", LockBench.Hash()) { Url = "https://files.example/1234", Size = 12 }, packages[0].File);
        Assert.Equal(("sha512:" + new string('b', 128), null), (packages[1].File!.Hash, packages[1].File!.Sha256));
        Assert.Equal(bench["vendor/z-1.0-py3-none-any.whl"], packages[2].File!.Path);
        Assert.Equal("https://index.example/simple", packages[0].Package.Source.Location);
    }

    [Fact]
    public void Every_kind_of_source_is_read()
    {
        using LockBench bench = Lock($$"""
            [[packages]]
            name = "archive"
            archive = { url = "https://files.example/archive-1.0-py3-none-any.whl", hashes = { sha256 = "{{new string('a', 64)}}" } }

            [[packages]]
            name = "folder"
            directory = { path = "core", editable = true }

            [[packages]]
            name = "git"
            version = "1.0"
            vcs = { type = "git", url = "https://git.example/e.git", requested-revision = "v1", commit-id = "0123456789abcdef0123456789abcdef01234567", subdirectory = "py" }

            [[packages]]
            name = "local"
            archive = { path = "vendor/local-1.0-py3-none-any.whl", hashes = { sha256 = "{{new string('a', 64)}}" } }

            """);

        IReadOnlyList<SelectedPackage> packages = bench.Select("pylock.toml").Packages;

        Assert.Equal(["archive", "folder", "git", "local"], packages.Select(p => p.Package.Name));
        Assert.Equal((SourceKind.Url, "archive-1.0-py3-none-any.whl"), (packages[0].Package.Source.Kind, packages[0].File!.Name));
        Assert.Equal(new PackageSource(SourceKind.Directory, bench["core"]) { Editable = true }, packages[1].Package.Source);
        Assert.Equal(new PackageSource(SourceKind.Git, "https://git.example/e.git") { Reference = "v1", Commit = "0123456789abcdef0123456789abcdef01234567", Subdirectory = "py" }, packages[2].Package.Source);
        Assert.Equal((SourceKind.Path, bench["vendor/local-1.0-py3-none-any.whl"]), (packages[3].Package.Source.Kind, packages[3].File!.Path));
    }

    [Fact]
    public void A_lock_for_another_machine_says_so_at_each_wheel()
    {
        using LockBench bench = Lock($"[[packages]]\nname = \"x\"\nversion = \"1.0\"\nwheels = [{{ url = \"https://files.example/x-1.0-cp312-cp312-manylinux_2_17_x86_64.whl\", hashes = {{ sha256 = \"{new string('a', 64)}\" }} }}]\n");

        Assert.Equal("x 1.0", bench.Names("pylock.toml"));
        Assert.Equal("x 1.0 NoWheelFits", bench.Names("pylock.toml", "python3.13/arm64"));
        Assert.EndsWith("Ask for a version that has a wheel for it, or declare another runtime or architecture.", Assert.Single(bench.Select("pylock.toml", "python3.13/arm64").Cannot).Message, StringComparison.Ordinal);

        bench.With("pylock.toml", File.ReadAllText(bench["pylock.toml"]).Replace("tester", "pip", StringComparison.Ordinal));

        Assert.EndsWith("pip lock locks for the machine that it runs on only: lock for more with uv export or pdm export, or on a machine like the target.", Assert.Single(bench.Select("pylock.toml", "python3.13/arm64").Cannot).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_that_was_not_locked_is_refused()
    {
        using LockBench python = Lock(Package("a", "1.0"), "requires-python = \">=3.12\"");
        using LockBench environments = Lock(Package("a", "1.0"), "environments = [\"python_version == '3.12'\", \"sys_platform == 'win32'\"]");
        using LockBench package = Lock(Package("a", "1.0", "requires-python = \">=3.13\""));

        Assert.Equal("a 1.0", python.Names("pylock.toml"));
        Assert.Equal("RequiresPython: pylock.toml is for Python >=3.12 (requires-python), which does not allow 3.11. Declare a runtime that it allows, or change requires-python in the manifest and run the command that wrote it.", python.Names("pylock.toml", "python3.11/x86_64"));
        Assert.Equal("a 1.0", environments.Names("pylock.toml"));
        Assert.Equal("Environment: pylock.toml was locked for some environments only, and python3.13 on x86_64 is none of them. Lock for it, too, with tester.", environments.Names("pylock.toml", "python3.13/x86_64"));
        Assert.Equal(LockFaultKind.RequiresPython, package.Refusal("pylock.toml").Kind);
    }

    [Fact]
    public void Two_entries_for_one_target_contradict_each_other()
    {
        using LockBench bench = Lock(Package("a", "1.0") + Package("a", "2.0", "marker = \"python_version >= '3.12'\""));

        Assert.Equal("a 1.0", bench.Names("pylock.toml", "python3.11/x86_64"));
        Assert.Equal(LockFaultKind.Contradictory, bench.Refusal("pylock.toml").Kind);
    }

    [Fact]
    public void A_newer_minor_version_is_read_with_a_warning_and_a_newer_major_version_is_not()
    {
        using LockBench minor = Lock(Package("a", "1.0"), version: "1.1");
        using LockBench major = Lock(Package("a", "1.0"), version: "2.0");

        Assert.Equal(LockFaultKind.NewerFormat, Assert.Single(minor.Select("pylock.toml").Warnings).Kind);
        Assert.Equal("a 1.0", minor.Names("pylock.toml"));
        Assert.Equal("UnknownVersion: pylock.toml is written in lock-version 2.0, and LayerBuild reads lock-version 1.x. Update LayerBuild, or lock with an older tool.", major.Names("pylock.toml"));
    }

    [Theory]
    [InlineData("created-by = \"x\"\npackages = []\n", "it has no lock-version")]
    [InlineData("lock-version = \"1.0\"\npackages = []\n", "it has no created-by")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n", "it has no packages")]
    [InlineData("lock-version = \"one\"\ncreated-by = \"x\"\npackages = []\n", "lock-version 'one' is not a version")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\nenvironments = []\npackages = []\n", "environments is an empty list")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a.b\"\nwheels = [{ }]\n", "the name 'a.b' is not normalized ('a-b')")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\n", "a has no files")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nwheels = [{ name = \"a-1-py3-none-any.whl\", url = \"https://x\" }]\n", "a file of a has no hashes")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nwheels = [{ name = \"a-1-py3-none-any.whl\", hashes = { sha256 = \"aa\" } }]\n", "a file of a has neither url nor path")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nwheels = [{ url = \"https://x/a-1-py3-none-any.whl\", hashes = { } }]\n", "a file of a has no hashes")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\ndirectory = { path = \".\" }\nvcs = { type = \"git\" }\n", "a has more than one source (vcs, directory)")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nvcs = { type = \"hg\", url = \"https://x\", commit-id = \"1\" }\n", "a comes from hg; only git is known")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nvcs = { type = \"git\", url = \"https://x\" }\n", "vcs of a has no commit-id")]
    [InlineData("lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nmarker = \"'x' == extras\"\ndirectory = { path = \"a\" }\n", "is not a marker")]
    public void What_breaks_the_format_is_refused(string text, string words)
    {
        using LockBench bench = new LockBench().With("pylock.toml", text);

        LockFault fault = bench.Refusal("pylock.toml");

        Assert.Equal(LockFaultKind.Invalid, fault.Kind);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    private static string Package(string name, string version, string keys = "") =>
        $"[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n{keys}\nwheels = [{{ url = \"https://files.example/{name}-{version}-py3-none-any.whl\", hashes = {{ sha256 = \"{new string('a', 64)}\" }} }}]\n\n";

    private static LockBench Lock(string packages, string keys = "", string version = "1.0") =>
        new LockBench().With("pylock.toml", $"lock-version = \"{version}\"\ncreated-by = \"tester\"\n{keys}\n\n{packages}");
}
