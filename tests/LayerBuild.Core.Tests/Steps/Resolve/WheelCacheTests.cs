using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Resolve;

public sealed class WheelCacheTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly DiagnosticLog _log = new();

    private string Root => _folder["cache"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_wheel_lies_under_its_hash_and_is_found_again()
    {
        CachedWheel added = Open().Add(Wheel("app"));

        Assert.Equal(Path.Combine(Root, "wheels", added.Sha256[..2], added.Sha256, "app-1.0-py3-none-any.whl"), added.Path);
        Assert.Equal(added, Open().Find(added.Sha256));
        Assert.Equal(Path.GetDirectoryName(added.Path), Open().DirectoryOf(added.Sha256));
        Assert.Null(Open().Find(new string('a', 64)));
    }

    [Fact]
    public void Damage_is_noticed_and_repaired()
    {
        CachedWheel added = Open().Add(Wheel("app"));
        File.AppendAllText(added.Path, "x");

        Assert.Null(Open().Find(added.Sha256));
        Assert.Equal(added, Open().Add(Wheel("app")));
        Assert.Equal(added.Sha256, WheelCache.Hash(added.Path));
    }

    [Fact]
    public void Junk_is_no_wheel()
    {
        CachedWheel added = Open().Add(Wheel("app"));
        File.Delete(added.Path);
        File.WriteAllText(Path.Combine(Open().DirectoryOf(added.Sha256), "notes.txt"), "");
        Assert.Null(Open().Find(added.Sha256));

        Directory.CreateDirectory(Path.GetDirectoryName(added.Path)!);
        Directory.CreateDirectory(added.Path);
        Assert.Null(Open().Find(added.Sha256));
        Assert.Equal(added.Sha256, Open().Add(Wheel("app")).Sha256);
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void A_path_that_is_a_file_is_warned_of_once_and_the_build_goes_on()
    {
        File.WriteAllText(Root, "in the way");
        WheelCache cache = Open();

        string work = cache.CreateWorkDirectory();
        CachedWheel wheel = cache.Add(Wheel("app"));
        cache.NoteBuilt("source-1", wheel.Sha256);
        cache.Trim();

        Assert.True(Directory.Exists(work));
        Assert.StartsWith(_folder["substitute"], wheel.Path, StringComparison.Ordinal);
        Assert.Equal(wheel, Open().Find(wheel.Sha256));
        Assert.Equal(Path.GetDirectoryName(wheel.Path), cache.DirectoryOf(wheel.Sha256));
        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.Equal(("LB2009", Severity.Warning), (warning.Code, warning.Severity));
        Assert.Contains(Root, warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Builds_side_by_side_add_the_same_wheels(bool damaged)
    {
        // Many rounds: what goes wrong here goes wrong rarely.
        for (int round = 0; round < 50; round++)
        {
            string[] files = [.. Enumerable.Range(0, 8).Select(n => new WheelBuilder($"app{n % 2}-{round}", "1.0").WriteTo(_folder[$"in{round}-{n}"]))];
            if (damaged)
            {
                Array.ForEach(files[..2], file => File.WriteAllText(Open().Add(file).Path, "damaged"));
            }

            CachedWheel[] wheels = await Task.WhenAll(files.Select(file => Task.Run(() => Open().Add(file))));

            Assert.Equal(2, wheels.Select(w => w.Sha256).Distinct().Count());
            Assert.All(wheels, w => Assert.Equal(w.Sha256, WheelCache.Hash(w.Path)));
            Assert.Empty(_log.Diagnostics);
        }
    }

    [Fact]
    public void The_least_recently_used_wheels_go_when_it_is_too_large()
    {
        CachedWheel[] wheels = [.. Enumerable.Range(0, 4).Select(n => Open().Add(Wheel($"app{n}")))];
        long size = wheels.Sum(w => new FileInfo(w.Path).Length);
        for (int n = 0; n < 3; n++)
        {
            Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(wheels[n].Path)!, DateTime.UtcNow.AddDays(-10 + n));
        }

        // Used by this build, so no longer the oldest.
        WheelCache cache = Open(size + 100);
        Assert.NotNull(cache.Find(wheels[0].Sha256));
        cache.Add(Wheel("newest"));
        cache.Trim();

        Assert.Equal([true, false, true, true], wheels.Select(w => File.Exists(w.Path)));

        // What was used a moment ago may be in use by another build.
        WheelCache tiny = Open(1);
        tiny.Add(Wheel("last"));
        tiny.Trim();
        Assert.Equal([true, false, false, true], wheels.Select(w => File.Exists(w.Path)));
    }

    [Fact]
    public void What_was_built_from_a_source_is_remembered()
    {
        CachedWheel wheel = Open().Add(Wheel("app"));
        Open().NoteBuilt("source-1", wheel.Sha256);

        Assert.Equal(wheel with { Built = true }, Open().FindBuilt("source-1"));
        Assert.Null(Open().FindBuilt("source-2"));
    }

    private WheelCache Open(long capacity = WheelCache.DefaultCapacity) => new(Root, _folder["substitute"], capacity, _log);

    private string Wheel(string name) => new WheelBuilder(name, "1.0").File($"{name}.py", "x = 1\n").WriteTo(_folder["in"]);
}
