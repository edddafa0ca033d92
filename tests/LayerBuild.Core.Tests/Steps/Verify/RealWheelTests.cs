using System.Runtime.InteropServices;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>The checks against wheels as projects publish them: a false alarm is a bug.</summary>
public class RealWheelTests
{
    private static string Here => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x86_64";

    [RequiresInstalledWheelsFact]
    public void Real_wheels_for_a_runtime_raise_no_error_on_it()
    {
        using var folder = new TemporaryDirectory();
        Assert.Empty(Errors(LayerOf($"python{InstalledWheels.Python}", Here, InstalledWheels.WriteTo(folder.Path))));

        // cryptography and orjson are there for a newer glibc only.
        Assert.Empty(Errors(LayerOf("python3.11", "x86_64", TestWheels.All.Where(w => !Path.GetFileName(w).StartsWith("cryptography-", StringComparison.Ordinal)
            && !Path.GetFileName(w).StartsWith("orjson-", StringComparison.Ordinal)))));
    }

    /// <summary>cryptography's wheel for a new glibc, under the name of one for an old.</summary>
    [RequiresInstalledFileFact("cryptography", "_rust.abi3.so")]
    public void A_wheel_whose_tag_promises_too_much_is_found_out_by_its_files()
    {
        (string file, string wheel) = InstalledWheels.Find("cryptography", "_rust.abi3.so")!.Value;
        byte[] bytes = File.ReadAllBytes(file);
        var layer = new TestLayer("python3.11", Here);
        InstalledPackage package = layer.Package(wheel);
        layer.Add("python/cryptography/hazmat/bindings/_rust.abi3.so", bytes, EntryKind.File, package);
        string newest = wheel.Contains("_2_34_", StringComparison.Ordinal) ? "GLIBC_2.34" : wheel.Contains("_2_28_", StringComparison.Ordinal) ? "GLIBC_2.28" : "";

        Diagnostic[] found = [.. layer.Verify().Where(d => d.Severity == Severity.Error)];
        if (newest.Length == 0)
        {
            Assert.Empty(found);
            return;
        }

        Diagnostic error = Assert.Single(found);
        Assert.Equal("LB3002", error.Code);
        Assert.Contains($"cryptography {wheel.Split('-')[1]}", error.Message);
        Assert.Contains(newest, error.Message);
        Assert.Empty(Errors(new TestLayer("python3.12", Here).Add("python/cryptography/hazmat/bindings/_rust.abi3.so", bytes)));
    }

    private static TestLayer LayerOf(string runtime, string architecture, IEnumerable<string> wheels)
    {
        var layer = new TestLayer(runtime, architecture);
        // It is true: matplotlib_inline needs a matplotlib that it does not require.
        layer.Declaration = layer.Declaration with { Imports = ["auto"], AllowFindings = ["LB3007:matplotlib"] };
        foreach (string wheel in wheels)
        {
            layer.AddWheel(wheel);
        }

        return layer;
    }

    private static IEnumerable<string> Errors(TestLayer layer) =>
        layer.Verify().Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code} {d.Message}");
}
