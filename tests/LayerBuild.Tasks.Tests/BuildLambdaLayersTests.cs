using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks;

/// <summary>The task that builds, from items to items; and with it what tasks have in common that read layers.</summary>
public sealed class BuildLambdaLayersTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingEngine _engine = new();
    private readonly TaskItem _options = new("options");

    public BuildLambdaLayersTests()
    {
        _folder.Write("layers/one/python/a.py", "a = 1\n");
        _folder.Write("layers/two/python/b.py", "b = 2\n");
        _options.SetMetadata("OutputPath", _folder["bin/"]);
        _options.SetMetadata("Compression", "Copy");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_out_of_date_is_built_and_then_up_to_date()
    {
        TaskItem[] layers = [Layer("one"), Layer("two")];
        using BuildLambdaLayers first = NewTask(layers, outdated: layers);
        Assert.True(first.Execute(), _engine.Text);
        Assert.Equal([_folder["bin/one.zip"], _folder["bin/two.zip"]], first.Archives.Select(a => a.ItemSpec));
        Assert.Empty(Outdated(layers));

        _folder.Write("layers/two/python/b.py", "b = 22\n");
        DateTime one = File.GetLastWriteTimeUtc(_folder["bin/one.zip"]);
        Assert.Equal(["two"], Outdated(layers));
        using BuildLambdaLayers second = NewTask(layers, outdated: [layers[1]]);
        Assert.True(second.Execute(), _engine.Text);

        Assert.Equal(one, File.GetLastWriteTimeUtc(_folder["bin/one.zip"]));
        Assert.Equal(["one", "two"], second.Archives.Select(a => a.GetMetadata("LayerName")));
        Assert.NotEqual(first.Archives[1].GetMetadata("CodeSha256"), second.Archives[1].GetMetadata("CodeSha256"));
        Assert.Empty(Outdated(layers));
    }

    [Fact]
    public void A_layer_that_fails_stays_out_of_date_and_gives_no_zip()
    {
        TaskItem[] layers = [Layer("one"), Layer("empty")];
        using BuildLambdaLayers task = NewTask(layers, outdated: layers);

        Assert.False(task.Execute());

        Assert.StartsWith("LB1006", Assert.Single(_engine.Errors), StringComparison.Ordinal);
        Assert.Equal(["one"], task.Archives.Select(a => a.GetMetadata("LayerName")));
        Assert.Equal(["empty"], Outdated(layers));
    }

    [Fact]
    public void Options_reach_the_engine()
    {
        _options.SetMetadata("Runtimes", "python3.13");
        _options.SetMetadata("Architectures", "arm64");
        TaskItem[] layers = [new("one")];
        using BuildLambdaLayers task = NewTask(layers, outdated: layers);
        Assert.True(task.Execute(), _engine.Text);

        string manifest = File.ReadAllText(_folder["bin/one.layer.json"]);
        Assert.Contains("python3.13", manifest, StringComparison.Ordinal);
        Assert.Contains("arm64", manifest, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["obj/one/stage"]));

        _options.SetMetadata("Stage", "true");
        using BuildLambdaLayers staged = NewTask(layers, outdated: layers);
        Assert.True(staged.Execute(), _engine.Text);
        Assert.True(File.Exists(_folder["obj/one/stage/python/a.py"]));
    }

    [Theory]
    [InlineData("Compression", "Most")]
    [InlineData("Compression", "7")]
    public void An_option_that_cannot_be_read_is_an_error(string option, string value)
    {
        _options.SetMetadata(option, value);
        TaskItem[] layers = [Layer("one")];
        using BuildLambdaLayers task = NewTask(layers, outdated: layers);

        Assert.False(task.Execute());
        Assert.Contains(value, Assert.Single(_engine.Errors), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["bin"]));
    }

    [Fact]
    public void A_cache_size_that_cannot_be_read_is_an_error()
    {
        TaskItem[] layers = [Layer("one")];
        using BuildLambdaLayers task = NewTask(layers, outdated: layers);
        task.CacheSize = "a lot";

        Assert.False(task.Execute());
        Assert.Contains("LambdaLayerCacheSize", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    private static TaskItem Layer(string name)
    {
        var item = new TaskItem(name);
        item.SetMetadata("CompatibleRuntimes", "python3.13");
        return item;
    }

    private string[] Outdated(TaskItem[] layers)
    {
        var task = new FindOutdatedLambdaLayers { BuildEngine = _engine, Layers = layers, Options = _options, ProjectDirectory = _folder.Path, IntermediatePath = _folder["obj/"] };
        Assert.True(task.Execute());
        return [.. task.Outdated.Select(i => i.ItemSpec)];
    }

    private BuildLambdaLayers NewTask(ITaskItem[] layers, ITaskItem[] outdated) => new()
    {
        BuildEngine = _engine,
        Layers = layers,
        Outdated = outdated,
        Options = _options,
        ProjectDirectory = _folder.Path,
        IntermediatePath = _folder["obj/"],
        CachePath = _folder["cache"],
    };
}
