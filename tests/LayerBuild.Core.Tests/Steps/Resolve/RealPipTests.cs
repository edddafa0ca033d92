using System.IO.Compression;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>Every pip that people have, with the settings files that they have.</summary>
public class RealPipTests
{
    public static TheoryData<string> Versions => [.. RealPips.Wheels.Keys.DefaultIfEmpty("none").Order(StringComparer.Ordinal)];

    [RequiresRealPipsTheory]
    [MemberData(nameof(Versions))]
    public async Task Every_pip_resolves_with_the_users_own_pip_conf(string version)
    {
        using var bench = new ResolveBench();
        UsePipConf(bench);
        bench.Offer("app", "1.0", "py3-none-any", "dep>=1");
        bench.Offer("dep", "1.5");
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);

        if (Version.Parse(version) < new Version(23, 0))
        {
            Diagnostic tooOld = await bench.ErrorAsync(bench.Layer(packages: ["app"]));
            Assert.Equal("LB2001", tooOld.Code);
            Assert.Contains($"has pip {version}", tooOld.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["app 1.0", "dep 1.5"], await bench.NamesAsync(bench.Layer(packages: ["app"])));
    }

    [RequiresPythonTheory]
    // Found before pip is asked anything, while it works, and after it.
    [InlineData("configuration.py", "def get_configuration_files", "has no attribute 'get_configuration_files'")]
    [InlineData("req/constructors.py", "def parse_req_from_line", "has no attribute 'parse_req_from_line'")]
    [InlineData("commands/__init__.py", "def create_command", "cannot import name 'create_command'")]
    public async Task A_pip_that_lacks_what_is_needed_is_said_to_be_of_no_use(string file, string definition, string words)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var bench = new ResolveBench();
        UsePipConf(bench);
        bench.Offer("app", "1.0");
        string packages = RealPips.MakeEnvironment(bench["venv"]);
        TestPython host = RealPips.Host ?? TestPython.Newest;
        (int exitCode, string output) = Programs.Run(
            host.Path, bench.Project, [], "-c", $"import os, pip, shutil; shutil.copytree(os.path.dirname(pip.__file__), {Quote(Path.Combine(packages, "pip"))})");
        Assert.True(exitCode == 0, output);
        string source = Path.Combine(packages, "pip", "_internal", file);
        string text = await File.ReadAllTextAsync(source);
        Assert.Contains(definition, text, StringComparison.Ordinal);
        string name = definition["def ".Length..];
        await File.WriteAllTextAsync(source, text + $"\n\nrenamed_{name} = {name}\ndel {name}\n");
        bench.Python = Path.Combine(bench["venv"], "bin", "python");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(packages: ["app"]));

        Assert.Equal("LB2001", error.Code);
        Assert.StartsWith($"Layer 'layer': pip {host.Pip.ToString(2)}", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be used, because", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Usable => [.. RealPips.Wheels.Keys.Where(v => Version.Parse(v) >= new Version(23, 0)).DefaultIfEmpty("none").Order(StringComparer.Ordinal)];

    [RequiresRealPipsTheory]
    [MemberData(nameof(Usable))]
    public async Task Every_pip_takes_an_extra_for_the_same_however_it_is_written(string version)
    {
        using var bench = new ResolveBench();
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);
        string path = bench.Wheel("extr", "1.0").Metadata("Provides-Extra: My_Extra").Requires("prea; extra == \"My_Extra\"").WriteTo(bench.Wheels);
        bench.Offer("prea", "1.0");
        bench.Offer("user", "1.0", "py3-none-any", "extr[my.extra]");
        File.Copy(path, bench[Path.GetFileName(path)]);

        Assert.Equal(["extr 1.0", "prea 1.0", "user 1.0"], await bench.NamesAsync(bench.Layer(packages: ["user"])));
        Assert.Equal(["extr 1.0", "prea 1.0"], await bench.NamesAsync(bench.Layer("path", packages: [$"./{Path.GetFileName(path)}[MY_extra]"])));
    }

    [RequiresRealPipsTheory]
    [MemberData(nameof(Usable))]
    public async Task Every_pip_passes_over_a_wheel_whose_requirements_cannot_be_read(string version)
    {
        using var bench = new ResolveBench();
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);
        bench.Offer("old", "1.0", "py3-none-any", "six (>dev)");
        bench.Offer("six", "1.0");

        Diagnostic error = await bench.ErrorAsync(bench.Layer(packages: ["old"]));
        bench.Offer("old", "0.9", "py3-none-any", "six (>=1)");

        Assert.True(error.Code == "LB2006", error.Message);
        Assert.StartsWith("Layer 'layer': the wheel old-1.0-py3-none-any.whl is not valid: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(["old 0.9", "six 1.0"], await bench.NamesAsync(bench.Layer(packages: ["old"])));
    }

    [RequiresRealPipsTheory]
    [MemberData(nameof(Usable))]
    public async Task Every_pip_takes_a_pre_release_where_nothing_else_fits_and_only_there(string version)
    {
        using var bench = new ResolveBench();
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);
        bench.Offer("lib", "1.0");
        bench.Offer("lib", "2.0rc1");
        bench.Offer("early", "0.1a1");
        bench.Offer("needs", "1.0", "py3-none-any", "lib!=1.0,>=0.5");

        Assert.Equal(["early 0.1a1", "lib 1.0"], await bench.NamesAsync(bench.Layer("first", packages: ["lib", "early"])));
        Assert.Equal(["lib 2.0rc1", "needs 1.0"], await bench.NamesAsync(bench.Layer("second", packages: ["needs"])));
    }

    [RequiresRealPipsTheory]
    [MemberData(nameof(Usable))]
    public async Task Every_pip_builds_with_the_settings_that_it_resolves_with(string version)
    {
        using var bench = new ResolveBench();
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);
        // Where packages come from is said in the requirements alone.
        bench.Variables.Remove("PIP_NO_INDEX");
        bench.Variables.Remove("PIP_FIND_LINKS");
        new WheelBuilder("makes", "1.0").File("makes.py", SmallProjects.Backend).WriteTo(bench.Wheels);
        new WheelBuilder("tool", "1.0").File("tool.py", "version = '1.0'\n").WriteTo(bench.Wheels);
        new WheelBuilder("tool", "2.0").File("tool.py", "version = '2.0'\n").WriteTo(bench.Wheels);
        SmallProjects.WriteArchive(bench.Wheels, "sourceonly", "makes");
        SmallProjects.Write(bench["own"], "own", "makes", "tool", "sourceonly");
        string constraints = bench.Write("build-constraints.txt", "tool<2\n");
        bench.Write("requirements.txt", "--no-index\n--find-links ../wheels\n./own\n");
        bench.Variables["PIP_BUILD_CONSTRAINT"] = new Uri(constraints).AbsoluteUri;

        LayerResolution resolution = await bench.ResolveAsync(bench.Layer(files: ["requirements.txt"]), bench.Options with { PipArguments = "--only-binary :all:" });

        Assert.Equal("own 0.1", Assert.Single(ResolveBench.NamesOf(resolution)));
        using ZipArchive wheel = ZipFile.OpenRead(resolution.Wheels.Values.Single().Single().Path);
        using var reader = new StreamReader(wheel.GetEntry("own.py")!.Open());
        Assert.Equal("built with tool 1.0", (await reader.ReadToEndAsync()).Trim());
    }

    [RequiresRealPipsTheory]
    [MemberData(nameof(Usable))]
    public async Task Every_pip_says_the_same_of_arguments_settings_and_indexes_that_it_does_not_take(string version)
    {
        using var bench = new ResolveBench();
        bench.Python = RealPips.Install(RealPips.Wheels[version], bench["venv"]);
        bench.Offer("app", "1.0");

        Diagnostic unknown = await bench.ErrorAsync(bench.Layer(packages: ["app"]), bench.Options with { PipArguments = "--no-such-option" });
        Diagnostic legacy = await bench.ErrorAsync(bench.Layer(packages: ["app"]), bench.Options with { PipArguments = "--use-deprecated=legacy-resolver" });
        Diagnostic plain = await bench.ErrorAsync(bench.Layer(packages: ["app"]), bench.Options with { PipArguments = "--find-links http://plain.example/wheels" });
        bench.Variables["PIP_UPLOADED_PRIOR_TO"] = "2030-01-01T00:00:00Z";
        string[] names = await bench.NamesAsync(bench.Layer(packages: ["app"]));

        Assert.Equal(("LB2025", "LB2025", "LB2027"), (unknown.Code, legacy.Code, plain.Code));
        Assert.Contains("no such option: --no-such-option. Correct LambdaLayerPipArguments", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("pip does not ask http://plain.example/wheels ", plain.Message, StringComparison.Ordinal);
        Assert.Equal(["app 1.0"], names);
        Assert.Equal(Version.Parse(version) < new Version(26, 0) ? ["LB2026"] : [], bench.Log.Diagnostics.Where(d => d.Severity == Severity.Warning).Select(d => d.Code));
    }

    [RequiresPythonFact]
    public async Task What_a_sitecustomize_prints_does_not_hide_a_Python()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var bench = new ResolveBench();
        bench.Offer("app", "1.0");
        string packages = RealPips.MakeEnvironment(bench["venv"]);
        TestPython host = RealPips.Host ?? TestPython.Newest;
        (int exitCode, string output) = Programs.Run(
            host.Path, bench.Project, [], "-c", $"import os, pip, shutil; shutil.copytree(os.path.dirname(pip.__file__), {Quote(Path.Combine(packages, "pip"))})");
        Assert.True(exitCode == 0, output);
        await File.WriteAllTextAsync(Path.Combine(packages, "sitecustomize.py"), "import sys\nsys.stdout.write('welcome')\n");
        bench.Python = Path.Combine(bench["venv"], "bin", "python");

        Assert.Equal(["app 1.0"], await bench.NamesAsync(bench.Layer(packages: ["app"])));
    }

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <summary>No variable of pip's: what it is told stands in the file where users have it.</summary>
    private static void UsePipConf(ResolveBench bench)
    {
        bench.Variables.Remove("PIP_CONFIG_FILE");
        bench.Variables.Remove("PIP_NO_INDEX");
        bench.Variables.Remove("PIP_FIND_LINKS");
        bench.Variables["HOME"] = bench["home"];
        bench.Variables["XDG_CONFIG_HOME"] = bench["home/.config"];
        bench.Write("home/.config/pip/pip.conf", $"[global]\nno-index = true\nfind-links = {new Uri(bench.Wheels).AbsoluteUri}\n");
    }
}
