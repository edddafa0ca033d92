using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Requirements;

public sealed class LocalProjectTests : IDisposable
{
    private readonly ResolveBench _bench = new();

    public LocalProjectTests()
    {
        _bench.Offer("lib", "1.0");
        _bench.Offer("six", "1.0");
    }

    public void Dispose() => _bench.Dispose();

    [RequiresPythonFact]
    public async Task A_local_project_is_built_to_a_wheel_with_what_it_requires()
    {
        WriteProject("libs/own");
        _bench.Write("libs/requirements.txt", "./own ; python_version >= '3.9'\n");
        LayerDeclaration layer = _bench.Layer(files: ["libs/requirements.txt"]);

        LayerResolution resolution = await _bench.ResolveAsync(layer);

        Assert.Equal(["lib 1.0 False", "own 0.1 True"], resolution.Wheels.Values.Single().Select(w => $"{w.Name} {w.Version} {w.Requested}"));
        string text = File.ReadAllText(_bench["libs/requirements.lock.txt"]);
        Assert.Contains("lib==1.0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("own", text, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task It_is_built_again_when_a_file_changed_and_only_then()
    {
        WriteProject("own");
        LayerDeclaration layer = _bench.Layer(packages: ["./own"]);
        string first = Own(await _bench.ResolveAsync(layer)).Sha256;
        string lockText = File.ReadAllText(_bench["layer.requirements.lock.txt"]);
        string? python = _bench.Python;

        _bench.Python = _bench["no-python-here"];
        _bench.Write("own/__pycache__/own.cpython-313.pyc", "");
        _bench.Write("own/own.egg-info/PKG-INFO", "");
        Assert.Equal(first, Own(await _bench.ResolveAsync(layer)).Sha256);

        _bench.Python = python;
        _bench.Write("own/own.py", "value = 2\n");
        Assert.NotEqual(first, Own(await _bench.ResolveAsync(layer)).Sha256);
        Assert.Empty(_bench.Log.Diagnostics);
        Assert.Equal(lockText, File.ReadAllText(_bench["layer.requirements.lock.txt"]));
    }

    [RequiresPythonFact]
    public async Task New_requirements_of_a_local_project_outdate_the_lock()
    {
        WriteProject("own");
        LayerDeclaration layer = _bench.Layer(packages: ["./own"]);
        await _bench.ResolveAsync(layer);
        WriteProject("own", requires: "six");

        Assert.Equal("LB2005", (await _bench.ErrorAsync(layer, _bench.Options with { LockedMode = true })).Code);
        Assert.Equal(["own 0.1", "six 1.0"], await _bench.NamesAsync(layer));
    }

    [RequiresPythonFact]
    public async Task Extras_of_a_local_project_count()
    {
        WriteProject("own", requires: "lib; extra == 'more'");
        LayerDeclaration layer = _bench.Layer(packages: ["./own[more]"]);

        Assert.Equal(["lib 1.0", "own 0.1"], await _bench.NamesAsync(layer));
        Assert.Equal(["lib 1.0", "own 0.1"], await _bench.NamesAsync(layer));
        Assert.Empty(_bench.Log.Diagnostics);
    }

    [RequiresPythonFact]
    public async Task A_wheel_that_comes_out_native_is_refused()
    {
        WriteProject("own", tag: "cp312-cp312-linux_x86_64");

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["./own"]));

        Assert.True(error.Code == "LB2003", error.ToString());
        Assert.Contains("own-0.1-cp312-cp312-linux_x86_64.whl", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_build_that_fails_shows_its_last_words()
    {
        WriteProject("own");
        _bench.Write("own/backend.py", "raise SystemExit('the compiler is on strike')\n");

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["./own"]));

        Assert.True(error.Code == "LB2013", error.ToString());
        Assert.Contains("the compiler is on strike", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_source_archive_of_an_index_is_built_only_with_leave()
    {
        WriteProject("work/own-0.1");
        _bench.Write("work/own-0.1/PKG-INFO", "Metadata-Version: 2.1\nName: own\nVersion: 0.1\n");
        string archive = Path.Combine(_bench.Wheels, "own-0.1.tar.gz");
        await using (FileStream file = File.Create(archive))
        await using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            System.Formats.Tar.TarFile.CreateFromDirectory(_bench["work"], gzip, includeBaseDirectory: false);
        }

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["own"]));
        Assert.True(error.Code == "LB2003", error.ToString());
        Assert.Contains("own-0.1.tar.gz (source, not a wheel)", error.Message, StringComparison.Ordinal);
        Assert.Contains("AllowSdist=\"own\"", error.Message, StringComparison.Ordinal);
        Assert.Equal("LB2003", (await _bench.ErrorAsync(_bench.Layer(packages: ["own"], allowSdist: ["other"]))).Code);

