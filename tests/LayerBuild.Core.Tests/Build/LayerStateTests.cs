using LayerBuild.Lambda;

namespace LayerBuild.Build;

public sealed class LayerStateTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public void Inputs_that_may_come_are_watched_and_what_links_lead_to()
    {
        string target = _folder.Write("target.txt", "x");
        File.CreateSymbolicLink(_folder["link.txt"], target);
        Assert.True(LayerName.TryParse("one", out LayerName name));
        var state = new LayerState(_folder["obj"], name);
        Directory.CreateDirectory(state.Directory);

        state.Write("hash", [], [], _folder.Path, [_folder["not-there.json"], _folder["link.txt"]], []);

        Assert.Equal([_folder["not-there.json"], _folder["link.txt"], target], File.ReadAllLines(Path.Combine(state.Directory, "watch.txt")));
    }
}
