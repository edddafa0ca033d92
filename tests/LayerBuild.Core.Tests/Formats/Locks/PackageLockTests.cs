using System.Text;
using LayerBuild.Diagnostics;

namespace LayerBuild.Formats.Locks;

/// <summary>What holds for lock files of every format.</summary>
public class PackageLockTests
{
    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        using var bench = new LockBench();

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal(LockFaultKind.Unreadable, fault.Kind);
        Assert.Equal("uv.lock does not exist. Correct its name, or create it.", fault.Message);
    }

    [Theory]
    [InlineData("uv.lock", "version = 1\n[[package]]\nname = \"a\n", 3)]
    [InlineData("poetry.lock", "[metadata\n", 1)]
    [InlineData("pdm.lock", "\n\nx = = 1\n", 3)]
    [InlineData("pylock.toml", "a = 1\na = 2\n", 2)]
    [InlineData("pylock.web.toml", "a = { b = 1 }\n[a.c]\n", 2)]
    public void Broken_TOML_is_said_with_its_place(string name, string text, int line)
    {
        using LockBench bench = new LockBench().With(name, text);

        LockFault fault = bench.Refusal(name);

        Assert.Equal(LockFaultKind.Malformed, fault.Kind);
        Assert.Equal(line, fault.Line);
        Assert.True(fault.Column > 0);
        Assert.StartsWith($"{name} is not valid TOML: ", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Restore it from version control, or lock again.", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_conflict_of_a_merge_is_called_so()
    {
        using LockBench bench = new LockBench().With("uv.lock", "version = 1\n<<<<<<< HEAD\nrevision = 1\n=======\nrevision = 2\n>>>>>>> other\n");

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal("uv.lock holds the conflict markers of a merge. Resolve the conflict, or lock again.", fault.Message);
        Assert.Equal(2, fault.Line);
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_said_with_its_line()
    {
        using LockBench bench = new LockBench().With("uv.lock", "");
        File.WriteAllBytes(bench["uv.lock"], [.. "version = 1\n# "u8, 0xFF, 0xFE, .. "\n"u8]);

        LockFault fault = bench.Refusal("uv.lock");

        Assert.Equal((LockFaultKind.Malformed, 2), (fault.Kind, fault.Line));
        Assert.Contains("it is not UTF-8", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm()
    {
        using LockBench bench = new LockBench().With("uv.lock", "").With("Pipfile.lock", "");
        File.WriteAllText(bench["uv.lock"], "version = 1\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        File.WriteAllText(bench["Pipfile.lock"], "{ \"_meta\": {} }", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal("", bench.Names("uv.lock"));
        Assert.Equal("", bench.Names("Pipfile.lock"));
    }

    [Fact]
    public void Windows_line_ends_do_no_harm()
    {
        using LockBench bench = new LockBench().With("uv.lock", $"version = 1\r\n[[package]]\r\nname = \"a\"\r\nversion = \"1\"\r\nsource = {{ editable = \".\" }}\r\n");

        Assert.Equal("a 1", bench.Names("uv.lock"));
    }

    [Theory]
    [InlineData("uv.lock", "version = 1\nx = ")]
    [InlineData("poetry.lock", "x = ")]
    public void Nesting_without_end_is_refused(string name, string start)
    {
        using LockBench bench = new LockBench().With(name, start + new string('[', 100_000));

        Assert.Equal(LockFaultKind.Malformed, bench.Refusal(name).Kind);
    }

    [Fact]
    public void Nesting_without_end_is_refused_in_JSON_and_in_markers_too()
    {
        string deep = string.Concat(Enumerable.Repeat("(", 50_000)) + "os_name == 'posix'" + string.Concat(Enumerable.Repeat(")", 50_000));
        string wide = string.Join(" or ", Enumerable.Repeat("os_name == 'nt'", 50_000));
        using LockBench bench = new LockBench()
            .With("Pipfile.lock", "{\"_meta\": " + string.Concat(Enumerable.Repeat("{\"a\":", 50_000)))
            .With("pylock.deep.toml", $"lock-version = \"1.0\"\ncreated-by = \"x\"\nenvironments = [\"{deep}\"]\npackages = []\n")
            .With("pylock.wide.toml", $"lock-version = \"1.0\"\ncreated-by = \"x\"\nenvironments = [\"{wide}\"]\npackages = []\n");

        Assert.Equal(LockFaultKind.Malformed, bench.Refusal("Pipfile.lock").Kind);
        Assert.Equal(LockFaultKind.Invalid, bench.Refusal("pylock.deep.toml").Kind);
        Assert.Equal(LockFaultKind.Environment, bench.Refusal("pylock.wide.toml").Kind);
    }

    [Fact]
    public void A_repository_ends_where_its_git_folder_is()
    {
        const string text = "version = 1\n[[package]]\nname = \"app\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"shared\" }]\n[[package]]\nname = \"shared\"\nsource = { directory = \"../shared\" }\n";
        using LockBench bench = new LockBench().With("services/web/uv.lock", text);
        (PackageLock? alone, LockFault? _) = PackageLock.Read(bench["services/web/uv.lock"]);
        Directory.CreateDirectory(bench[".git"]);
        (PackageLock? inGit, LockFault? _) = PackageLock.Read(bench["services/web/uv.lock"]);
        var request = new LockRequest(Python.PythonTarget.Find("python3.12/x86_64")!);

        Assert.Equal(LockFaultKind.OutsideRepository, alone!.Select(request).Refusal!.Kind);
        Assert.Equal(bench["services/shared"], Assert.Single(inGit!.Select(request).Packages).Package.Source.Location);
    }

    [Fact]
    public void Every_kind_of_fault_is_a_diagnostic_with_file_and_line()
    {
        foreach (LockFaultKind kind in Enum.GetValues<LockFaultKind>())
        {
            Diagnostic diagnostic = new LockFault(kind, "It is so.") { File = "/app/uv.lock", Line = 7 }.ToDiagnostic("Layer 'web'");

            Assert.Equal(("Layer 'web': It is so.", "/app/uv.lock", 7), (diagnostic.Message, diagnostic.File, diagnostic.Line));
            Assert.StartsWith("LB20", diagnostic.Code, StringComparison.Ordinal);
            Assert.Equal(kind is LockFaultKind.OtherPython or LockFaultKind.NewerFormat ? Severity.Warning : Severity.Error, diagnostic.Severity);
        }
    }

    [Fact]
    public void Requirements_with_hashes_are_a_lock_file_too()
    {
        using LockBench bench = new LockBench().With("requirements.txt", $"""
            # written by a tool
            --index-url https://index.example/simple
            base==1.0 ; python_version >= "3.12" \
                --hash={LockBench.Hash()} \
                --hash={LockBench.Hash('b')}
                # via app
            placed @ https://files.example/placed-1.0-py3-none-any.whl \
                --hash={LockBench.Hash()}
            ./vendor/local-1.0-py3-none-any.whl \
                --hash={LockBench.Hash()}
            """);

        LockSelection selection = bench.Select("requirements.txt");

        Assert.Equal("base 1.0, local, placed", bench.Names("requirements.txt"));
        Assert.Equal("local, placed", bench.Names("requirements.txt", "python3.11/x86_64"));
        Assert.Null(selection.Packages[0].File);
        Assert.Equal(2, selection.Packages[0].Package.Files.Count);
        Assert.Equal(bench["vendor/local-1.0-py3-none-any.whl"], selection.Packages[1].File!.Path);
        Assert.Equal("https://files.example/placed-1.0-py3-none-any.whl", selection.Packages[2].File!.Url);
    }

    [Fact]
    public void Requirements_without_hashes_are_none()
    {
        using LockBench bench = new LockBench().With("requirements.txt", "base==1.0\n");

        LockFault fault = bench.Refusal("requirements.txt");

        Assert.Equal(LockFaultKind.Invalid, fault.Kind);
        Assert.Contains("'base==1.0', has no --hash=sha256:", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_lock_file_serves_many_targets_at_once()
    {
        using LockBench bench = new LockBench().With("uv.lock", "version = 1\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { editable = \".\" }\n");
        PackageLock locked = bench.Read("uv.lock").Lock!;

        Parallel.ForEach(Enumerable.Repeat(Lambda.LambdaRuntime.All.Where(r => r.Family == Lambda.RuntimeFamily.Python), 50).SelectMany(r => r), runtime =>
        {
            LockSelection selection = locked.Select(new LockRequest(new Python.PythonTarget(runtime, runtime.Architectures[0])));
            Assert.Equal("app", Assert.Single(selection.Packages).Package.Name);
        });
    }
}
