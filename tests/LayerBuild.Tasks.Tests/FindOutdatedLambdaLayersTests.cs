using System.Reflection;
using System.Runtime.Loader;
using LayerBuild.Lambda;
using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks;

/// <summary>What makes a layer out of date, and that nothing of the engine is loaded to see it.</summary>
public sealed class FindOutdatedLambdaLayersTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingEngine _engine = new();
    private readonly TaskItem _layer = new("one");
    private readonly TaskItem _options = new("options");
    private TaskItem[] _content = [];

    public FindOutdatedLambdaLayersTests()
    {
        _folder.Write("layers/one/python/a.py", "a = 1\n");
        _options.SetMetadata("OutputPath", _folder["bin/"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_layer_that_was_not_built_is_out_of_date() => Assert.Equal("it was not built before", Change());

    [Fact]
    public void A_build_that_did_not_finish_counts_for_nothing()
    {
        Built(finished: false);

        Assert.Equal("its last build did not finish", Change());
    }

    [Fact]
    public void A_layer_that_is_up_to_date_gives_its_zips_and_repeats_its_warnings()
    {
        _layer.SetMetadata("ShareWith", "111111111111");
        _layer.SetMetadata("Imports", "a");
        Built();

        FindOutdatedLambdaLayers task = Run();

        Assert.Empty(task.Outdated);
        ITaskItem archive = Assert.Single(task.Archives);
        Assert.Equal(_folder["bin/100%25 one.zip"], archive.ItemSpec);
        Assert.Equal(
            ["one-arm64", "sha", "1", "2", "one", "111111111111", "", "a"],
            new[] { "LayerName", "CodeSha256", "ZippedSize", "UnzippedSize", "DeclaredLayer", "ShareWith", "AllowPublic", "Imports" }.Select(archive.GetMetadata));
        Assert.Equal("LB1008 It is old.", _engine.Text);
    }

    [Fact]
    public void A_warning_about_publishing_is_for_publishing_alone_and_nothing_is_said_without_a_build()
    {
        Built(warning: "LB4004");
        Run();
        Run(noBuild: true, publishesDirectly: true);
        Assert.Equal("", _engine.Text);

        Run(publishesDirectly: true);
        Assert.Equal("LB4004 It is old.", _engine.Text);
    }

    [Theory]
    [InlineData("an option", "option Python has changed")]
    [InlineData("a new option", "option NotYetThoughtOf is new")]
    [InlineData("metadata", "metadata Packages is new")]
    [InlineData("unknown metadata", "metadata Mine is new")]
    [InlineData("metadata are gone", "metadata Description is gone")]
    [InlineData("a file", "file {0}layers/one/python/a.py has changed")]
    [InlineData("a new file", "file {0}layers/one/python/b.py is new")]
    [InlineData("a file is gone", "file {0}layers/one/python/a.py is gone")]
    [InlineData("requirements elsewhere", "file {0}reqs/dev.txt has changed")]
    [InlineData("content", "content {0}shared.py has changed")]
    [InlineData("metadata of content", "content {0}shared.py has changed")]
    [InlineData("baseline", "baseline {0}earlier/one.layer.json is new")]
    [InlineData("advisories", "advisories {0}all.zip has changed")]
    [InlineData("what a link of advisories leads to", "advisories {0}latest.zip has changed")]
    [InlineData("a folder of advisories", "advisories {0}ours has changed")]
    [InlineData("a new record in a folder of advisories", "advisories {0}ours has changed")]
    [InlineData("a watched file", "{0}watched.txt has changed")]
    public void The_first_difference_is_named(string change, string expected)
    {
        _options.SetMetadata("Python", "python3");
        _options.SetMetadata("Baseline", "earlier");
        _options.SetMetadata("Advisories", "all.zip; latest.zip\n;ours;nowhere");
        _folder.Write("all.zip", "1");
        _folder.Write("of-today.zip", "1");
        File.CreateSymbolicLink(_folder["latest.zip"], "of-today.zip");
        _folder.Write("ours/2025/1.json", "{}");
        _layer.SetMetadata("Description", "words");
        _layer.SetMetadata("Requirements", @"reqs\dev.txt");
        _folder.Write("reqs/dev.txt", "six\n");
        Directory.CreateDirectory(_folder["earlier"]);
        var content = new TaskItem(_folder.Write("shared.py", "x\n"));
        content.SetMetadata("TargetDirectory", "python");
        _content = [content];
        Built();
        Assert.Null(Change());
        switch (change)
        {
            case "an option":
                _options.SetMetadata("Python", "python3.13");
                break;
            case "a new option":
                _options.SetMetadata("NotYetThoughtOf", "x");
                break;
            case "metadata":
                _layer.SetMetadata("Packages", "six");
                break;
            case "unknown metadata":
                _layer.SetMetadata("Mine", "x");
                break;
            case "metadata are gone":
                _layer.RemoveMetadata("Description");
                break;
            case "a file":
                _folder.Write("layers/one/python/a.py", "a = 22\n");
                break;
            case "a new file":
                _folder.Write("layers/one/python/b.py", "");
                break;
            case "a file is gone":
                File.Delete(_folder["layers/one/python/a.py"]);
                break;
            case "requirements elsewhere":
                _folder.Write("reqs/dev.txt", "six==1\n");
                break;
            case "content":
                _folder.Write("shared.py", "xyz\n");
                break;
            case "metadata of content":
                content.SetMetadata("TargetDirectory", "python/x");
                break;
            case "baseline":
                _folder.Write("earlier/one.layer.json", "{}");
                _folder.Write("earlier/two.layer.json", "{}");
                break;
            case "advisories":
                _folder.Write("all.zip", "12");
                break;
            case "what a link of advisories leads to":
                _folder.Write("of-today.zip", "12");
                break;
            case "a folder of advisories":
                _folder.Write("ours/2025/1.json", "{ }");
                break;
            case "a new record in a folder of advisories":
                _folder.Write("ours/2026/2.JSON", "{}");
                break;
            case "a watched file":
                _folder.Write("watched.txt", "");
                break;
        }

        Assert.Equal(expected.Replace("{0}", _folder.Path + "/", StringComparison.Ordinal), Change());
    }

    [Theory]
    [InlineData("layers/one/python/__pycache__/a.pyc")]
    [InlineData("layers/one/requirements.lock.txt")]
    [InlineData("layers/one/python/requirements-x.lock.txt")]
    [InlineData("layers/one/reqs/dev.lock.txt")]
    [InlineData("layers/one/package-lock.json")]
    [InlineData("layers/one/web/node_modules/x/index.js")]
    [InlineData("earlier/two.layer.json")]
    [InlineData("ours/.git/index")]
    public void What_a_build_itself_writes_and_what_is_not_of_the_layer_are_no_inputs(string file)
    {
        _options.SetMetadata("Baseline", "earlier");
        Directory.CreateDirectory(_folder["earlier"]);
        _options.SetMetadata("Advisories", "ours");
        Directory.CreateDirectory(_folder["ours"]);
        _layer.SetMetadata("Requirements", "layers/one/reqs/dev.txt");
        _layer.SetMetadata("PackageJson", "layers/one/web/package.json");
        _folder.Write("layers/one/reqs/dev.txt", "");
        _folder.Write("layers/one/web/package.json", "{}");
        Built();

        _folder.Write(file, "x");

        Assert.Null(Change());
    }

    [Fact]
    public void A_layer_is_declared_once()
    {
        Built();
        FindOutdatedLambdaLayers task = NewTask();
        task.Layers = [_layer, new TaskItem("ONE")];
        Assert.True(task.Execute());

        Assert.Equal(["ONE"], task.Outdated.Select(i => i.ItemSpec));
    }

    [Fact]
    public void The_state_tells_no_credentials()
    {
        _options.SetMetadata("PipArguments", "--index-url https://user:secret@example.org/simple");

        Assert.DoesNotContain(Inputs(), input => input.Value.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void The_names_of_zips_end_with_the_architectures_of_the_engine() =>
        Assert.Equal(["", .. Architecture.All.Select(a => $"-{a.Id}")], DeclaredInputs.ZipEndings);

    /// <summary>What is here and not among the options does not change what a layer becomes.</summary>
    [Fact]
    public void The_task_that_builds_has_no_other_parameters_that_decide_anything() => Assert.Equal(
        [
            // Items and options, which are compared; where things are kept; whom to ask for what is built already; what is said.
            "Archives", "CachePath", "CacheSize", "Content", "EndpointUrl", "IntermediatePath", "Layers", "NoWarn", "Options", "Outdated", "Profile", "ProjectDirectory",
            "ProjectFile", "PublishesDirectly", "RemoteCache", "RemoteCachePush",
        ],
        typeof(BuildLambdaLayers).GetProperties().Where(p => p.DeclaringType!.Assembly == typeof(BuildLambdaLayers).Assembly).Select(p => p.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("FindOutdatedLambdaLayers")]
    [InlineData("FindStaleLambdaLayers")]
    [InlineData("CheckLambdaLayerFiles")]
    public void Nothing_of_the_engine_is_loaded(string name)
    {
        Built();
        string shell = Path.Combine(Directory.CreateDirectory(_folder["alone"]).FullName, "LayerBuild.Tasks.dll");
        File.Copy(typeof(BuildLambdaLayers).Assembly.Location, shell);
        var context = new LoneShell();
        Type type = context.LoadFromAssemblyPath(shell).GetType($"LayerBuild.Tasks.{name}", throwOnError: true)!;
        var task = (ITask)Activator.CreateInstance(type)!;
        task.BuildEngine = _engine;
        Set("Layers", new ITaskItem[] { _layer });
        Set("Options", _options);
        Set("ProjectDirectory", _folder.Path);
        Set("IntermediatePath", _folder["obj/"]);
        Set("OutputPath", _folder["bin/"]);
        Set("State", _folder["obj/report.txt"]);
        Set("Files", new[] { _folder["bin/index.html"] });

        Assert.True(task.Execute(), _engine.Text);
        Assert.Empty(context.Refused);
        Assert.NotEqual(typeof(BuildLambdaLayers).Assembly, type.Assembly);

        void Set(string property, object value) => type.GetProperty(property)?.SetValue(task, value);
    }

    private List<KeyValuePair<string, string>> Inputs() => new DeclaredInputs([_layer], _content, _options, _folder.Path).Of(_layer);

    private void Built(bool finished = true, string warning = "LB1008")
    {
        string state = LayerArchives.StatePath(_folder["obj"], "one");
        Directory.CreateDirectory(Path.GetDirectoryName(state)!);
        File.WriteAllText(state, new StateFile
        {
            Inputs = Inputs(),
            Archives = [new StateArchive("one-arm64", "sha", "1", "2", _folder["bin/100%25 one.zip"])],
            Files = [new(_folder["watched.txt"], StateFile.StampOf(_folder["watched.txt"]))],
            Warnings = [new StateWarning(warning, "", 0, "It is old.")],
            Finished = finished,
        }.ToText());
    }

    private string? Change() => Run().Outdated.SingleOrDefault()?.GetMetadata("Change");

    private FindOutdatedLambdaLayers Run(bool noBuild = false, bool publishesDirectly = false)
    {
        FindOutdatedLambdaLayers task = NewTask();
        task.NoBuild = noBuild;
        task.PublishesDirectly = publishesDirectly;
        Assert.True(task.Execute());
        return task;
    }

    private FindOutdatedLambdaLayers NewTask() => new()
    {
        BuildEngine = _engine,
        Layers = [_layer],
        Content = _content,
        Options = _options,
        ProjectDirectory = _folder.Path,
        IntermediatePath = _folder["obj"],
    };

    private sealed class LoneShell() : AssemblyLoadContext("shell without the engine")
    {
        public List<string> Refused { get; } = [];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (!assemblyName.Name!.StartsWith("LayerBuild", StringComparison.Ordinal))
            {
                return null;
            }

            Refused.Add(assemblyName.Name);
            throw new FileNotFoundException(assemblyName.Name);
        }
    }
}
