using System.Text.Json;

namespace LayerBuild.Formats.Locks;

public class PipfileLockTests
{
    [Fact]
    public void Categories_are_chosen_by_name()
    {
        using LockBench bench = Lock($$"""
            "default": { "base": {{Entry("1.0")}} },
            "develop": { "lint": {{Entry("2.0")}} },
            "data_tools": { "frames": {{Entry("3.0")}}, "base": {{Entry("1.0")}} }
            """);

        Assert.Equal("base 1.0", bench.Names("Pipfile.lock"));
        Assert.Equal("base 1.0, lint 2.0", bench.Names("Pipfile.lock", groups: "dev"));
        Assert.Equal("base 1.0, lint 2.0", bench.Names("Pipfile.lock", groups: "dev-packages develop"));
        Assert.Equal("base 1.0, frames 3.0", bench.Names("Pipfile.lock", groups: "Data.Tools"));
        Assert.Equal("UnknownGroup: there is no category 'docs' in Pipfile.lock. Categories are: data-tools, develop. If it is new in Pipfile, run pipenv lock.", bench.Names("Pipfile.lock", groups: "docs"));
        Assert.Equal("UnknownExtra: there is no extra 's3': pipenv has categories instead. Name them in Groups.", bench.Names("Pipfile.lock", extras: "s3"));
    }

    [Fact]
    public void Markers_stand_under_their_own_key_or_that_of_a_variable()
    {
        using LockBench bench = Lock($$"""
            "default": {
                "new": { "version": "==1.0", "markers": "python_version >= '3.12'", "hashes": ["{{LockBench.Hash()}}"] },
                "windows": { "version": "==1.0", "sys_platform": "== 'win32'", "hashes": ["{{LockBench.Hash()}}"] },
                "arm": { "version": "==1.0", "platform_machine": "== 'aarch64'", "markers": "python_version >= '3.12'", "hashes": ["{{LockBench.Hash()}}"] }
            }
            """);

        Assert.Equal("new 1.0", bench.Names("Pipfile.lock"));
        Assert.Equal("", bench.Names("Pipfile.lock", "python3.11/arm64"));
        Assert.Equal("arm 1.0, new 1.0", bench.Names("Pipfile.lock", "python3.12/arm64"));
    }

    [Fact]
    public void What_was_not_locked_is_an_error_where_it_applies()
    {
        using LockBench bench = Lock("""
            "default": { "msgpack": { "version": "*", "markers": "platform_machine == 'aarch64'" } }
            """);

        Assert.Equal("", bench.Names("Pipfile.lock"));
        LockFault fault = Assert.Single(bench.Select("Pipfile.lock", "python3.12/arm64").Cannot);
        Assert.Equal(LockFaultKind.NotPinned, fault.Kind);
        Assert.Equal("LB2016", fault.ToDiagnostic("Layer 'web'").Code);
        Assert.Equal("Pipfile.lock does not lock msgpack: its marker did not hold on the machine that locked, and it holds on python3.12 on arm64. Lock where it holds, or give it a version in Pipfile (msgpack = \"==1.0\") and take its marker out.", fault.Message);
        Assert.Equal(6, fault.Line);
    }

    [Fact]
    public void Files_are_hashes_without_names()
    {
        using LockBench bench = Lock($$"""
            "default": { "base": { "version": "==1.0", "index": "internal", "hashes": ["{{LockBench.Hash()}}", "{{LockBench.Hash('b')}}"] } }
            """);

        SelectedPackage package = Assert.Single(bench.Select("Pipfile.lock").Packages);

        Assert.Null(package.File);
        Assert.Equal([new string('a', 64), new string('b', 64)], package.Package.Files.Select(f => f.Sha256));
        Assert.All(package.Package.Files, f => Assert.Null(f.Name));
        Assert.Equal(new PackageSource(SourceKind.Index, "https://${USER}:${TOKEN}@pkgs.example/simple") { IndexName = "internal" }, package.Package.Source);
    }

