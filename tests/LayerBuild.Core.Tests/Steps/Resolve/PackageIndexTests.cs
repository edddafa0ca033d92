using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

public sealed class PackageIndexTests : IAsyncLifetime, IDisposable
{
    private readonly ResolveBench _bench = new();
    private PackageIndex _index = null!;

    public Task InitializeAsync()
    {
        _index = new PackageIndex(_bench.Wheels);
        _bench.Variables.Remove("PIP_NO_INDEX");
        _bench.Variables.Remove("PIP_FIND_LINKS");
        _bench.Variables["PIP_INDEX_URL"] = _index.Url;
        _bench.Variables["HOME"] = _bench.Project;
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _index.DisposeAsync();

    public void Dispose() => _bench.Dispose();

    [RequiresPythonFact]
    public async Task Pip_runs_once_for_layers_with_the_same_requirements_and_target()
    {
        _bench.Offer("app", "1.0");
        _bench.Write("requirements.txt", "app\n");
        LayerDeclaration[] layers = [.. Enumerable.Range(0, 5).Select(n => _bench.Layer($"layer{n}", files: ["requirements.txt"])), _bench.Layer("inline", packages: ["app"])];

        IReadOnlyDictionary<LayerName, LayerResolution> all = await new PackageResolver(_bench.Options, new DiagnosticLog()).ResolveAsync(layers, default);

        Assert.Equal(6, all.Count);
        Assert.Single(_index.Requests, path => path == "/simple/app/");
    }

    [RequiresPythonFact]
    public async Task Cancelling_ends_pip_within_a_second()
    {
        _index.Hangs = true;
        using var cancel = new CancellationTokenSource();
        Task<LayerResolution?> resolving = _bench.TryResolveAsync(_bench.Layer(packages: ["app"]), cancellation: cancel.Token);
        await _index.FirstRequest.Task;

        var watch = System.Diagnostics.Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resolving);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_bench.Cache, "tmp")));
        Assert.False(File.Exists(_bench["layer.requirements.lock.txt"]));
    }

    [RequiresPythonTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_of_the_url_or_of_netrc_reach_the_index_and_no_file_or_message(bool netrc)
    {
        _bench.Offer("app", "1.0");
        _index.Credentials = "me:hush-hush";
        if (netrc)
        {
            _bench.Variables["NETRC"] = _bench.Write("netrc", $"machine {_index.Authority.Split(':')[0]} login me password hush-hush\n");
        }
        else
        {
            _bench.Variables["TOKEN"] = "hush-hush";
            _bench.Variables.Remove("PIP_INDEX_URL");
            _bench.Write("requirements.txt", $"--index-url http://me:${{TOKEN}}@{_index.Authority}/simple/\napp\n");
        }

        LayerDeclaration layer = netrc ? _bench.Layer(packages: ["app"]) : _bench.Layer(files: ["requirements.txt"]);
        LayerResolution resolution = await _bench.ResolveAsync(layer);

        Assert.StartsWith($"http://{_index.Authority}/files/", Assert.Single(resolution.Wheels.Values.Single()).Url, StringComparison.Ordinal);
        string text = File.ReadAllText(Directory.EnumerateFiles(_bench.Project, "*.lock.txt").Single()) + string.Join('\n', _bench.Log.Diagnostics);
        Assert.DoesNotContain("hush", text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);

        // What the lock pins is fetched with them too.
        Directory.Delete(_bench.Cache, recursive: true);
        await _bench.ResolveAsync(layer);
    }

    [RequiresPythonFact]
    public async Task Wrong_credentials_are_said_without_repeating_them()
    {
        _bench.Offer("app", "1.0");
        _index.Credentials = "me:right";
        _bench.Variables["PIP_INDEX_URL"] = $"http://me:wrong-one@{_index.Authority}/simple/";

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["app"]));

        Assert.True(error.Code == "LB2002", error.Message);
        Assert.Contains($"http://{_index.Authority}/simple/app/ answered 401", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Without_credentials_the_answer_is_the_servers_own_and_it_is_said_where_they_are_looked_for()
    {
        _bench.Offer("app", "1.0");
        _index.Credentials = "me:right";

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["app"]));

        Assert.True(error.Code == "LB2002", error.Message);
        Assert.Contains(
            $"no index could be asked for 'app' for python3.12 on x86_64: you require app. {_index.Url}app/ answered 401. Credentials are looked for in the URL of the index, in the user's netrc file, and with keyring.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Single(_index.Requests, path => path == "/simple/app/");
    }

    [RequiresPythonTheory]
    [InlineData(200, "text/html", "<!DOCTYPE html><html><body>Please log in</body></html>", "answered with a page that names no file of it.")]
    [InlineData(200, "application/json", "{}", "answered with application/json: that is not the answer of a package index.")]
    [InlineData(200, "application/vnd.pypi.simple.v1+json", "{}", "answered with a list that names no file of it.")]
    [InlineData(302, "", "/login/", "redirected to http://AUTHORITY/login/, which answered with a page that names no file of it.")]
    public async Task An_index_is_named_with_what_it_answered(int status, string contentType, string body, string words)
    {
        _index.Answers["/simple/app/"] = (status, contentType, body);
        _index.Answers["/login/"] = (200, "text/html", "<!DOCTYPE html><html><body>Please log in</body></html>");

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["app"]));

        Assert.True(error.Code == "LB2002", error.Message);
        Assert.Contains($"no package named 'app' was found for python3.12 on x86_64: you require app. {_index.Url}app/ {words.Replace("AUTHORITY", _index.Authority, StringComparison.Ordinal)}", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_file_that_the_index_does_not_give_is_no_fault_of_the_requirement()
    {
        string file = Path.GetFileName(_bench.Offer("app", "1.0"));
        _index.Answers[$"/files/{file}"] = (403, "text/plain", "no");

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(packages: ["app"]));

        Assert.True(error.Code == "LB2002", error.Message);
        Assert.Contains($"http://{_index.Authority}/files/{file} answered 403. Credentials are looked for", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task An_index_that_is_not_there_is_named()
    {
        _bench.Variables["PIP_INDEX_URL"] = "http://user:pass-word@127.0.0.1:9/simple/";
        _bench.Variables["PIP_RETRIES"] = "0";

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(runtimes: ["python3.12", "python3.13"], packages: ["app"]));

        Assert.True(error.Code == "LB2002", error.Message);
        Assert.Contains("for python3.12 and python3.13 on x86_64", error.Message, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:9/simple/app/ could not be reached: Failed to establish a new connection: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(" at 0x", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pass-word", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Requires_python_is_compared_with_the_target()
    {
        string old = Path.GetFileName(_bench.Offer("app", "1.0"));
        string early = Path.GetFileName(_bench.Offer("app", "2.0"));
        string late = Path.GetFileName(_bench.Offer("app", "3.0"));
        _index.Attributes[old] = "data-requires-python=\"&gt;=3.6\"";
        _index.Attributes[early] = "data-requires-python=\"&gt;=3.9,!=3.9.0,!=3.9.1\"";
        _index.Attributes[late] = "data-requires-python=\"&gt;=3.12\"";

        Assert.Equal(["app 2.0"], await _bench.NamesAsync(_bench.Layer(runtimes: ["python3.9"], packages: ["app"])));
        Assert.Equal(["app 3.0"], await _bench.NamesAsync(_bench.Layer(runtimes: ["python3.12"], packages: ["app"])));

        Diagnostic error = await _bench.ErrorAsync(_bench.Layer(runtimes: ["python3.9"], packages: ["app>=3"]));
        Assert.True(error.Code == "LB2003", error.ToString());
        Assert.Contains("app-3.0-py3-none-any.whl (needs Python >=3.12)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Versions that load: 2.0, 1.0", error.Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task Yanked_versions_are_taken_only_when_pinned()
    {
        _bench.Offer("app", "1.0");
        _index.Attributes[Path.GetFileName(_bench.Offer("app", "2.0"))] = "data-yanked=\"broken\"";

        Assert.Equal(["app 1.0"], await _bench.NamesAsync(_bench.Layer(packages: ["app"])));
        Assert.Equal(["app 2.0"], await _bench.NamesAsync(_bench.Layer(packages: ["app==2.0"])));
        Assert.Contains("yanked", (await _bench.ErrorAsync(_bench.Layer(packages: ["app>=2"]))).Message, StringComparison.Ordinal);
    }

    [RequiresPythonFact]
    public async Task A_url_is_locked_as_it_is_and_pinned_by_hash()
    {
        string wheel = _bench.Offer("app", "1.0", "py3-none-any", "lib");
        _bench.Offer("lib", "1.0");
        _bench.Write("requirements.txt", $"http://{_index.Authority}/files/app-1.0-py3-none-any.whl\n");
        LayerDeclaration layer = _bench.Layer(files: ["requirements.txt"]);

        LayerResolution first = await _bench.ResolveAsync(layer);
        Assert.Contains($"app @ http://{_index.Authority}/files/app-1.0-py3-none-any.whl \\\n    --hash=sha256:{WheelCache.Hash(wheel)}", File.ReadAllText(_bench["requirements.lock.txt"]), StringComparison.Ordinal);
        Directory.Delete(_bench.Cache, recursive: true);
        LayerResolution second = await _bench.ResolveAsync(layer);

        Assert.Equal(["app True", "lib False"], second.Wheels.Values.Single().Select(w => $"{w.Name} {w.Requested}"));
        Assert.Equal(first.Wheels.Values.Single().Select(w => w.Sha256), second.Wheels.Values.Single().Select(w => w.Sha256));
    }

    [RequiresPythonFact]
    public async Task A_file_that_the_index_changed_under_the_lock_is_refused()
    {
        _bench.Offer("app", "1.0");
        LayerDeclaration layer = _bench.Layer(packages: ["app"]);
        await _bench.ResolveAsync(layer);
        Directory.Delete(_bench.Cache, recursive: true);
        _bench.Wheel("app", "1.0").File("app/more.py", "evil = 1\n").WriteTo(_bench.Wheels);

        Diagnostic error = await _bench.ErrorAsync(layer);

        Assert.Equal(("LB2004", _bench["layer.requirements.lock.txt"]), (error.Code, error.File));
    }
}
