
namespace LayerBuild.Stage;

public sealed class LayerTreeBuilderTests
{
    [Fact]
    public void Wheels_and_content_become_one_tree()
    {
        using var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("My-Dist", "1.0").File("my_dist/__init__.py", "x = 1\n"));
        layer.Content("python/test2.py", "var_from_test2 = 'this is str in test2'\n");

        LayerTree tree = layer.Build();

        Assert.Equal(
            [
                "python/my_dist-1.0.dist-info/INSTALLER",
                "python/my_dist-1.0.dist-info/METADATA",
                "python/my_dist-1.0.dist-info/RECORD",
                "python/my_dist-1.0.dist-info/REQUESTED",
                "python/my_dist-1.0.dist-info/WHEEL",
                "python/my_dist/__init__.py",
                "python/test2.py",
            ],
            tree.Entries.Select(e => e.Path.Value));
        Assert.Equal("LayerBuild\n", layer.Text("python/my_dist-1.0.dist-info/INSTALLER"));
    }
}
