using System.Diagnostics;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

public class WheelTagsTests
{
    [Theory]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-manylinux_2_34_x86_64.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-manylinux_2_35_x86_64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-manylinux1_x86_64.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", true)]
    [InlineData("python3.12/arm64", "a-1-cp312-cp312-manylinux2014_aarch64.whl", true)]
    [InlineData("python3.12/arm64", "a-1-cp312-cp312-manylinux2014_x86_64.whl", false)]
    [InlineData("python3.12/arm64", "a-1-cp312-cp312-manylinux_2_12_aarch64.whl", false)]
    [InlineData("python3.11/x86_64", "a-1-cp311-cp311-manylinux_2_26_x86_64.whl", true)]
    [InlineData("python3.11/x86_64", "a-1-cp311-cp311-manylinux_2_28_x86_64.whl", false)]
    [InlineData("python3.7/x86_64", "a-1-cp37-cp37m-manylinux2010_x86_64.whl", true)]
    [InlineData("python3.7/x86_64", "a-1-cp37-cp37m-manylinux_2_24_x86_64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp38-abi3-manylinux_2_28_x86_64.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-cp313-abi3-manylinux_2_28_x86_64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp38-cp38-manylinux_2_28_x86_64.whl", false)]
    [InlineData("python3.13/x86_64", "a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-musllinux_1_2_x86_64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-macosx_11_0_arm64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp312-cp312-win_amd64.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-py3-none-manylinux_2_28_x86_64.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-py2.py3-none-any.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-py2-none-any.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-py313-none-any.whl", false)]
    [InlineData("python3.12/x86_64", "a-1-cp312-none-any.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-1build-cp312-cp312-linux_x86_64.whl", true)]
    [InlineData("python3.12/x86_64", "a-1-pp310-pypy310_pp73-manylinux_2_28_x86_64.whl", false)]
    public void Loads_what_the_runtime_loads(string target, string file, bool loads)
    {
        PythonTarget python = PythonTarget.Find(target)!;
        Assert.True(WheelFileName.TryParse(file, out WheelFileName? wheel));

        Assert.Equal(loads, WheelTags.For(python).Rank(wheel!) is not null);
        Assert.Equal(loads, WheelTags.For(python).WhyNot(wheel!, python) is null);
    }

    [Theory]
    [InlineData("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "needs glibc 2.28, python3.11 has 2.26")]
    [InlineData("a-1-cp312-cp312-manylinux_2_17_x86_64.whl", "for Python 3.12")]
    [InlineData("a-1-cp312-abi3-manylinux_2_17_x86_64.whl", "for Python 3.12 and later")]
    [InlineData("a-1-cp313-cp313t-manylinux_2_17_x86_64.whl", "for free-threaded Python")]
    [InlineData("a-1-cp311-cp311-musllinux_1_1_x86_64.whl", "for musl, Lambda has glibc")]
    [InlineData("a-1-cp311-cp311-manylinux_2_17_aarch64.whl", "for another CPU, x86_64 is needed")]
    [InlineData("a-1-cp311-cp311-win32.whl", "for Windows")]
    [InlineData("a-1-py2-none-any.whl", "for Python 2")]
    public void Says_why_a_wheel_does_not_fit(string file, string why)
    {
        PythonTarget target = PythonTarget.Find("python3.11/x86_64")!;
        Assert.True(WheelFileName.TryParse(file, out WheelFileName? wheel));

        Assert.Equal(why, WheelTags.For(target).WhyNot(wheel!, target));
    }

    [Theory]
    [InlineData("a-1.0.whl")]
    [InlineData("a-1.0-py3-none-any.zip")]
    [InlineData("a-1.0-build-py3-none-any.whl")]
    [InlineData("a--py3-none-any.whl")]
    public void Other_names_are_no_wheels(string file) => Assert.False(WheelFileName.TryParse(file, out _));

    [Theory]
    [InlineData("a-1-py3-none-any.whl a-1-cp312-cp312-manylinux_2_17_x86_64.whl a-1-cp312-abi3-manylinux_2_34_x86_64.whl", "a-1-cp312-cp312-manylinux_2_17_x86_64.whl")]
    [InlineData("a-1-9-py3-none-any.whl a-1-10-py3-none-any.whl a-1-py3-none-any.whl", "a-1-10-py3-none-any.whl")]
    [InlineData("a-1-010-py3-none-any.whl a-1-9b-py3-none-any.whl", "a-1-010-py3-none-any.whl")]
    [InlineData("a-1-1b-py3-none-any.whl a-1-1a-py3-none-any.whl a-1-1-py3-none-any.whl", "a-1-1b-py3-none-any.whl")]
    [InlineData("a-1-99-py3-none-any.whl a-1-cp312-cp312-linux_x86_64.whl", "a-1-cp312-cp312-linux_x86_64.whl")]
    [InlineData("a-1-cp312-cp312-win_amd64.whl a-1-cp312-cp312-manylinux_2_17_aarch64.whl a-1.tar.gz", null)]
    public void The_best_file_is_chosen_whatever_the_order(string files, string? best)
    {
        WheelTags tags = WheelTags.For(PythonTarget.Find("python3.12/x86_64")!);

        Assert.Equal(best, tags.Best(files.Split(' '), f => f));
        Assert.Equal(best, tags.Best(files.Split(' ').Reverse(), f => f));
    }

    [RequiresPythonFact]
    public void Preference_is_pips_own_for_the_same_platforms()
    {
        const string script = """
            import sys
            from pip._internal.utils.compatibility_tags import get_supported
            version, abi, *platforms = sys.argv[1:]
            print("\n".join(map(str, get_supported(version, platforms, "cp", [abi]))))
            """;
        foreach (string id in new[] { "python3.9/arm64", "python3.11/x86_64", "python3.13/x86_64" })
        {
            PythonTarget target = PythonTarget.Find(id)!;
            WheelTags tags = WheelTags.For(target);
            var start = new ProcessStartInfo(TestPython.Newest.Path) { RedirectStandardOutput = true };
            foreach (string argument in new[] { "-c", script, $"{target.Python.Major}{target.Python.Minor}", tags.Abi }.Concat(tags.Platforms))
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            string[] expected = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

            // pip moves the legacy names up behind manylinux2014; where they stand among each other is all the same.
            static string Legacy(string tag) => tag.Replace("manylinux2010_x86_64", "manylinux2014_x86_64", StringComparison.Ordinal).Replace("manylinux1_x86_64", "manylinux2014_x86_64", StringComparison.Ordinal);
            Assert.Equal(expected.Order(StringComparer.Ordinal), tags.All.Order(StringComparer.Ordinal));
            Assert.Equal(expected.Where(t => Legacy(t) == t && !t.Contains("2014", StringComparison.Ordinal)), tags.All.Where(t => Legacy(t) == t && !t.Contains("2014", StringComparison.Ordinal)));
        }
    }
}
