using System.Diagnostics;
using System.Text.Json;

namespace LayerBuild.Formats.Python;

public class MarkerTests
{
    private static readonly PythonTarget Target = PythonTarget.Find("python3.12/arm64")!;

    private static readonly string[] Texts =
    [
        "python_version == '3.12'", "python_version >= '3.9'", "python_version < \"3.9\"", "python_version > '3.12'", "python_version != '3.11'",
        "python_version ~= '3.10'", "python_version in '3.11 3.12'", "python_version not in '3.11 3.12'", "'3.9' <= python_version",
        "python_version == '3.12.*'", "python_version == '3.*'", "python_version != '3.1.*'", "python_full_version >= '3.12.1'", "python_full_version < '3.12.0rc1'",
        "python_full_version == '3.12.0'", "implementation_version >= '3.12'", "platform_machine == 'aarch64'", "platform_machine == 'arm64'",
        "platform_machine in 'x86_64 aarch64'", "sys_platform == 'linux'", "sys_platform != 'win32'", "os_name == 'posix' and sys_platform == 'darwin'",
        "os_name == 'nt' or sys_platform == 'linux'", "(os_name == 'nt' or sys_platform == 'linux') and python_version < '3.12'",
        "os_name == 'nt' or sys_platform == 'linux' and python_version < '3.12'", "platform_system == 'Linux'", "platform_python_implementation == 'CPython'",
        "implementation_name == 'cpython'", "implementation_name != 'pypy'", "extra == 'fast'", "extra == 'Fa_St'", "extra == 'fast' and python_version > '3'",
        "platform_release == ''", "'linux' in sys_platform", "'win' not in sys_platform", "os_name=='posix'", "python_version>='3.8'and os_name=='posix'",
    ];

    public static TheoryData<string, bool> Known => new()
    {
        { "python_version >= '3.9' and platform_machine == 'aarch64'", true },
        { "python_version < '3.9'", false },
        { "extra == 'fast'", false },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Holds_for_the_target(string text, bool holds) => Assert.Equal(holds, Marker.Holds(text, Target));

    [Fact]
    public void Extras_that_were_asked_for_count()
    {
        Assert.True(Marker.Holds("extra == 'Fast_Mode'", Target, ["fast-mode"]));
        Assert.False(Marker.Holds("extra == 'other'", Target, ["fast-mode"]));
        Assert.True(Marker.Holds("python_version > '3'", Target, ["fast-mode"]));
    }

    [Fact]
    public void White_space_and_quotes_are_one_spelling() =>
        Assert.Equal("python_version < \"3.12\" and os_name not in \"nt\"", Marker.Normalize("python_version<'3.12'   and os_name not   in 'nt'"));

    [RequiresPythonFact]
    public void Answers_as_pip_does_on_the_target()
    {
        const string script = """
            import json, sys
            from pip._vendor.packaging.markers import Marker
            request = json.load(sys.stdin)
            env = dict(request["env"], extra="fast")
            print(json.dumps([bool(Marker(text).evaluate(env)) for text in request["texts"]]))
            """;
        foreach (TestPython python in new[] { TestPython.Oldest, TestPython.Newest })
        {
            var start = new ProcessStartInfo(python.Path) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(script);
            using Process process = Process.Start(start)!;
            process.StandardInput.Write(JsonSerializer.Serialize(new { env = Target.MarkerEnvironment, texts = Texts }));
            process.StandardInput.Close();
            bool[] expected = JsonSerializer.Deserialize<bool[]>(process.StandardOutput.ReadToEnd())!;

            Assert.Equal(Texts.Zip(expected), Texts.Select(t => (t, Marker.Holds(t, Target, ["fast"]))));
        }
    }
}
