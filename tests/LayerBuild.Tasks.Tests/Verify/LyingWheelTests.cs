using System.Security.Cryptography;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Resolve;
using LayerBuild.Stage;
using LayerBuild.Verify;

namespace LayerBuild.Tests.Verify;

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

        Diagnostic found = Assert.Single(Verify(resolved));
        Assert.Equal(code, found.Code);
        Assert.Contains($"liar 1.5: python/{path}", found.Message);
        // Remembered beside the wheel, and the same again.
        Assert.True(File.Exists(resolved.Path + ".facts"));
        Assert.Equal([found], Verify(resolved));
    }

    [Fact]
    public void An_unchanged_wheel_is_not_read_again()
    {
        ResolvedWheel wheel = Write(new WheelBuilder("liar", "1.5", "cp312-cp312-manylinux_2_17_x86_64")
            .File("p/x.so", new ElfBuilder { Needed = ["libnowhere.so.7"], RPath = "$ORIGIN", Versions = [("libc.so.6", "GLIBC_2.40", true)], Interpreter = "/nix/ld.so" }.Build())
            .File("q/.env", "DB_PASSWORD=s3cr3tvalue\n"));
        IReadOnlyList<Diagnostic> first = Verify(wheel);
        Assert.Equal(["LB3002", "LB3005", "LB3006", "LB3008"], first.Select(d => d.Code));

        // The index of the stage is there, and nothing else asks for the wheel's bytes.
        File.Move(wheel.Path, wheel.Path + ".away");
        Assert.Equal(first, Verify(wheel));

        // Facts that were cut off are read anew, not believed.
        File.Move(wheel.Path + ".away", wheel.Path);
        byte[] facts = File.ReadAllBytes(wheel.Path + ".facts");
        File.WriteAllBytes(wheel.Path + ".facts", facts[..^5]);
        Assert.Equal(first, Verify(wheel));
        Assert.Equal(facts, File.ReadAllBytes(wheel.Path + ".facts"));
    }

    private ResolvedWheel Write(WheelBuilder wheel)
    {
        string path = wheel.WriteTo(_folder.Path);
        return new ResolvedWheel("liar", "1.5", Path.GetFileName(path), path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), Requested: true);
    }

    private static List<Diagnostic> Verify(ResolvedWheel wheel)
    {
        LambdaRuntime python = LambdaRuntime.Find("python3.12")!;
        LayerDeclaration layer = new TestLayer("python3.12").Declaration with { Imports = ["auto"] };
        var resolution = new LayerResolution(new Dictionary<PythonTarget, IReadOnlyList<ResolvedWheel>> { [new PythonTarget(python, Architecture.X64)] = [wheel] });
        var log = new DiagnosticLog();
        LayerTree? tree = new LayerTreeBuilder(log).Build(layer, Architecture.X64, [], resolution, CancellationToken.None);
        Assert.True(tree is not null, string.Join(";", log.Diagnostics.Select(d => d.Message)));
        new LayerVerifier(log).Verify(layer, Architecture.X64, tree, CancellationToken.None);
        return log.Diagnostics;
    }
}
