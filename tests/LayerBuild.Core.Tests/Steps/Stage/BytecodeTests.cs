using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

public sealed class BytecodeTests
{
    private static string Runtime => $"python{TestPython.Newest.Version.ToString(2)}";

    private static string Tag => $"cpython-{TestPython.Newest.Version.Major}{TestPython.Newest.Version.Minor}";

    [RequiresPythonFact]
    public void Compiled_files_lie_beside_their_sources_and_in_RECORD()
    {
        using LayerFixture layer = Layer();
        layer.Build();

        Assert.Equal(
            [$"python/__pycache__/mine.{Tag}.pyc", $"python/dist/__pycache__/__init__.{Tag}.pyc", $"python/dist/__pycache__/deep.{Tag}.pyc"],
            layer.Tree!.Entries.Select(e => e.Path.Value).Where(p => p.EndsWith(".pyc", StringComparison.Ordinal)));
        Assert.Equal("dist", layer.Entry($"python/dist/__pycache__/deep.{Tag}.pyc").Owner!.Name);
        Assert.Contains($"\ndist/__pycache__/deep.{Tag}.pyc,sha256=", layer.Text("python/dist-1.0.dist-info/RECORD"), StringComparison.Ordinal);
        byte[] pyc = layer.Bytes($"python/dist/__pycache__/deep.{Tag}.pyc");
        Assert.Equal([1, 0, 0, 0], pyc[4..8]);
        Assert.Equal(layer.Tree.Entries.Select(e => e.Path.Value).Order(StringComparer.Ordinal), layer.Tree.Entries.Select(e => e.Path.Value));
    }

    [RequiresPythonFact]
    public void Python_takes_the_compiled_file_and_shows_paths_of_opt()
    {
        using LayerFixture layer = Layer();
        string stage = layer.Folder["stage"];
        StageDirectory.Fill(stage, layer.Build(), CancellationToken.None);
        // Another source of the same name: an unchecked file is taken without looking at it.
        File.WriteAllText(Path.Combine(stage, "python/dist/deep.py"), "raise SystemExit('compiled again')\n");

        (int exit, string output) = Programs.Run(
            TestPython.Newest.Path, layer.Folder.Path, [],
            "-I", "-B", "-c", "import sys, marshal; sys.path.insert(0, sys.argv[1]); import dist.deep; print(marshal.loads(open(dist.deep.__cached__, 'rb').read()[16:]).co_filename)", Path.Combine(stage, "python"));

        Assert.True(exit == 0, output);
        Assert.Equal("/opt/python/dist/deep.py", output.Trim());
    }

    [RequiresPythonFact]
    public void The_bytes_do_not_depend_on_what_else_is_compiled()
    {
        using LayerFixture one = Layer();
        one.Build();
        using LayerFixture two = Layer();
        two.Content("python/aaa.py", "first = {'name', 'where', 'value'}\nlast = 'text'\n");
        two.Build();

        Assert.All(
            one.Tree!.Entries.Where(e => e.Path.Value.EndsWith(".pyc", StringComparison.Ordinal)),
            e => Assert.Equal(one.Bytes(e.Path.Value), two.Bytes(e.Path.Value)));
    }

    [RequiresPythonFact]
    public void What_was_compiled_once_is_kept_beside_the_wheel_and_checked()
    {
        using LayerFixture layer = Layer();
        layer.Build();
        byte[] pyc = layer.Bytes($"python/dist/__pycache__/deep.{Tag}.pyc");
        string kept = Assert.Single(Directory.GetFiles(layer.Folder["wheels"], "*.pyc-*", SearchOption.AllDirectories));
        DateTime written = File.GetLastWriteTimeUtc(kept);

        layer.Build();
        Assert.Equal(written, File.GetLastWriteTimeUtc(kept));
        byte[] bytes = File.ReadAllBytes(kept);
        bytes[^1] ^= 1;
        File.WriteAllBytes(kept, bytes);
        layer.Build();

        Assert.Equal(pyc, layer.Bytes($"python/dist/__pycache__/deep.{Tag}.pyc"));
    }

    [RequiresPythonFact(2)]
    public void Every_declared_Python_gets_its_own()
    {
        string[] runtimes = [.. new[] { TestPython.All[^2], TestPython.Newest }.Select(p => $"python{p.Version.ToString(2)}")];
        using var layer = new LayerFixture(runtimes);
        layer.Layer = layer.Layer with { Bytecode = BytecodeMode.UncheckedHash };
        layer.Install("*", new WheelBuilder("both", "1.0").File("both.py", "x = 1\n"));
        foreach (string runtime in runtimes)
        {
            string tag = runtime["python".Length..].Replace(".", "", StringComparison.Ordinal);
            layer.Install(runtime, new WheelBuilder("only", "1.0", $"cp{tag}-cp{tag}-manylinux2014_x86_64").File($"only{tag}.py", "x = 1\n"));
        }

        layer.Build();

        string[] tags = [.. runtimes.Select(r => r["python".Length..].Replace(".", "", StringComparison.Ordinal))];
        Assert.Equal(
            tags.Select(t => $"python/__pycache__/both.cpython-{t}.pyc").Concat(tags.Zip(runtimes).Select(t => $"python/lib/{t.Second}/site-packages/__pycache__/only{t.First}.cpython-{t.First}.pyc")),
            layer.Tree!.Entries.Select(e => e.Path.Value).Where(p => p.EndsWith(".pyc", StringComparison.Ordinal)));
    }

    [RequiresPythonFact]
    public void ExcludeFiles_keeps_compiled_files_out_and_Slim_does_not()
    {
        using LayerFixture layer = Layer();
        layer.Layer = layer.Layer with { ExcludeFiles = ["python/dist/__pycache__/"], Slim = true };

        Assert.Equal(
            [$"python/__pycache__/mine.{Tag}.pyc"],
            layer.Build().Entries.Select(e => e.Path.Value).Where(p => p.EndsWith(".pyc", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_Python_that_is_not_installed_is_LB2010()
    {
        using var layer = new LayerFixture("python3.12", "python3.13");
        layer.Pythons = new PythonPlaces(null, new Dictionary<string, string>());
        layer.Layer = layer.Layer with { Bytecode = BytecodeMode.UncheckedHash };
        layer.Content("python/a.py", "");

        Assert.Equal(["python/a.py"], layer.Build().Entries.Select(e => e.Path.Value));
        Assert.Equal(["LB2010", "LB2010"], layer.Codes);
        Assert.Contains("python3.13", layer.Log.Diagnostics[1].Message, StringComparison.Ordinal);
    }

    private static LayerFixture Layer()
    {
        var layer = new LayerFixture(Runtime);
        layer.Install(Runtime, new WheelBuilder("dist", "1.0")
            .File("dist/__init__.py", "")
            .File("dist/deep.py", "def where():\n    return where.__code__.co_filename\n")
            .File("dist/template.py", "{{ not python }\n")
            .File("dist/data.txt", "x = 1\n"));
        layer.Content("python/mine.py", "value = 'text'\nnames = value in {'name', 'where', 'value'}\n");
        layer.Content("lib/other.py", "x = 1\n");
        layer.Layer = layer.Layer with { Bytecode = BytecodeMode.UncheckedHash };
        return layer;
    }
}
