using System.Security.Cryptography;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Stage;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Formats.Wheel;

/// <summary>Wheels whose names promise what their files do not keep, installed as a build installs them.</summary>
public sealed class LyingWheelTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public static TheoryData<string, string, byte[], string> Lies => new()
    {
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.cpython-312-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17"), "LB3001" },
        { "py3-none-any", "p/tool", ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17"), "LB3001" },
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.cpython-312-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.38"), "LB3002" },
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.cpython-312-x86_64-linux-gnu.so", new ElfBuilder { Needed = ["libc.musl-x86_64.so.1"] }.Build(), "LB3003" },
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.cpython-312-x86_64-linux-gnu.so", [0xcf, 0xfa, 0xed, 0xfe, .. new byte[60]], "LB3003" },
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.cpython-310-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"), "LB3004" },
        { "cp313-abi3-manylinux_2_17_x86_64", "p/x.abi3.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"), "LB3004" },
        { "cp312-cp312-manylinux_2_17_x86_64", "p/x.so", new ElfBuilder { Needed = ["libnowhere.so.7"] }.Build(), "LB3005" },
        { "py3-none-any", "p/__init__.py", "import nothing_of_that_name\n"u8.ToArray(), "LB3007" },
        { "py3-none-any", "p/.env", "DB_PASSWORD=s3cr3tvalue\n"u8.ToArray(), "LB3008" },
        { "py3-none-any", "json/__init__.py", "x = 1\n"u8.ToArray(), "LB3009" },
        { "py3-none-any", "run.pth", "import p\n"u8.ToArray(), "LB3009" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Lies))]
    public void Are_found_out(string tag, string path, byte[] bytes, string code)
    {
        var wheel = new WheelBuilder("liar", "1.5", tag).File(path, bytes);
        if (path != "p/__init__.py")
        {
            wheel.File("p/__init__.py", "# p\n");
        }

        ResolvedWheel resolved = Write(wheel);

        Diagnostic found = Assert.Single(Verify(resolved, observed: true));
        Assert.Equal(code, found.Code);
        Assert.Contains($"liar 1.5: python/{path}", found.Message);
        // Remembered beside the wheel, and the same again.
        Assert.Equal([found], Verify(resolved));

        // And where the wheel was verified, but not looked into.
        foreach (string note in Directory.GetFiles(_folder.Path).Where(f => f != resolved.Path))
        {
            File.Delete(note);
        }

        Assert.Equal([found], Verify(resolved));
    }

    [Fact]
    public void An_unchanged_wheel_is_not_read_again()
    {
        ResolvedWheel wheel = Write(new WheelBuilder("liar", "1.5", "cp312-cp312-manylinux_2_17_x86_64")
            .File("p/x.so", new ElfBuilder { Needed = ["libnowhere.so.7"], RPath = "$ORIGIN", Versions = [("libc.so.6", "GLIBC_2.40", true)], Interpreter = "/nix/ld.so" }.Build())
            .File("q/.env", "DB_PASSWORD=s3cr3tvalue\n")
            .File("r/__init__.py", "from .inner import there\n")
            .File("r/inner.py", "import json, urllib3\nfrom . import other as o\n")
            .File("r/other.py", "there = 1\n"));
        IReadOnlyList<Diagnostic> first = Verify(wheel, observed: true);
        Assert.Equal(["LB3002", "LB3005", "LB3006", "LB3008"], first.Select(d => d.Code));

        // The index of the stage is there, and nothing else asks for the wheel's bytes.
        File.Move(wheel.Path, wheel.Path + ".away");
        Assert.Equal(first, Verify(wheel));

        // Facts that were cut off are read anew, not believed.
        File.Move(wheel.Path + ".away", wheel.Path);
        foreach (string note in new[] { wheel.Path + ".facts", wheel.Path + ".imports" })
        {
            byte[] bytes = File.ReadAllBytes(note);
            File.WriteAllBytes(note, bytes[..^5]);
            Assert.Equal(first, Verify(wheel));
            Assert.Equal(bytes, File.ReadAllBytes(note));
        }
    }

    [Fact]
    public void What_a_wheel_that_is_not_valid_says_is_not_remembered()
    {
        ResolvedWheel wheel = Write(new WheelBuilder("liar", "1.5").File("p/.env", "DB_PASSWORD=s3cr3tvalue\n").Unlisted("p/.env"));

        Assert.Throws<DiagnosticException>(() => WheelIndex.Open(wheel, CancellationToken.None, w => new WheelInspector(w, withImports: true)));

        Assert.Equal([wheel.Path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Large_files_are_seen_whole()
    {
        // Larger than what is inflated at a time.
        string padding = string.Concat(Enumerable.Repeat("# nothing\n", 20_000));
        ResolvedWheel wheel = Write(new WheelBuilder("liar", "1.5")
            .File("p/__init__.py", padding + "import nothing_of_that_name\n")
            .File("p/settings.ini", padding + "url = https://deploy:8fJ2kQ9xLw@db.internal.acme.io/\n"));

        List<Diagnostic> found = Verify(wheel, observed: true);

        Assert.Equal(["LB3007", "LB3008"], found.Select(d => d.Code).Order());
        Assert.All(found, d => Assert.Contains("(line 20001)", d.Message));
    }

    private ResolvedWheel Write(WheelBuilder wheel)
    {
        string path = wheel.WriteTo(_folder.Path);
        return new ResolvedWheel("liar", "1.5", Path.GetFileName(path), path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), Requested: true);
    }

    /// <param name="observed">Looked into while it is verified, as a build does.</param>
    private static List<Diagnostic> Verify(ResolvedWheel wheel, bool observed = false)
    {
        LambdaRuntime python = LambdaRuntime.Find("python3.12")!;
        LayerDeclaration layer = new TestLayer("python3.12").Declaration with { Imports = ["auto"] };
        var resolution = new LayerResolution(new Dictionary<PythonTarget, IReadOnlyList<ResolvedWheel>> { [new PythonTarget(python, Architecture.X64)] = [wheel] });
        var log = new DiagnosticLog();
        var builder = new LayerTreeBuilder(log) { Wheels = new WheelIndexes(observed ? w => new WheelInspector(w, withImports: true) : null) };
        LayerTree? tree = builder.Build(layer, Architecture.X64, [], resolution, CancellationToken.None);
        Assert.True(tree is not null, string.Join(";", log.Diagnostics.Select(d => d.Message)));
        new LayerVerifier(log).Verify(layer, Architecture.X64, tree, CancellationToken.None);
        return log.Diagnostics;
    }
}
