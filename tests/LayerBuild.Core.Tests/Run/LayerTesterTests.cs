using System.Collections;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Run;

public sealed class LayerTesterTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static string Runtime => $"python3.{TestPython.Newest.Version.Minor}";

    public void Dispose() => _folder.Dispose();

    [RequiresPythonFact]
    public async Task Imports_modules_of_a_layer()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime,
            [("python/a.py", "import b, json"), ($"python/lib/{Runtime}/site-packages/b.py", "x = 1"), ("python/more.pth", "sub\n"), ("python/sub/c.py", "")]);

        Assert.Equal([$"Layer 'a': on {Runtime}, imported a, b, c, json."], await ImportAsync(layers, "a;b;c;json"));
    }

    [RequiresPythonFact]
    public async Task LB3007_for_an_import_that_fails()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime,
            [("python/good.py", ""), ("python/bad.py", "import not_there"), ("python/worse.py", "raise SystemExit(3)"), ("python/crash.py", "import os; os._exit(9)")]);

        IReadOnlyList<string> found = await ImportAsync(layers, "bad;worse;good;crash;good");
        Assert.StartsWith($"LB3007 Layer 'a': on {Runtime}, 'import bad' failed: ModuleNotFoundError: No module named 'not_there'", found[0]);
        Assert.Contains("/opt/python/bad.py\", line 1", found[0]);
        Assert.StartsWith($"LB3007 Layer 'a': on {Runtime}, 'import worse' failed: SystemExit: 3", found[1]);
        Assert.StartsWith($"LB3007 Layer 'a': on {Runtime}, 'import crash' failed: it ended with exit code 9.", found[2]);
        Assert.Equal($"Layer 'a': on {Runtime}, imported good.", found[3]);
    }

    [RequiresPythonFact]
    public async Task The_process_sees_nothing_of_this_machine()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime,
            [
                ("python/a.py", """
                    import os, sys
                    assert 'pip' not in sys.modules
                    try:
                        import pip
                    except ImportError:
                        pass
                    else:
                        raise AssertionError(pip.__file__)
                    assert not [n for n in os.environ if n.startswith(('PIP_', 'LB_TEST'))], os.environ
                    assert sys.path[0].endswith('site-packages') and sys.path[1].endswith('/python'), sys.path
                    import socket
                    try:
                        socket.create_connection(('192.0.2.1', 80), 5)
                    except OSError:
                        pass
                    else:
                        raise AssertionError('online')
                    """),
            ]);

        Assert.Equal([$"Layer 'a': on {Runtime}, imported a."], await ImportAsync(layers, "a"));
    }

    [RequiresPythonFact]
    public async Task A_run_that_hangs_is_ended()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime, [("python/a.py", "while True:\n    pass\n")]);

        Assert.Contains("'import a' failed: it took longer than 2 seconds", Assert.Single(await ImportAsync(layers, "a", seconds: 2)));
    }

    [RequiresPythonFact]
    public async Task What_cannot_be_tried_is_said()
    {
        BuiltLayers layers = new BuiltLayers(_folder)
            .Add("a", $"python2.7;{Runtime};nodejs22.x", [("python/a.py", "import boto3")])
            .Add("x-x86_64", Runtime, [], "x86_64").Add("x-arm64", Runtime, [], "arm64");

        Assert.Equal(
            [
                "Layer 'a': on python2.7, not tested: Python 2.7 is not installed here (looked on PATH, in pyenv, and at LambdaLayerPython).",
                $"Layer 'a': on {Runtime}, 'a' was not tested to the end: it imports boto3, which Lambda's runtime has and this machine does not.",
                "Layer 'a': on nodejs22.x, not tested: only Python can be run here.",
            ],
            await ImportAsync(layers, "a"));
        Assert.Contains(await ImportAsync(layers, "json", "x"), m => m.Contains("not tested: this machine is", StringComparison.Ordinal));
        Assert.Equal(["Layer 'a': there is nothing to import, because its Imports is empty."], await ImportAsync(layers, ""));
    }

    [RequiresPythonFact]
    public async Task Auto_means_what_was_asked_for()
    {
        ManifestPackage Package(string name, bool requested) => new(name, "1.0", null, "python", 1, 1, 1, "", "", null, requested);
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime,
            [
                ("python/yaml/__init__.py", ""), ("python/_yaml/__init__.py", ""), ("python/PyYAML-1.0.dist-info/RECORD", "yaml/__init__.py,,\n_yaml/__init__.py,,\n../../bin/x,,\n"),
                ("python/slim.py", ""), ("python/slim-1.0.dist-info/top_level.txt", "slim\n"), ("python/dep.py", "broken("), ("python/dep-1.0.dist-info/RECORD", "dep.py,,\n"),
            ],
            packages: [Package("PyYAML", true), Package("slim", true), Package("dep", false)]);

        Assert.Equal([$"Layer 'a': on {Runtime}, imported slim, yaml."], await ImportAsync(layers, "auto"));
    }

    [RequiresPythonTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_runs_with_its_layers_merged(bool mount)
    {
        BuiltLayers layers = new BuiltLayers(_folder)
            .Add("share_package", Runtime, [("python/test2.py", "var_from_test2 = 'this is str in test2'\n"), ("python/twice.py", "which = 1")])
            .Add("second", Runtime, [("python/twice.py", "which = 2"), ("bin/tool", "#!/bin/sh\n")]);
        _folder.Write("function/test_main.py", """
            import os
            from test2 import var_from_test2
            import twice

            def lambda_handler(event, context):
                print(var_from_test2)
                print(sorted(os.listdir("/opt")), sorted(os.listdir("/opt/python")), open("/opt/python/twice.py").read())
                return {"which": twice.which, "event": event, "name": context.function_name, "time": context.get_remaining_time_in_millis() > 0}
            """);

        string found = Assert.Single(await CallAsync(layers, new LambdaFunctionDeclaration("f")
        {
            Layers = ["share_package", "second"],
            Handler = "test_main.lambda_handler",
            CodeDirectory = _folder["function"],
            Event = "{\"a\": [1]}",
        }, mount));

        Assert.Equal(
            $$"""
            Function 'f': on {{Runtime}}, test_main.lambda_handler answered {"which": 2, "event": {"a": [1]}, "name": "f", "time": true}
              log:
                this is str in test2
                ['bin', 'python'] ['test2.py', 'twice.py'] which = 2
              /opt:
                /opt/bin/tool
                /opt/python/test2.py
                /opt/python/twice.py
            """.ReplaceLineEndings("\n"),
            found);
    }

    [RequiresPythonFact]
    public async Task LB3012_for_a_handler_that_fails()
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", Runtime, []);
        _folder.Write("f/m.py", "import sys\nprint('before', file=sys.stderr)\ndef h(event, context):\n    raise ValueError('no')\ndef bytes_(e, c):\n    return b'x'\n");

        async Task<string> Call(string handler) => Assert.Single(await CallAsync(layers, new LambdaFunctionDeclaration("f")
        {
            Layers = ["a"],
            Runtime = LambdaRuntime.Find(Runtime),
            Handler = handler,
            CodeDirectory = _folder["f"],
        }));

        Assert.StartsWith($"LB3012 Function 'f': on {Runtime}, m.h failed: ValueError: no", await Call("m.h"));
        Assert.Contains("before", await Call("m.h"));
        Assert.Contains("Handler 'nope' missing on module 'm'", await Call("m.nope"));
        Assert.Contains("No module named 'other'", await Call("other.h"));
        Assert.Contains("m.bytes_ failed: Unable to marshal response: ", await Call("m.bytes_"));
        Assert.DoesNotContain("lambda_test.py", await Call("m.h"));
        Assert.Contains("m.py\", line 4, in h", await Call("m.h"));
    }

    [Fact]
    public void Later_layers_take_the_place_of_earlier_ones()
    {
        BuiltLayers layers = new BuiltLayers(_folder)
            .Add("a", "", [("x", "file"), ("y/z", "deep"), ("same", "1")])
            .Add("b", "", [("x/inner", "folder"), ("y", "file"), ("same", "2")]);
        Directory.CreateDirectory(_folder["opt"]);

        OptDirectory.Merge(layers.All.Select(l => l.ZipPath), _folder["opt"], CancellationToken.None);

        Assert.Equal(["same", "x/inner", "y"], OptDirectory.List(_folder["opt"]));
        Assert.Equal("2", File.ReadAllText(_folder["opt/same"]));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/out")]
    public void A_zip_cannot_leave_its_folder(string path)
    {
        BuiltLayers layers = new BuiltLayers(_folder).Add("a", "", [(path, "x")]);
        Directory.CreateDirectory(_folder["opt"]);

        Assert.Throws<InvalidDataException>(() => OptDirectory.Merge([layers.All[0].ZipPath], _folder["opt"], CancellationToken.None));
    }

    private static async Task<IReadOnlyList<string>> ImportAsync(BuiltLayers layers, string imports, string? layer = null, int seconds = 30)
    {
        var log = new DiagnosticLog();
        await Tester(layers, log, seconds).TestImportsAsync(layer ?? layers.All[0].Name, LayerItem.Split(imports), null, CancellationToken.None);
        return Words(log);
    }

    private static async Task<IReadOnlyList<string>> CallAsync(BuiltLayers layers, LambdaFunctionDeclaration function, bool mount = true)
    {
        var log = new DiagnosticLog();
        await Tester(layers, log, 30, mount).TestFunctionAsync(function, CancellationToken.None);
        return Words(log);
    }

    private static string[] Words(DiagnosticLog log) => [.. log.Diagnostics.Select(d => $"{d.Code} {d.Message}".TrimStart())];

    private static LayerTester Tester(BuiltLayers layers, DiagnosticLog log, int seconds, bool mount = true)
    {
        Dictionary<string, string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
        environment["LB_TEST_LEAK"] = "1";
        var options = new TestOptions { Environment = environment, Mount = mount, Limit = TimeSpan.FromSeconds(seconds), Python = TestPython.Newest.Path };
        return new LayerTester(layers.All, options, log);
    }
}
