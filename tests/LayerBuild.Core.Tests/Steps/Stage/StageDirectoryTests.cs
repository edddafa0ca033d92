using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

public sealed class StageDirectoryTests
{
    [Fact]
    public void The_stage_looks_like_opt()
    {
        using var layer = Layer();
        string stage = Fill(layer);

        Assert.Equal("x = 1\n", File.ReadAllText(Path.Combine(stage, "python/dist.py")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(Convert.ToInt32("644", 8), (int)File.GetUnixFileMode(Path.Combine(stage, "python/dist.py")));
            Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.Combine(stage, "bin/tool")));
            Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.Combine(stage, "python")));
            Assert.Equal("tool", new FileInfo(Path.Combine(stage, "bin/link")).LinkTarget);
        }
    }

    [Fact]
    public void What_did_not_change_is_not_written_again()
    {
        using var layer = Layer();
        string stage = Fill(layer);
        string kept = Path.Combine(stage, "python/dist.py");
        DateTime before = File.GetLastWriteTimeUtc(kept);

        layer.Content("python/new.py", "new");
        Fill(layer);

        Assert.Equal(before, File.GetLastWriteTimeUtc(kept));
        Assert.Equal("new", File.ReadAllText(Path.Combine(stage, "python/new.py")));
    }

    [Fact]
    public void No_file_of_an_earlier_build_is_kept()
    {
        using var layer = Layer();
        layer.Content("python/folder/a.py", "a");
        layer.Content("python/file", "a");
        string stage = Fill(layer);

        using var next = Layer();
        next.Content("python/folder", "now a file");
        next.Content("python/file/b.py", "now a folder");
        next.Build();
        Directory.CreateDirectory(Path.Combine(stage, "stranger/sub"));
        File.WriteAllText(Path.Combine(stage, "stranger/sub/x"), "");
        StageDirectory.Fill(stage, next.Tree!, CancellationToken.None);

        Assert.Equal(
            next.Tree!.Entries.Select(e => e.Path.Value),
            Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(stage, f).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(stage, "stranger")));
    }

    [Fact]
    public void A_staged_file_that_somebody_changed_is_written_again()
    {
        using var layer = Layer();
        string stage = Fill(layer);
        string file = Path.Combine(stage, "python/dist.py");
        File.WriteAllText(file, "x = 2\n");
        File.Delete(Path.Combine(stage, "bin/tool"));

        Fill(layer);

        Assert.Equal("x = 1\n", File.ReadAllText(file));
        Assert.True(File.Exists(Path.Combine(stage, "bin/tool")));
    }

    [Fact]
    public void Content_that_changed_without_its_size_is_written_again()
    {
        using var layer = Layer();
        layer.Content("python/a.py", "one");
        string stage = Fill(layer);

        layer.Content("python/a.py", "two");
        Fill(layer);

        Assert.Equal("two", File.ReadAllText(Path.Combine(stage, "python/a.py")));
    }

    [Fact]
    public void What_a_killed_build_left_is_not_trusted()
    {
        using var layer = Layer();
        string stage = Fill(layer);
        string file = Path.Combine(stage, "python/dist.py");
        DateTime stamp = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "half  ");
        File.SetLastWriteTimeUtc(file, stamp);
        File.Delete(stage + ".ledger");

        Fill(layer);

        Assert.Equal("x = 1\n", File.ReadAllText(file));
    }

    [Fact]
    public void A_cancelled_fill_leaves_no_ledger()
    {
        using var layer = Layer();
        string stage = Fill(layer);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => StageDirectory.Fill(stage, layer.Tree!, cancelled.Token));

        Assert.False(File.Exists(stage + ".ledger"));
    }

    [Fact]
    public void A_link_in_the_stage_is_never_followed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var layer = Layer();
        layer.Link("python/out", "../bin");
        string stage = layer.Folder["obj/stage"];
        StageDirectory.Fill(stage, layer.Build(), CancellationToken.None);
        string outside = layer.Folder["outside"];
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "precious"), "");
        File.Delete(Path.Combine(stage, "python/out"));
        File.CreateSymbolicLink(Path.Combine(stage, "python/out"), outside);

        using var next = Layer();
        next.Content("python/out/a.py", "inside");
        next.Build();
        StageDirectory.Fill(stage, next.Tree!, CancellationToken.None);

        Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("inside", File.ReadAllText(Path.Combine(stage, "python/out/a.py")));
    }

    private static LayerFixture Layer()
    {
        var layer = new LayerFixture("python3.12");
        layer.Install("python3.12", new WheelBuilder("dist", "1.0").File("dist.py", "x = 1\n").File("large.bin", new byte[700_000]));
        layer.Content("bin/tool", "x", EntryKind.Executable);
        if (!OperatingSystem.IsWindows())
        {
            layer.Link("bin/link", "tool");
        }

        return layer;
    }

    private static string Fill(LayerFixture layer)
    {
        string stage = layer.Folder["obj/stage"];
        Directory.CreateDirectory(Path.GetDirectoryName(stage)!);
        StageDirectory.Fill(stage, layer.Build(), CancellationToken.None);
        Assert.Equal(
            layer.Tree!.Entries.Select(e => e.Path.Value),
            Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(stage, f).Replace('\\', '/')).Order(StringComparer.Ordinal));
        return stage;
    }
}
