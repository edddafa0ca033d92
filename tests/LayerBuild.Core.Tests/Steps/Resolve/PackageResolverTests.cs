using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

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

        foreach (TestPython python in new[] { TestPython.Oldest, TestPython.Newest })
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

    [RequiresPythonFact]
    public async Task What_is_wrong_for_several_targets_in_the_same_words_is_said_once()
    {
        using var bench = new ResolveBench();
        bench.Offer("native", "2.0", "cp311-cp311-macosx_11_0_arm64");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(runtimes: ["python3.12", "python3.13"], architectures: ["x86_64", "arm64"], packages: ["native"]));

        Assert.Equal("LB2003", error.Code);
        Assert.StartsWith("Layer 'layer': no wheel of native 2.0 loads on python3.12 and python3.13 on x86_64 and arm64 (you require native).", error.Message, StringComparison.Ordinal);

        error = await bench.ErrorAsync(bench.Layer(runtimes: ["python3.12", "python3.13", "python3.14"], packages: ["nowhere"]));

        Assert.StartsWith("Layer 'layer': no package named 'nowhere' was found for python3.12, python3.13 and python3.14 on x86_64: you require nowhere.", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonTheory]
    [InlineData("2.0", false, "Wheel-Version (2.0)")]
    [InlineData("1.0", true, ".dist-info")]
    public async Task A_wheel_that_pip_cannot_read_is_named(string wheelVersion, bool twoInfos, string why)
    {
        using var bench = new ResolveBench();
        WheelBuilder wheel = bench.Wheel("bad", "1.0").WheelVersion(wheelVersion);
        (twoInfos ? wheel.File("other-1.0.dist-info/METADATA", "Name: other\n") : wheel).WriteTo(bench.Wheels);

        Diagnostic error = await bench.ErrorAsync(bench.Layer(packages: ["bad"]));

        Assert.Equal("LB2006", error.Code);
        Assert.Contains("the wheel bad-1.0-py3-none-any.whl is not valid", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_wheel_that_the_requirements_name_must_load_on_the_target()
    {
        using var bench = new ResolveBench();
        bench.Wheel("native", "1.0", "cp313-cp313-manylinux_2_28_x86_64").WriteTo(bench["wheels"]);
        bench.Write("requirements.txt", "# binary\n./wheels/native-1.0-cp313-cp313-manylinux_2_28_x86_64.whl\n");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(("LB2003", bench["requirements.txt"], 2), (error.Code, error.File, error.Line));
        Assert.Contains("does not load on python3.12 on x86_64: for Python 3.13", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Versions_that_do_not_fit_together_are_named_with_who_requires_them()
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0", "py3-none-any", "shared<2");
        bench.Offer("two", "1.0", "py3-none-any", "shared>=2");
        bench.Offer("shared", "1.0");
        bench.Offer("shared", "2.0");
        bench.Write("requirements.txt", "one\ntwo\n");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));

        Assert.Equal("LB2002", error.Code);
        Assert.Contains("one 1.0 requires shared<2", error.Message, StringComparison.Ordinal);
        Assert.Contains("two 1.0 requires shared>=2", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonTheory]
    [InlineData("one>=2", "no version of one for python3.12 on x86_64 is what you ask for (you require one>=2). There are 1.0.")]
    [InlineData("absent", "no package named 'absent' was found")]
    public async Task A_version_that_does_not_exist_is_named_with_those_that_do(string requirement, string words)
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0");
        bench.Write("requirements.txt", "# first\n" + requirement + "\n");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(("LB2002", bench["requirements.txt"], 2), (error.Code, error.File, error.Line));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonTheory]
    [InlineData("foo bar")]
    [InlineData("one<<2")]
    [InlineData("--no-such-option 3")]
    public async Task A_line_that_is_no_requirement_is_named(string line)
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0");
        bench.Write("more.txt", "\n" + line + "\n");
        bench.Write("requirements.txt", "one\n-r more.txt\n");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(("LB2012", bench["more.txt"], 2), (error.Code, error.File, error.Line));
        Assert.Contains(line, error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Constraints_hold_and_are_named_when_they_are_the_reason()
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0", "py3-none-any", "shared");
        bench.Offer("shared", "1.0");
        bench.Offer("shared", "2.0");
        bench.Write("requirements.txt", "one\n-c limits.txt\n");
        bench.Write("limits.txt", "shared<2\n");
        Assert.Equal(["one 1.0", "shared 1.0"], await bench.NamesAsync(bench.Layer(files: ["requirements.txt"])));

        bench.Write("limits.txt", "shared<1\n");
        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));
        Assert.Equal("LB2002", error.Code);
        Assert.Contains("a constraint allows only shared<1", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Hashes_of_the_requirements_are_checked()
    {
        using var bench = new ResolveBench();
        string hash = WheelCache.Hash(bench.Offer("one", "1.0"));
        bench.Write("requirements.txt", $"one==1.0 \\\n  --hash=sha256:{hash}\n");
        Assert.Equal(["one 1.0"], await bench.NamesAsync(bench.Layer(files: ["requirements.txt"])));

        bench.Write("requirements.txt", $"one==1.0 --hash=sha256:{new string('a', 64)}\n");
        Diagnostic error = await bench.ErrorAsync(bench.Layer(files: ["requirements.txt"]));
        Assert.Equal(("LB2004", bench["requirements.txt"], 1), (error.Code, error.File, error.Line));
        Assert.Contains($"expected sha256:{new string('a', 64)}, found sha256:{hash}", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task The_best_wheel_for_the_target_is_chosen_among_many()
    {
        using var bench = new ResolveBench();
        foreach (string tag in new[]
        {
            "py3-none-any", "cp38-abi3-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp312-cp312-manylinux_2_34_x86_64",
            "cp312-cp312-manylinux_2_39_x86_64", "cp312-cp312-musllinux_1_2_x86_64", "cp313-cp313t-manylinux_2_17_x86_64", "cp312-cp312-win_amd64", "cp312-cp312-macosx_11_0_arm64",
        })
        {
            bench.Offer("many", "1.0", tag);
        }

        LayerResolution resolution = await bench.ResolveAsync(bench.Layer(runtimes: ["python3.12", "python3.11", "python3.13"], architectures: ["x86_64", "arm64"], packages: ["many"]));

        Assert.Equal(
            [
                ("python3.11/arm64", "many-1.0-py3-none-any.whl"),
                ("python3.11/x86_64", "many-1.0-py3-none-any.whl"),
                ("python3.12/arm64", "many-1.0-py3-none-any.whl"),
                ("python3.12/x86_64", "many-1.0-cp312-cp312-manylinux_2_34_x86_64.whl"),
                ("python3.13/arm64", "many-1.0-py3-none-any.whl"),
                ("python3.13/x86_64", "many-1.0-cp38-abi3-manylinux_2_28_x86_64.whl"),
            ],
            resolution.Wheels.Select(w => (w.Key.Id, w.Value.Single().FileName)).Order());
    }

    [RequiresPythonFact]
    public async Task An_empty_requirements_file_is_no_package_and_needs_no_python()
    {
        using var bench = new ResolveBench { Python = "/no/python" };
        bench.Write("requirements.txt", "# nothing yet\n--index-url https://index.example/simple\n");

        LayerResolution resolution = await bench.ResolveAsync(bench.Layer(files: ["requirements.txt"]));

        Assert.Empty(resolution.Wheels);
        Assert.False(File.Exists(bench["requirements.lock.txt"]));
    }

    [RequiresPythonFact]
    public async Task Markers_that_are_all_false_are_no_package()
    {
        using var bench = new ResolveBench();

        Assert.Empty(await bench.NamesAsync(bench.Layer(packages: ["absent; sys_platform == 'win32'"])));
    }

    [RequiresPythonFact]
    public async Task A_cache_that_cannot_be_written_is_warned_of_and_the_build_goes_on()
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0");
        File.WriteAllText(bench.Cache, "in the way");

        Assert.Equal(["one 1.0"], await bench.NamesAsync(bench.Layer(packages: ["one"])));
        Assert.Contains(bench.Log.Diagnostics, d => d.Code == "LB2009");
    }

    [RequiresPythonFact]
    public async Task Two_builds_of_one_project_at_the_same_time_both_succeed()
    {
        using var bench = new ResolveBench();
        bench.Offer("one", "1.0", "py3-none-any", "two");
        bench.Offer("two", "1.0");
        LayerDeclaration layer = bench.Layer(packages: ["one"]);

        IReadOnlyDictionary<LayerName, LayerResolution>[] both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            new PackageResolver(bench.Options, new DiagnosticLog()).ResolveAsync([layer], default)));

        Assert.Equal(both[0].Values.Single().Wheels.Values.Single().Select(w => w.Path), both[1].Values.Single().Wheels.Values.Single().Select(w => w.Path));
    }

    [RequiresPythonFact]
    public async Task Wheels_are_told_of_while_pip_looks_for_others()
    {
        using var bench = new ResolveBench();
        string one = WheelCache.Hash(bench.Offer("one", "1.0", "py3-none-any", "two"));
        string two = WheelCache.Hash(bench.Offer("two", "1.0"));
        var arrived = new ConcurrentBag<CachedWheel>();

        LayerResolution resolution = await bench.ResolveAsync(bench.Layer(packages: ["one"]), bench.Options with
        {
            WheelArrived = wheel =>
            {
                arrived.Add(wheel);
                // What is wrong with it is for those who install it.
                throw new DiagnosticException(Diagnostic.Error("LB2006", "no good"));
            },
        });

        Assert.Equal(((string[])[one, two]).Order(), arrived.Select(w => w.Sha256).Distinct().Order());
        Assert.All(arrived, wheel => Assert.StartsWith(bench.Cache, wheel.Path, StringComparison.Ordinal));
        Assert.Equal(["one 1.0", "two 1.0"], ResolveBench.NamesOf(resolution));
        Assert.Equal(2, Directory.GetFiles(bench.Wheels).Length);
    }
}
