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

        state.Write([], [], [], _folder.Path, [_folder["not-there.json"], _folder["link.txt"]], []);

        StateFile written = StateFile.Read(Path.Combine(state.Directory, StateFile.Name))!;
        Assert.Equal([_folder["not-there.json"], _folder["link.txt"], target], written.Files.Select(f => f.Key));
        Assert.Equal("-", written.Files[0].Value);
    }

    [Fact]
    public void A_layer_that_is_being_built_is_not_finished_and_its_outputs_stay_known()
    {
        Assert.True(LayerName.TryParse("one", out LayerName name));
        var state = new LayerState(_folder["obj"], name);
        state.Invalidate();
        Directory.CreateDirectory(state.Directory);
        state.Write([new("input", "x")], [_folder["one.zip"]], [], _folder.Path, [], []);

        state.Invalidate();

        StateFile left = StateFile.Read(Path.Combine(state.Directory, StateFile.Name))!;
        Assert.False(left.Finished);
        Assert.Empty(left.Inputs);
        Assert.Equal([_folder["one.zip"]], state.ReadOutputs());
    }
}
