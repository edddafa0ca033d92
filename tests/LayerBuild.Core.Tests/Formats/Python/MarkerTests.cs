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

    [Theory]
    [InlineData("'S3_Store' in extras", true)]
    [InlineData("'gcs' in extras", false)]
    [InlineData("'gcs' not in extras and sys_platform == 'linux'", true)]
    [InlineData("'dev' in dependency_groups", true)]
    [InlineData("'s3-store' in dependency_groups", false)]
    [InlineData("extra == 's3.store'", true)]
    [InlineData("'all' == extra", true)]
    [InlineData("extra != 's3-store'", false)]
    [InlineData("extra != 'gcs'", true)]
    [InlineData("extra == 's3-store' and extra == 'all'", true)]
    [InlineData("extra >= 'a'", false)]
    public void A_lock_file_asks_what_is_chosen_as_a_whole(string text, bool holds)
    {
        var scope = new MarkerScope(Target.MarkerEnvironment) { Extras = new HashSet<string> { "s3-store", "all" }, DependencyGroups = new HashSet<string> { "dev" } };

        Assert.True(Marker.TryParse(text, out Marker? marker));
        Assert.Equal(holds, marker!.Evaluate(scope));
    }

    [Theory]
    [InlineData("extras == 's3'")]
    [InlineData("extras in 's3'")]
    [InlineData("'s3' < dependency_groups")]
    [InlineData("python_version")]
    [InlineData("(os_name == 'posix'")]
    [InlineData("os_name == 'posix' and")]
    [InlineData("weather == 'fine'")]
    [InlineData("")]
    public void What_is_no_marker_is_told(string text) => Assert.False(Marker.TryParse(text, out _));

    [Fact]
    public void Long_markers_are_fine_and_deep_ones_are_refused()
    {
        string wide = string.Join(" or ", Enumerable.Repeat("os_name == 'nt'", 20_000).Append("os_name == 'posix'"));
        string deep = new string('(', 20_000) + "os_name == 'posix'" + new string(')', 20_000);

        Assert.True(Marker.Holds(wide, Target));
        Assert.False(Marker.TryParse(deep, out _));
        Assert.True(Marker.TryParse($"(({wide}))", out _));
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
