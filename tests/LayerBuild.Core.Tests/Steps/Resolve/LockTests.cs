using System.Diagnostics;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

public sealed class LockTests : IDisposable
{
    private static readonly string[] Both = ["x86_64", "arm64"];

    private readonly ResolveBench _bench = new();

    public LockTests()
    {
        _bench.Offer("app", "1.0", "py3-none-any", "lib>=1", "native", "only-arm; platform_machine == 'aarch64'", "old-python; python_version < '3.13'");
        _bench.Offer("lib", "2.0");
        _bench.Offer("only-arm", "1.0");
        _bench.Offer("old-python", "1.0");
        foreach (string python in new[] { "cp312", "cp313" })
        {
            _bench.Offer("native", "1.5", $"{python}-{python}-manylinux_2_28_x86_64");
            _bench.Offer("native", "1.5", $"{python}-{python}-manylinux2014_aarch64.manylinux_2_17_aarch64");
        }

        _bench.Write("requirements.txt", "app  # the application\n");
    }

    private string LockPath => _bench["requirements.lock.txt"];

    public void Dispose() => _bench.Dispose();

    [RequiresPythonFact]
    public async Task One_file_pins_every_package_for_every_target()
    {
        await _bench.ResolveAsync(Layer("python3.12", "python3.13"));

        LockFile locked = LockFile.Parse(File.ReadAllText(LockPath));
        Assert.Equal(["python3.12/x86_64", "python3.12/arm64", "python3.13/x86_64", "python3.13/arm64"], locked.Targets);
        Assert.Equal(
            [
                ("app", null, 1),
                ("lib", null, 1),
                ("native", null, 4),
                ("old-python", "python_version == \"3.12\"", 1),
                ("only-arm", "platform_machine == \"aarch64\"", 1),
            ],
            locked.Entries.Select(e => (e.Name, e.Marker, e.Files.Count)));
        Assert.DoesNotContain(_bench.Project, File.ReadAllText(LockPath), StringComparison.Ordinal);
        Assert.DoesNotContain('\r', File.ReadAllText(LockPath));
        Assert.Contains(_bench.Log.Diagnostics, d => d.Severity == Severity.Note && d.Message.Contains("wrote requirements.lock.txt: 5 packages", StringComparison.Ordinal));
    }

    [RequiresPythonFact]
    public async Task From_lock_and_cache_no_python_is_started_and_the_result_is_the_same()
    {
        LayerResolution first = await _bench.ResolveAsync(Layer());
        string text = File.ReadAllText(LockPath);

        _bench.Python = _bench["no-python-here"];
        Directory.Delete(_bench.Wheels, recursive: true);
        LayerResolution second = await _bench.ResolveAsync(Layer());

        Assert.Equal(Describe(first), Describe(second));
        Assert.Equal(text, File.ReadAllText(LockPath));
        Assert.Empty(_bench.Log.Diagnostics);
    }

    [RequiresPythonFact(2)]
    public async Task Every_python_writes_the_same_lock()
    {
        var texts = new HashSet<string>();
        foreach (TestPython python in new[] { TestPython.Oldest, TestPython.Newest })
        {
            _bench.Python = python.Path;
            File.Delete(LockPath);
            await _bench.ResolveAsync(Layer());
            texts.Add(File.ReadAllText(LockPath));
        }

        Assert.Single(texts);
    }

