using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>A lock file, an index and an empty cache, on a machine that has no Python.</summary>
public sealed class LockWithoutPythonTests : IAsyncLifetime, IDisposable
{
    private readonly ResolveBench _bench = new();
    private WheelServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await WheelServer.StartAsync();
        _bench.Python = null;
        _bench.Variables["PATH"] = "";
        _bench.Variables["HOME"] = _bench.Variables["USERPROFILE"] = _bench.Project;
        _bench.Variables.Remove("PIP_NO_INDEX");
        _bench.Variables.Remove("PIP_FIND_LINKS");
        _bench.Variables["PIP_INDEX_URL"] = _server.Simple;
        _bench.Variables["PIP_RETRIES"] = "0";
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Our_own_lock_is_enough_for_all_targets()
    {
        string app = _server.Offer(_bench.Wheel("app", "1.0").Requires("lib"));
        string intel = _server.Offer(_bench.Wheel("lib", "2.0", "cp312-cp312-manylinux_2_28_x86_64"));
        string arm = _server.Offer(_bench.Wheel("lib", "2.0", "cp312-cp312-manylinux_2_28_aarch64"));
        LayerDeclaration layer = _bench.Layer(architectures: ["x86_64", "arm64"], packages: ["app"]);
        WriteLock(layer, ["python3.12/x86_64", "python3.12/arm64"],
            new LockEntry("app", "1.0", null, null, [new LockedFile(app, "app-1.0-py3-none-any.whl")]),
            new LockEntry("lib", "2.0", null, null, [new LockedFile(intel, "lib-2.0-cp312-cp312-manylinux_2_28_x86_64.whl"), new LockedFile(arm, "lib-2.0-cp312-cp312-manylinux_2_28_aarch64.whl")]));

        LayerResolution resolution = await _bench.ResolveAsync(layer);

        Assert.Equal(["app 1.0", "lib 2.0", "app 1.0", "lib 2.0"], resolution.Wheels.Values.SelectMany(w => w).Select(w => $"{w.Name} {w.Version}"));
        Assert.Equal([app, arm, app, intel], resolution.Wheels.OrderBy(w => w.Key.Id, StringComparer.Ordinal).SelectMany(w => w.Value).Select(w => w.Sha256));
        Assert.Empty(_bench.Log.Diagnostics);
        Assert.Equal(5, _server.Requests.Count);

        // And from the cache nobody is asked.
        await _bench.ResolveAsync(layer);
        Assert.Equal(5, _server.Requests.Count);
    }

    [Fact]
    public async Task A_lock_of_another_tool_with_hashes_alone_is_enough()
    {
        string app = _server.Offer(_bench.Wheel("app", "1.0"));
        _server.Offer("app-1.0.tar.gz", [1]);
        _bench.Write("requirements.txt", "app\n");
        _bench.Write("requirements.lock.txt", $"app==1.0 \\\n    --hash=sha256:{new string('7', 64)} \\\n    --hash=sha256:{app}\n");

        LayerResolution resolution = await _bench.ResolveAsync(_bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(app, Assert.Single(resolution.Wheels.Values.Single()).Sha256);
    }

    [Fact]
    public async Task The_index_that_requirements_name_is_asked_with_their_credentials()
    {
        string app = _server.Offer(_bench.Wheel("app", "1.0"));
        _server.Credentials = "me:hush-hush";
        _bench.Variables["TOKEN"] = "hush-hush";
        _bench.Variables["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple/";
        _bench.Write("requirements.txt", $"--index-url http://me:${{TOKEN}}@{_server.Authority}/simple/\napp\n");
        _bench.Write("requirements.lock.txt", $"app==1.0 --hash=sha256:{app}\n");

        await _bench.ResolveAsync(_bench.Layer(files: ["requirements.txt"]));
    }

    [Fact]
    public async Task A_wheel_that_is_named_by_its_address_is_fetched_from_there()
    {
        string app = _server.Offer(_bench.Wheel("app", "1.0"));
        _server.Credentials = "me:hush-hush";
        _bench.Variables["TOKEN"] = "hush-hush";
        string url = $"{_server.Authority}/files/app-1.0-py3-none-any.whl";
        _bench.Write("requirements.txt", $"app @ http://me:${{TOKEN}}@{url}\n");
        _bench.Write("requirements.lock.txt", $"app @ http://{url} --hash=sha256:{app}\n");

        LayerResolution resolution = await _bench.ResolveAsync(_bench.Layer(files: ["requirements.txt"]));

        Assert.True(Assert.Single(resolution.Wheels.Values.Single()).Requested);
        Assert.Equal(["/files/app-1.0-py3-none-any.whl"], _server.Paths);
    }

    [Fact]
    public async Task Other_bytes_than_those_of_the_lock_are_an_error_at_its_line()
    {
        string found = _server.Offer(_bench.Wheel("app", "1.0"));
        string expected = new('0', 64);
        _bench.Write("requirements.txt", "app\n");
        string path = _bench.Write("requirements.lock.txt", $"# mine\napp==1.0 --hash=sha256:{expected}\n");

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(("LB2004", path, 2), (error.Code, error.File, error.Line));
        Assert.Contains($"app==1.0 (app-1.0-py3-none-any.whl): expected sha256:{expected}, found sha256:{found}", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_bench.Cache, "*.whl", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Without_index_and_Python_it_is_said_what_is_missing_and_why()
    {
        string app = _server.Offer(_bench.Wheel("app", "1.0"));
        _bench.Write("requirements.txt", "app\n");
        string path = _bench.Write("requirements.lock.txt", $"app==1.0 --hash=sha256:{app}\n");
        await _server.DisposeAsync();

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(files: ["requirements.txt"]));

        Assert.Equal(("LB2019", path, 1), (error.Code, error.File, error.Line));
        Assert.Contains($"what requirements.lock.txt pins could not be downloaded for python3.12 on x86_64: app==1.0, because {_server.Simple}app/ could not be reached: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_must_be_built_needs_a_Python()
    {
        string app = _server.Offer("app-1.0.tar.gz", [1, 2, 3]);
        _bench.Write("requirements.txt", "app\n");
        _bench.Write("requirements.lock.txt", $"# app-1.0.tar.gz\napp==1.0 --hash=sha256:{app}\n");

        Assert.Equal("LB2001", (await _bench.ErrorAsync(_bench.Layer(files: ["requirements.txt"], allowSdist: ["app"]))).Code);
    }

    private void WriteLock(LayerDeclaration layer, string[] targets, params LockEntry[] entries) =>
        _bench.Write(
            "layer.requirements.lock.txt",
            new LockFile(RequirementsDigest.Of(layer, RequirementReader.Read(layer, _ => null), null), targets, entries).ToText("layer.requirements.lock.txt"));
}
