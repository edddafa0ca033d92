using LayerBuild.Diagnostics;

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