    [RequiresPythonFact]
    public async Task Pip_itself_installs_from_it()
    {
        string machine = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x86_64";
        _bench.Write("requirements.txt", "app\nother-one==3\nfast[extra]>=1\n");
        _bench.Offer("other-one", "3.0");
        _bench.Wheel("fast", "1.0").Metadata("Provides-Extra: extra").Requires("six; extra == 'extra'").WriteTo(_bench.Wheels);
        _bench.Offer("six", "1.0+local.1");
        _bench.Offer("native", "1.6");
        await _bench.ResolveAsync(_bench.Layer(runtimes: [$"python{TestPython.Newest.Version.ToString(2)}"], architectures: [machine], files: ["requirements.txt"]));

        var start = new ProcessStartInfo(TestPython.Newest.Path) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _bench.Project };
        foreach (string argument in new[] { "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-compile", "--target", _bench["installed"], "-r", "requirements.lock.txt" })
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in _bench.Variables)
        {
            start.Environment[name] = value;
        }

        using Process pip = Process.Start(start)!;
        string words = await pip.StandardError.ReadToEndAsync() + await pip.StandardOutput.ReadToEndAsync();
        await pip.WaitForExitAsync();

        Assert.True(pip.ExitCode == 0, words);
        Assert.True(Directory.Exists(_bench["installed/native"]), words);
        Assert.True(Directory.Exists(_bench["installed/six"]), words);
    }

    [RequiresPythonFact]
    public async Task Comments_order_white_space_and_nesting_change_nothing()
    {
        _bench.Write("requirements.txt", "app\nlib>=1,<3\n");
        await _bench.ResolveAsync(Layer());

        _bench.Python = _bench["no-python-here"];
        _bench.Write("more.txt", "App # the application\r\n");
        _bench.Write("requirements.txt", "# new comment\r\nlib \\\r\n   < 3, >=1\r\n\r\n-r more.txt\r\n");

        await _bench.ResolveAsync(Layer());
    }

    [RequiresPythonFact]
    public async Task Changed_requirements_are_resolved_again_and_said()
    {
        await _bench.ResolveAsync(Layer());
        _bench.Write("requirements.txt", "lib\n");

        LayerResolution resolution = await _bench.ResolveAsync(Layer());

        Assert.All(resolution.Wheels.Values, wheels => Assert.Equal(["lib"], wheels.Select(w => w.Name)));
        Assert.Contains(_bench.Log.Diagnostics, d => d.Severity == Severity.Note && d.Message.Contains("was out of date (the requirements have changed)", StringComparison.Ordinal));
        Assert.Equal(["lib"], LockFile.Parse(File.ReadAllText(LockPath)).Entries.Select(e => e.Name));
    }

    [RequiresPythonFact]
    public async Task A_new_runtime_is_resolved_and_fewer_runtimes_keep_the_lock()
    {
        await _bench.ResolveAsync(Layer("python3.13"));
        await _bench.ResolveAsync(Layer("python3.12", "python3.13"));
        Assert.Contains(_bench.Log.Diagnostics, d => d.Message.Contains("it is not for python3.12 on x86_64", StringComparison.Ordinal));

        string text = File.ReadAllText(LockPath);
        _bench.Python = _bench["no-python-here"];
        await _bench.ResolveAsync(Layer("python3.13"));

        Assert.Equal(text, File.ReadAllText(LockPath));
    }

    [RequiresPythonFact]
    public async Task A_lock_that_is_wanting_is_an_error_in_locked_mode()
    {
        await _bench.ResolveAsync(Layer());
        _bench.Write("requirements.txt", "lib\n");

        Diagnostic error = await _bench.ErrorAsync(Layer(), _bench.Options with { LockedMode = true });

        Assert.Equal(("LB2005", LockPath), (error.Code, error.File));
        Assert.Contains("requirements have changed", error.Message, StringComparison.Ordinal);
        Assert.Contains("LockLambdaLayers", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_missing_lock_is_an_error_when_locked_mode_was_asked_for_and_else_a_warning()
    {
        Diagnostic error = await _bench.ErrorAsync(Layer(), _bench.Options with { LockedMode = true, LockedModeExplicit = true });
        Assert.Equal("LB2005", error.Code);

        await _bench.ResolveAsync(Layer(), _bench.Options with { LockedMode = true });
        Diagnostic warning = Assert.Single(_bench.Log.Diagnostics);
        Assert.Equal(("LB2005", Severity.Warning), (warning.Code, warning.Severity));
        Assert.False(File.Exists(LockPath));
    }

    [RequiresPythonFact]
    public async Task Relocking_resolves_anew_and_leaves_an_equal_file_alone()
    {
        await _bench.ResolveAsync(Layer());
        await _bench.ResolveAsync(Layer(), _bench.Options with { Relock = true, LockedMode = true, LockedModeExplicit = true });
        Assert.Contains(_bench.Log.Diagnostics, d => d.Message.EndsWith("requirements.lock.txt is up to date.", StringComparison.Ordinal));

        _bench.Offer("lib", "2.1");
        LayerResolution kept = await _bench.ResolveAsync(Layer());
        Assert.All(kept.Wheels.Values, wheels => Assert.Equal("2.0", wheels.Single(w => w.Name == "lib").Version));

        await _bench.ResolveAsync(Layer(), _bench.Options with { Relock = true });
        Assert.Equal("2.1", LockFile.Parse(File.ReadAllText(LockPath)).Entries.Single(e => e.Name == "lib").Version);
    }

    [RequiresPythonFact]
    public async Task Wheels_that_the_cache_lacks_are_fetched_as_pinned()
    {
        LayerResolution first = await _bench.ResolveAsync(Layer());
        Directory.Delete(_bench.Cache, recursive: true);
        _bench.Offer("lib", "3.0");

        LayerResolution second = await _bench.ResolveAsync(Layer());

        Assert.Equal(Describe(first), Describe(second));
        Assert.Empty(_bench.Log.Diagnostics);
    }

    [RequiresPythonFact]
    public async Task A_damaged_wheel_of_the_cache_is_fetched_again()
    {
        LayerResolution first = await _bench.ResolveAsync(Layer());
        string path = first.Wheels.Values.First()[0].Path;
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        LayerResolution second = await _bench.ResolveAsync(Layer());

        Assert.Equal(Describe(first), Describe(second));
        Assert.Equal(first.Wheels.Values.First()[0].Sha256, WheelCache.Hash(path));
    }

    [RequiresPythonFact]
    public async Task A_wrong_hash_names_package_expected_and_found()
    {
        await _bench.ResolveAsync(Layer());
        string hash = WheelCache.Hash(Path.Combine(_bench.Wheels, "lib-2.0-py3-none-any.whl"));
        string wrong = new('0', 64);
        File.WriteAllText(LockPath, File.ReadAllText(LockPath).Replace(hash, wrong, StringComparison.Ordinal));
        int line = Array.FindIndex(File.ReadAllLines(LockPath), l => l.StartsWith("lib==", StringComparison.Ordinal)) + 1;

        await _bench.TryResolveAsync(Layer());

        Assert.All(_bench.Log.Diagnostics, d => Assert.Equal(("LB2004", LockPath, line), (d.Code, d.File, d.Line)));
        Assert.Contains($"lib==2.0 (lib-2.0-py3-none-any.whl): expected sha256:{wrong}, found sha256:{hash}", _bench.Log.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_lock_from_elsewhere_is_taken_as_it_is()
    {
        string lib = WheelCache.Hash(_bench.Offer("lib", "1.0"));
        _bench.Write("requirements.txt", "lib\n");
        string text = $"--index-url https://index.example/simple\nlib==1.0 --hash=sha256:{new string('1', 64)} --hash=sha256:{lib}\n";
        File.WriteAllText(LockPath, text);

        Assert.Equal(["lib 1.0"], await _bench.NamesAsync(_bench.Layer(files: ["requirements.txt"])));
        Assert.Equal(text, File.ReadAllText(LockPath));

        _bench.Python = _bench["no-python-here"];
        File.WriteAllText(LockPath, $"lib==1.0 --hash=sha256:{lib}\n");
        Assert.Equal(["lib 1.0"], await _bench.NamesAsync(_bench.Layer(files: ["requirements.txt"])));
    }

    [RequiresPythonTheory]
    [InlineData("lib==2.0\n", "has no --hash=sha256:")]
    [InlineData("lib>=2.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n", "does not pin")]
    [InlineData("native==1.5 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n", "it lacks app")]
    [InlineData("<<<<<<< ours\n", "has no --hash")]
    public async Task A_lock_that_makes_no_sense_is_out_of_date(string text, string why)
    {
        File.WriteAllText(LockPath, text);

        Diagnostic error = await _bench.ErrorAsync(Layer(), _bench.Options with { LockedMode = true });

        Assert.Equal("LB2005", error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_lock_without_a_package_that_another_requires_is_out_of_date()
    {
        await _bench.ResolveAsync(Layer());
        string[] blocks = File.ReadAllText(LockPath).Split("\n\n");
        File.WriteAllText(LockPath, string.Join("\n\n", blocks.Where(b => !b.Contains("\nlib==", StringComparison.Ordinal))));

        Diagnostic error = await _bench.ErrorAsync(Layer(), _bench.Options with { LockedMode = true });

        Assert.Contains("it lacks lib, which app requires", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Requirements_in_line_are_locked_beside_the_project()
    {
        await _bench.ResolveAsync(_bench.Layer("my-layer", packages: ["lib"]));

        Assert.True(File.Exists(_bench["my-layer.requirements.lock.txt"]));
    }

    [RequiresPythonFact]
    public async Task Layers_that_share_requirements_share_the_lock_and_others_have_their_own()
    {
        _bench.Write("extra.txt", "only-arm\n");
        LayerDeclaration[] layers =
        [
            _bench.Layer("one", ["python3.12"], ["x86_64"], ["requirements.txt"]),
            _bench.Layer("two", ["python3.13"], ["arm64"], ["requirements.txt"]),
            _bench.Layer("three", ["python3.13"], ["x86_64"], ["requirements.txt", "extra.txt"]),
        ];
        var log = new DiagnosticLog();

        IReadOnlyDictionary<LayerName, LayerResolution> all = await new PackageResolver(_bench.Options, log).ResolveAsync(layers, default);

        Assert.Equal(3, all.Count);
        Assert.Equal(["python3.12/x86_64", "python3.13/arm64"], LockFile.Parse(File.ReadAllText(LockPath)).Targets);
        Assert.Equal(["python3.13/x86_64"], LockFile.Parse(File.ReadAllText(_bench["requirements.three.lock.txt"])).Targets);

        // One layer of them alone finds the same files.
        _bench.Python = _bench["no-python-here"];
        foreach (LayerDeclaration layer in layers)
        {
            await _bench.ResolveAsync(layer, _bench.Options with { ProjectLayers = layers });
        }
    }

    [RequiresPythonFact]
    public async Task What_decides_a_build_is_named_as_its_input()
    {
        _bench.Write("requirements.txt", "-r more.txt\n");
        _bench.Write("more.txt", "lib\n");

        LayerResolution resolution = await _bench.ResolveAsync(Layer());

        Assert.Equal([_bench["more.txt"], LockPath], resolution.InputFiles);
    }

    private static string Describe(LayerResolution resolution) => string.Join('\n',
        from target in resolution.Wheels
        from wheel in target.Value
        select $"{target.Key.Id} {wheel.Name} {wheel.Version} {wheel.FileName} {wheel.Sha256} {wheel.Path} {wheel.Requested} <{string.Join(',', wheel.Requires)}>");

    private LayerDeclaration Layer(params string[] runtimes) =>
        _bench.Layer(runtimes: runtimes.Length > 0 ? runtimes : ["python3.12"], architectures: Both, files: ["requirements.txt"]);
}
