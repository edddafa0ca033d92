using LayerBuild.Collect;
using LayerBuild.Diagnostics;

namespace LayerBuild.Resolve;

public class PackageResolverTests
{
    [RequiresPythonFact(2)]
    public async Task Markers_are_the_targets_whatever_python_runs_pip()
    {
        using var bench = new ResolveBench();
        bench.Offer("app", "1.0", "py3-none-any",
            "on-arm; platform_machine == 'aarch64'",
            "on-intel; platform_machine == 'x86_64'",
            "for-312; python_version == '3.12'",
            "for-older; python_version < '3.12'",
            "for-newer; python_version > '3.12'",
            "for-linux; sys_platform == 'linux' and os_name == 'posix'",
            "for-full; python_full_version >= '3.12.0'",
            "for-cpython; platform_python_implementation == 'CPython' and implementation_version >= '3.12'",
            "for-windows; sys_platform == 'win32' or platform_system == 'Darwin'");
        foreach (string name in new[] { "on-arm", "on-intel", "for-312", "for-older", "for-newer", "for-linux", "for-full", "for-cpython", "for-windows" })
        {
            bench.Offer(name, "1.0");
        }

        foreach (InstalledPython python in new[] { InstalledPython.Oldest, InstalledPython.Newest })
        {
            bench.Python = python.Path;
            File.Delete(bench["layer.requirements.lock.txt"]);
            Assert.Equal(
                ["app 1.0", "for-312 1.0", "for-cpython 1.0", "for-full 1.0", "for-linux 1.0", "on-arm 1.0"],
                await bench.NamesAsync(bench.Layer(architectures: ["arm64"], packages: ["app"])));
        }
    }

    [RequiresPythonFact]
    public async Task Wheels_are_in_the_cache_with_the_hash_of_their_bytes()
    {
        using var bench = new ResolveBench();
        string offered = bench.Offer("app", "1.0", "py3-none-any", "lib>=1");
        bench.Offer("lib", "2.0");

        LayerResolution resolution = await bench.ResolveAsync(bench.Layer(packages: ["app"]));

        (PythonTarget target, IReadOnlyList<ResolvedWheel> wheels) = Assert.Single(resolution.Wheels);
        Assert.Equal("python3.12 on x86_64", target.ToString());
        Assert.Equal([("app", true, "lib"), ("lib", false, "")], wheels.Select(w => (w.Name, w.Requested, string.Join(',', w.Requires))));
        Assert.All(wheels, w => Assert.StartsWith(bench.Cache, w.Path, StringComparison.Ordinal));
        Assert.Equal(WheelCache.Hash(offered), wheels[0].Sha256);
        Assert.Equal(WheelCache.Hash(wheels[0].Path), wheels[0].Sha256);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(bench.Cache, "tmp")));
    }

    [RequiresPythonFact]
    public async Task No_wheel_for_the_target_says_why_none_of_those_that_exist_fits()
    {
        using var bench = new ResolveBench();
        bench.Offer("native", "2.0", "cp312-cp312-manylinux_2_28_x86_64");
        bench.Offer("native", "2.0", "cp311-cp311-manylinux_2_28_x86_64");
        bench.Offer("native", "2.0", "cp311-cp311-musllinux_1_2_x86_64");
        bench.Offer("native", "2.0", "cp311-cp311-macosx_11_0_arm64");
        bench.Offer("app", "1.0", "py3-none-any", "native>=1");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(runtimes: ["python3.11"], packages: ["app"]));

        Assert.Equal("LB2003", error.Code);
        Assert.Contains("native 2.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("python3.11 on x86_64", error.Message, StringComparison.Ordinal);
        Assert.Contains("native-2.0-cp311-cp311-manylinux_2_28_x86_64.whl (needs glibc 2.28, python3.11 has 2.26)", error.Message, StringComparison.Ordinal);
        Assert.Contains("native-2.0-cp311-cp311-musllinux_1_2_x86_64.whl (for musl, Lambda has glibc)", error.Message, StringComparison.Ordinal);
        Assert.Contains("native-2.0-cp311-cp311-macosx_11_0_arm64.whl (for macOS)", error.Message, StringComparison.Ordinal);
        Assert.Contains("app 1.0 requires native>=1", error.Message, StringComparison.Ordinal);
    }
}