    [Fact]
    public void Every_kind_of_source_is_read()
    {
        using LockBench bench = Lock($$"""
            "default": {
                "git": { "git": "https://git.example/e.git", "ref": "0123456789abcdef0123456789abcdef01234567", "subdirectory": "py" },
                "url": { "file": "https://files.example/url-1.0-py3-none-any.whl", "hashes": ["{{LockBench.Hash()}}"] },
                "wheel": { "file": "./vendor/wheel-1.0-py3-none-any.whl", "hashes": ["{{LockBench.Hash()}}", "{{LockBench.Hash('b')}}"] },
                "folder": { "path": "./core", "editable": true, "extras": ["fast"] }
            }
            """);

        Dictionary<string, SelectedPackage> packages = bench.Select("Pipfile.lock").Packages.ToDictionary(p => p.Package.Name);

        Assert.Equal(new PackageSource(SourceKind.Git, "https://git.example/e.git") { Commit = "0123456789abcdef0123456789abcdef01234567", Subdirectory = "py" }, packages["git"].Package.Source);
        Assert.Equal(("https://files.example/url-1.0-py3-none-any.whl", LockBench.Hash()), (packages["url"].File!.Url, packages["url"].File!.Hash));
        Assert.Equal((bench["vendor/wheel-1.0-py3-none-any.whl"], null), (packages["wheel"].File!.Path, packages["wheel"].File!.Hash));
        Assert.Equal(new PackageSource(SourceKind.Directory, bench["core"]) { Editable = true }, packages["folder"].Package.Source);
    }

    [Fact]
    public void Another_Python_than_that_of_the_target_is_warned_of()
    {
        using LockBench bench = Lock($$"""
            "default": { "base": {{Entry("1.0")}} }
            """, "\"requires\": { \"python_version\": \"3.12\" },");

        Assert.Empty(bench.Select("Pipfile.lock").Warnings);
        LockFault warning = Assert.Single(bench.Select("Pipfile.lock", "python3.11/x86_64").Warnings);
        Assert.Equal(LockFaultKind.OtherPython, warning.Kind);
        Assert.Equal("Pipfile.lock was locked with Python 3.12, and the layer is for 3.11. What only 3.11 needs is not in it. Declare the runtime python3.12, or lock with Python 3.11.", warning.Message);
        Assert.Equal(Diagnostics.Severity.Warning, warning.ToDiagnostic("Layer 'web'").Severity);
    }

    [Fact]
    public void Two_categories_with_different_versions_contradict_each_other()
    {
        using LockBench bench = Lock($$"""
            "default": { "base": {{Entry("1.0")}} },
            "develop": { "base": {{Entry("2.0")}} }
            """);

        Assert.Equal("base 1.0", bench.Names("Pipfile.lock"));
        Assert.Equal(LockFaultKind.Contradictory, bench.Refusal("Pipfile.lock", groups: "dev").Kind);
    }

    [Theory]
    [InlineData("{}", "Invalid", "it has no _meta", 1)]
    [InlineData("[]", "Malformed", "It is not an object", 1)]
    [InlineData("{\n\"_meta\": {},\n}", "Malformed", "is not valid JSON", 3)]
    [InlineData("{\"_meta\": {}, \"default\": {\n\"a\": {}, \"a\": {}}}", "Malformed", "'a' is there twice", 2)]
    [InlineData("{\"_meta\": {\"pipfile-spec\": 7}}", "UnknownVersion", "pipfile-spec 7, and LayerBuild reads pipfile-spec 6", 1)]
    [InlineData("{\"_meta\": {}, \"default\": {\n\n\"a\": {\"version\": \">=1\"}}}", "Invalid", "a has the version '>=1', which does not begin with ==", 3)]
    [InlineData("{\"_meta\": {}, \"default\": {\"a\": {\"version\": \"==1\", \"markers\": \"maybe\"}}}", "Invalid", "'maybe' is not a marker", 1)]
    [InlineData("{\"_meta\": {}, \"default\": {\"a\": \"==1\"}}", "Invalid", "'a' is not a table", 1)]
    public void What_breaks_the_format_is_refused(string text, string kind, string words, int line)
    {
        using LockBench bench = new LockBench().With("Pipfile.lock", text);

        LockFault fault = bench.Refusal("Pipfile.lock");

        Assert.Equal(kind, fault.Kind.ToString());
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal(line, fault.Line);
    }

    private static string Entry(string version) => $$"""{ "version": "=={{version}}", "hashes": ["{{LockBench.Hash()}}"] }""";

    private static LockBench Lock(string categories, string meta = "")
    {
        string text = $$"""
            {
                "_meta": { {{meta}} "pipfile-spec": 6, "sources": [
                    { "name": "main", "url": "https://index.example/simple", "verify_ssl": true },
                    { "name": "internal", "url": "https://${USER}:${TOKEN}@pkgs.example/simple", "verify_ssl": true }
                ] },
                {{categories}}
            }
            """;
        using JsonDocument valid = JsonDocument.Parse(text);
        return new LockBench().With("Pipfile.lock", text);
    }
}
