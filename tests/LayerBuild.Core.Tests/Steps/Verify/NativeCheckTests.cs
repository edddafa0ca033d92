using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

public class NativeCheckTests
{
    private const string Wheel311 = "pydantic_core-2.46.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
    private const string Module311 = "python/pydantic_core/_pydantic_core.cpython-311-x86_64-linux-gnu.so";

    [Fact]
    public void A_module_that_fits_raises_nothing()
    {
        var layer = new TestLayer("python3.11");
        layer.Add(Module311, ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"), EntryKind.File, layer.Package(Wheel311));

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void LB3001_names_file_package_and_both_architectures()
    {
        var layer = new TestLayer("python3.11", "arm64");
        layer.Add(Module311, ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"), EntryKind.File, layer.Package(Wheel311));

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal(("LB3001", Severity.Error), (found.Code, found.Severity));
        Assert.Contains("pydantic_core 2.46.4", found.Message);
        Assert.Contains(Module311, found.Message);
        Assert.Contains("x86_64", found.Message);
        Assert.Contains("arm64", found.Message);
    }

    [Fact]
    public void LB3001_in_a_layer_for_both_architectures()
    {
        var layer = new TestLayer("provided.al2023");
        layer.Declaration = layer.Declaration with { Architectures = Architecture.All };
        layer.Add("lib/libx.so", ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17"));

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal("LB3001", found.Code);
        Assert.Contains("declares x86_64 and arm64", found.Message);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(1, 1)]
    public void LB3001_for_another_class_or_byte_order(byte elfClass, byte data)
    {
        var layer = new TestLayer("provided.al2023");
        layer.Add("lib/libx.so", new ElfBuilder { Class = elfClass, Data = data }.Build());

        Assert.Equal("LB3001", Assert.Single(layer.Verify()).Code);
    }

    [Fact]
    public void A_both_architecture_package_with_prebuilds_for_all_platforms_is_right()
    {
        var layer = new TestLayer("nodejs22.x");
        layer.Declaration = layer.Declaration with { Architectures = Architecture.All };
        const string folder = "nodejs/node_modules/bufferutil";
        layer.Add($"{folder}/prebuilds/linux-x64/bufferutil.node", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"));
        layer.Add($"{folder}/prebuilds/linux-arm64/bufferutil.node", ElfBuilder.Library(ElfBuilder.Arm64, "GLIBC_2.17"));
        layer.Add($"{folder}/prebuilds/linux-arm/bufferutil.node", new ElfBuilder { Class = 1, Machine = 40 }.Build());
        layer.Add($"{folder}/prebuilds/darwin-x64+arm64/bufferutil.node", MachO);
        layer.Add($"{folder}/prebuilds/win32-ia32/bufferutil.node", Windows);
        layer.Add($"{folder}/prebuilds/ios-arm64-simulator/bufferutil.node", MachO);
        layer.Add($"{folder}/prebuilds/freebsd-x64/bufferutil.node", new ElfBuilder { OsAbi = 9, Needed = ["libc.so.7"] }.Build());
        layer.Add($"{folder}/prebuilds/linux-x64/bufferutil.musl.node", new ElfBuilder { Needed = ["libc.so"], Versions = [("libgcc_s.so.1", "GLIBC_2.0", false)] }.Build());

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void Helpers_for_other_systems_inside_npm_packages_are_no_concern()
    {
        var layer = new TestLayer("nodejs22.x");
        layer.Add("nodejs/node_modules/node-notifier/vendor/mac.noindex/x.app/Contents/MacOS/x", MachO);
        layer.Add("nodejs/node_modules/clipboardy/fallbacks/windows/clipboard_i686.exe", Windows);
        Assert.Empty(layer.Verify());

        Assert.Equal(Severity.Warning, Assert.Single(new TestLayer("nodejs22.x").Add("nodejs/own/tool.exe", Windows).Verify()).Severity);
        Assert.Equal(Severity.Error, Assert.Single(new TestLayer("nodejs22.x").Add("nodejs/node_modules/x/build/Release/x.node", MachO).Verify()).Severity);
    }

    [Fact]
    public void A_package_that_lacks_one_architecture_is_reported_once()
    {
        var layer = new TestLayer("nodejs22.x", "arm64");
        layer.Add("nodejs/node_modules/x/prebuilds/linux-x64/x.node", ElfBuilder.Library(ElfBuilder.X64));
        layer.Add("nodejs/node_modules/x/prebuilds/darwin-arm64/x.node", MachO);

        Assert.Contains("linux-x64/x.node is for x86_64", Assert.Single(layer.Verify()).Message);
    }

    [Fact]
    public void LB3003_for_another_unix() =>
        Assert.Contains("FreeBSD", Assert.Single(new TestLayer("provided.al2023").Add("lib/libx.so", new ElfBuilder { OsAbi = 9 }.Build()).Verify()).Message);

    [Theory]
    [InlineData("libc.musl-x86_64.so.1", null)]
    [InlineData("libc.so", null)]
    [InlineData(null, "/lib/ld-musl-x86_64.so.1")]
    public void LB3003_for_musl(string? needed, string? interpreter)
    {
        var layer = new TestLayer("nodejs22.x");
        layer.Add("nodejs/node_modules/x/x.node", new ElfBuilder { Needed = needed is null ? [] : [needed], Interpreter = interpreter }.Build());

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal(("LB3003", Severity.Error), (found.Code, found.Severity));
        Assert.Contains("musl", found.Message);
    }

    [Fact]
    public void LB3003_for_macos_windows_and_32_bit()
    {
        foreach ((string path, byte[] bytes, string word) in new[]
        {
            ("python/_x.cpython-311-darwin.so", MachO, "macOS"),
            ("python/_x.cp311-win_amd64.pyd", Windows, "Windows"),
            ("python/_x.cpython-311-i386-linux-gnu.so", new ElfBuilder { Class = 1, Machine = ElfBuilder.I386 }.Build(), "32-bit"),
            ("bin/tool.exe", Windows, "Windows"),
        })
        {
            Diagnostic found = Assert.Single(new TestLayer("python3.11").Add(path, bytes).Verify());
            Assert.Equal(("LB3003", Severity.Error), (found.Code, found.Severity));
            Assert.Contains(word, found.Message);
        }
    }

    [Fact]
    public void Java_classes_and_dotnet_assemblies_are_not_native()
    {
        var layer = new TestLayer("java21;dotnet10");
        layer.Add("java/lib/X.class", [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65, 0, 0]);
        layer.Add("dotnetcore/store/x64/net10.0/a/1.0.0/A.dll", File.ReadAllBytes(typeof(NativeCheckTests).Assembly.Location));

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void Launchers_for_windows_inside_a_wheel_are_no_concern()
    {
        var layer = new TestLayer("python3.11");
        layer.Add("python/setuptools/cli-64.exe", Windows, EntryKind.File, layer.Package("setuptools-65.5.0-py3-none-any.whl"));

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void LB3003_for_a_file_that_was_cut_off_or_left_to_git_lfs()
    {
        var layer = new TestLayer("provided.al2023");
        layer.Add("lib/liba.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17")[..^8]);
        layer.Add("lib/libb.so.2", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        Assert.All(layer.Verify(), d => Assert.Equal(("LB3003", Severity.Error), (d.Code, d.Severity)));
        Assert.Equal(2, layer.Verify().Count);
    }

    [Theory]
    [InlineData("python3.11", "libc.so.6", "GLIBC_2.28", "x86_64", Severity.Error)]
    [InlineData("python3.11", "libc.so.6", "GLIBC_2.26", "x86_64", null)]
    [InlineData("python3.12", "libc.so.6", "GLIBC_2.34", "x86_64", null)]
    [InlineData("python3.12", "libc.so.6", "GLIBC_2.35", "arm64", Severity.Error)]
    [InlineData("python3.12", "libstdc++.so.6", "GLIBCXX_3.4.29", "x86_64", null)]
    [InlineData("python3.12", "libstdc++.so.6", "GLIBCXX_3.4.30", "x86_64", Severity.Warning)]
    [InlineData("python3.12", "libstdc++.so.6", "GLIBCXX_3.4.34", "x86_64", Severity.Error)]
    [InlineData("python3.12", "libstdc++.so.6", "CXXABI_1.3.14", "x86_64", Severity.Warning)]
    [InlineData("python3.12", "libstdc++.so.6", "CXXABI_FLOAT128", "x86_64", null)]
    [InlineData("python3.11", "libgcc_s.so.1", "GCC_4.2.0", "x86_64", null)]
    [InlineData("python3.11", "libz.so.1", "ZLIB_1.2.9", "x86_64", Severity.Error)]
    [InlineData("python3.12", "libc.so.6", "GLIBC_PRIVATE", "x86_64", Severity.Error)]
    [InlineData("python3.12", "libc.so.6", "GLIBC_ABI_DT_RELR", "x86_64", Severity.Error)]
    [InlineData("python3.11", "libown-1234.so.1", "GLIBC_2.99", "x86_64", null)]
    public void LB3002_by_what_the_system_has(string runtime, string library, string version, string architecture, object? expected)
    {
        var layer = new TestLayer(runtime, architecture);
        layer.Declaration = layer.Declaration with { AllowFindings = ["LB3005"] };
        ushort machine = architecture == "arm64" ? ElfBuilder.Arm64 : ElfBuilder.X64;
        layer.Add("python/x.so", new ElfBuilder { Machine = machine, Needed = [library], Versions = [(library, version, false)] }.Build());

        Diagnostic? found = layer.Verify().SingleOrDefault();
        Assert.Equal((Severity?)expected, found?.Severity);
        if (found is not null)
        {
            Assert.Equal("LB3002", found.Code);
            Assert.Contains(version.StartsWith("GLIBC_PRI", StringComparison.Ordinal) ? "GLIBC_PRIVATE" : version, found.Message);
        }
    }

    [Fact]
    public void LB3002_is_a_warning_for_weak_symbols()
    {
        var layer = new TestLayer("python3.11");
        layer.Add("python/x.so", new ElfBuilder { Needed = ["libc.so.6"], Versions = [("libc.so.6", "GLIBC_2.30", true)] }.Build());

        Assert.Equal(Severity.Warning, Assert.Single(layer.Verify()).Severity);
    }

    [Fact]
    public void LB3002_judges_by_the_oldest_declared_runtime()
    {
        var layer = new TestLayer("python3.11;python3.12");
        layer.Add("python/x.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.28"));
        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal("LB3002", found.Code);
        Assert.Contains("python3.11 runs on Amazon Linux 2", found.Message);

        layer = new TestLayer("python3.11;python3.12");
        layer.Add("python/lib/python3.12/site-packages/x.so", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.28"));
        Assert.Empty(layer.Verify());
    }

    [Theory]
    [InlineData("x.cpython-311-x86_64-linux-gnu.so", "python3.12", true)]
    [InlineData("x.cpython-311-x86_64-linux-gnu.so", "python3.11", false)]
    [InlineData("x.cpython-311-x86_64-linux-gnu.so", "python3.11;python3.12", true)]
    [InlineData("x.cpython-312-aarch64-linux-gnu.so", "python3.12", true)]
    [InlineData("x.cpython-312-x86_64-linux-musl.so", "python3.12", true)]
    [InlineData("x.cpython-313t-x86_64-linux-gnu.so", "python3.13", true)]
    [InlineData("x.pypy39-pp73-x86_64-linux-gnu.so", "python3.9", true)]
    [InlineData("x.abi3.so", "python3.9", false)]
    [InlineData("x.so", "python3.9", false)]
    [InlineData("libx.1.so", "python3.9", false)]
    public void LB3004_by_the_suffix(string name, string runtimes, bool wrong)
    {
        var layer = new TestLayer(runtimes).Add($"python/p/{name}", ElfBuilder.Library(ElfBuilder.X64, "GLIBC_2.17"));

        Assert.Equal(wrong ? ["LB3004"] : [], layer.Verify().Select(d => d.Code));
    }

    [Fact]
    public void LB3004_does_not_mind_a_file_for_each_python()
    {
        var layer = new TestLayer("python3.11;python3.12");
        layer.Add("python/p/x.cpython-310-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));
        layer.Add("python/p/x.cpython-311-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));
        layer.Add("python/p/x.cpython-312-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));

        Assert.Empty(layer.Verify());
    }

    [Fact]
    public void LB3004_knows_from_which_python_on_a_wheels_stable_abi_works()
    {
        var layer = new TestLayer("python3.9");
        layer.Add("python/c/x.abi3.so", ElfBuilder.Library(ElfBuilder.X64), EntryKind.File, layer.Package("c-48.0.0-cp311-abi3-manylinux_2_17_x86_64.whl"));

        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal("LB3004", found.Code);
        Assert.Contains("needs CPython 3.11 or newer", found.Message);
    }

    [Theory]
    [InlineData("LB3004:x.*", true)]
    [InlineData("LB3004:python/p/*", true)]
    [InlineData("LB3004", true)]
    [InlineData("LB3004:y.*", false)]
    [InlineData("LB3001:x.*", false)]
    public void A_finding_can_be_allowed_by_path_or_name(string allowed, bool silent)
    {
        var layer = new TestLayer("python3.12").Add("python/p/x.cpython-311-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));
        layer.Declaration = layer.Declaration with { AllowFindings = [allowed] };

        Assert.Equal(silent, layer.Verify().Count == 0);
    }

    [Fact]
    public void A_code_can_be_silenced_everywhere()
    {
        var layer = new TestLayer("python3.12").Add("python/p/x.cpython-311-x86_64-linux-gnu.so", ElfBuilder.Library(ElfBuilder.X64));

        Assert.Empty(layer.Verify("LB3004"));
    }

    [Fact]
    public void A_flood_of_one_kind_is_counted()
    {
        var layer = new TestLayer("python3.12", "arm64");
        for (int i = 0; i < 40; i++)
        {
            layer.Add($"python/p/x{i}.so", ElfBuilder.Library(ElfBuilder.X64));
        }

        IReadOnlyList<Diagnostic> found = layer.Verify();
        Assert.Equal(6, found.Count);
        Assert.Contains("35 more files", found[^1].Message);
    }

    private static byte[] MachO => [0xcf, 0xfa, 0xed, 0xfe, .. new byte[60]];

    private static byte[] Windows => [(byte)'M', (byte)'Z', .. new byte[126]];
}