        foreach (string allowed in new[] { "*", "own" })
        {
            LayerDeclaration layer = _bench.Layer(packages: ["own"], allowSdist: [allowed]);
            Assert.Equal(["lib 1.0", "own 0.1"], await _bench.NamesAsync(layer));
            Assert.Contains($"# own-0.1.tar.gz\nown==0.1 \\\n    --hash=sha256:{WheelCache.Hash(archive)}", File.ReadAllText(_bench["layer.requirements.lock.txt"]), StringComparison.Ordinal);

            // From the lock: with the built wheel of the cache no Python, without it the archive of that hash.
            ResolveOptions noPython = _bench.Options with { Python = _bench["no-python-here"] };
            Assert.Equal(["lib 1.0", "own 0.1"], await _bench.NamesAsync(layer, noPython));
            Directory.Delete(_bench.Cache, recursive: true);
            Assert.Equal(["lib 1.0", "own 0.1"], await _bench.NamesAsync(layer));
            Assert.Empty(_bench.Log.Diagnostics);
        }
    }

    [RequiresPythonFact]
    public async Task A_wheel_beside_the_requirements_is_locked_by_its_path()
    {
        string wheel = _bench.Wheel("near", "1.0").WriteTo(_bench["my wheels"]);
        _bench.Write("requirements.txt", "./my wheels/near-1.0-py3-none-any.whl\n");
        LayerDeclaration layer = _bench.Layer(files: ["requirements.txt"]);

        await _bench.ResolveAsync(layer);
        Assert.Contains($"./my wheels/near-1.0-py3-none-any.whl \\\n    --hash=sha256:{WheelCache.Hash(wheel)}", File.ReadAllText(_bench["requirements.lock.txt"]), StringComparison.Ordinal);

        Directory.Delete(_bench.Cache, recursive: true);
        Assert.Equal(["near 1.0"], await _bench.NamesAsync(layer));
        Assert.Empty(_bench.Log.Diagnostics);
        Assert.True(_bench.LastRequested("near"));
    }

    private static ResolvedWheel Own(LayerResolution resolution) => resolution.Wheels.Values.Single().Single(w => w.Name == "own");

    /// <summary>A project whose build backend lies in it and needs nothing.</summary>
    private void WriteProject(string folder, string requires = "lib", string tag = "py3-none-any")
    {
        _bench.Write($"{folder}/pyproject.toml", $"[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n# {requires}\n");
        _bench.Write($"{folder}/own.py", "value = 1\n");
        // Python takes a backend that was written twice in a second, with as many bytes, for the one that it has compiled.
        if (Directory.Exists(_bench[$"{folder}/__pycache__"]))
        {
            Directory.Delete(_bench[$"{folder}/__pycache__"], recursive: true);
        }

        _bench.Write($"{folder}/backend.py", $$""""
            import os, zipfile

            METADATA = """Metadata-Version: 2.1
            Name: own
            Version: 0.1
            Provides-Extra: more
            Requires-Dist: {{requires}}
            """
            WHEEL = """Wheel-Version: 1.0
            Generator: test
            Root-Is-Purelib: true
            Tag: {{tag}}
            """

            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                name = "own-0.1-{{tag}}.whl"
                with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
                    for path, text in (
                        ("own.py", open("own.py").read()),
                        ("own-0.1.dist-info/METADATA", METADATA),
                        ("own-0.1.dist-info/WHEEL", WHEEL),
                        ("own-0.1.dist-info/RECORD", "own.py,,\nown-0.1.dist-info/METADATA,,\nown-0.1.dist-info/WHEEL,,\nown-0.1.dist-info/RECORD,,\n"),
                    ):
                        wheel.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
                return name

            def build_sdist(sdist_directory, config_settings=None):
                raise NotImplementedError
            """");
    }
}
