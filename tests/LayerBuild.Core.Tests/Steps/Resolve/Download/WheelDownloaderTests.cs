using System.Globalization;
using System.IO.Compression;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using Microsoft.AspNetCore.Http;

namespace LayerBuild.Steps.Resolve.Download;

public sealed class WheelDownloaderTests : IAsyncLifetime
{
    private static readonly WheelTags Tags = WheelTags.For(PythonTarget.Find("python3.12/x86_64")!);

    private readonly TemporaryDirectory _root = new();
    private readonly InstantTime _time = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly DiagnosticLog _log = new();
    private WheelServer _server = null!;
    private WheelCache _cache = null!;

    public async Task InitializeAsync()
    {
        _server = await WheelServer.StartAsync();
        _cache = new WheelCache(_root["cache"], _root["substitute"], WheelCache.DefaultCapacity, _log);
        _environment["HOME"] = _environment["USERPROFILE"] = _root["home"];
        _environment["PIP_CONFIG_FILE"] = OperatingSystem.IsWindows() ? "nul" : "/dev/null";
        _environment["PIP_INDEX_URL"] = _server.Simple;
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _root.Dispose();
    }

    [Fact]
    public async Task A_file_with_an_address_is_fetched_from_there_and_no_page_is_asked()
    {
        string sha256 = _server.Offer(Wheel());

        CachedWheel wheel = await TakenAsync(Named(sha256, url: $"{_server.Url}/files/{Wheel().FileName}"));

        Assert.Equal(["/files/demo-1.0-py3-none-any.whl"], _server.Paths);
        Assert.Equal((sha256, sha256, "demo-1.0-py3-none-any.whl"), (wheel.Sha256, WheelCache.Hash(wheel.Path), wheel.FileName));
        Assert.StartsWith(_root["cache"], wheel.Path, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_root["cache"], "tmp")));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task A_file_without_an_address_is_found_on_the_projects_page(bool json, bool named)
    {
        _server.Json = json;
        string sha256 = _server.Offer(Wheel());
        _server.Offer(new WheelBuilder("demo", "1.1"));

        await TakenAsync(named ? Named(sha256) : Unnamed(sha256));

        Assert.Equal(["/simple/demo/", "/files/demo-1.0-py3-none-any.whl"], _server.Paths);
        Assert.StartsWith("application/vnd.pypi.simple.v1+json, ", _server.Requests.First().Accept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_hashes_alone_the_file_that_serves_the_target_best_is_taken()
    {
        string pure = _server.Offer(Wheel());
        string other = _server.Offer(Wheel("cp313-cp313-manylinux_2_28_x86_64"));
        string own = _server.Offer(Wheel("cp312-cp312-manylinux_2_28_x86_64"));

        CachedWheel wheel = await TakenAsync(Unnamed(pure, other, own));

        Assert.Equal(own, wheel.Sha256);
    }

    [Fact]
    public async Task A_page_without_hashes_gives_files_by_name_and_version()
    {
        _server.Hashes = false;
        string sha256 = _server.Offer(Wheel());

        Assert.Equal(sha256, (await TakenAsync(Unnamed(sha256))).Sha256);
    }

    [Fact]
    public async Task Indexes_are_asked_in_their_order_until_one_has_the_file()
    {
        await using WheelServer second = await WheelServer.StartAsync();
        string sha256 = second.Offer(Wheel());
        _environment["PIP_EXTRA_INDEX_URL"] = second.Simple;

        await TakenAsync(Named(sha256));

        Assert.Equal(["/simple/demo/"], _server.Paths);
        Assert.Equal(["/simple/demo/", "/files/demo-1.0-py3-none-any.whl"], second.Paths);
    }

    [Fact]
    public async Task Folders_and_files_of_this_machine_serve_too()
    {
        string path = Wheel().WriteTo(_root["my wheels"]);
        string sha256 = WheelCache.Hash(path);
        _environment["PIP_NO_INDEX"] = "1";
        Assert.Null((await TakeAsync(Named(sha256))).Wheel);

        _environment["PIP_FIND_LINKS"] = new Uri(_root["my wheels"]).AbsoluteUri;
        await TakenAsync(Named(sha256));
        Assert.True(File.Exists(path));

        Directory.Delete(_root["cache"], recursive: true);
        _cache = new WheelCache(_root["cache"], _root["substitute"], WheelCache.DefaultCapacity, _log);
        await TakenAsync(Unnamed(sha256));

        Directory.Delete(_root["cache"], recursive: true);
        _cache = new WheelCache(_root["cache"], _root["substitute"], WheelCache.DefaultCapacity, _log);
        _environment.Remove("PIP_FIND_LINKS");
        _environment.Remove("PIP_NO_INDEX");
        Directory.CreateDirectory(_root["simple/demo"]);
        File.WriteAllText(_root["simple/demo/index.html"], $"<a href=\"../../my%20wheels/{Path.GetFileName(path)}\">demo</a>");
        _environment["PIP_INDEX_URL"] = new Uri(_root["simple"]).AbsoluteUri;
        await TakenAsync(Named(sha256));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Other_bytes_than_those_of_the_lock_never_reach_the_cache()
    {
        string found = _server.Offer(Wheel());
        string expected = new('0', 64);

        DownloadOutcome outcome = await TakeAsync(Named(expected));

        Assert.Null(outcome.Wheel);
        Assert.Equal($"demo==1.0 (demo-1.0-py3-none-any.whl): expected sha256:{expected}, found sha256:{found}", outcome.Mismatch!.ToString());
        Assert.Empty(Directory.EnumerateFiles(_root["cache"], "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(503, null)]
    [InlineData(429, "7")]
    [InlineData(500, null)]
    public async Task A_server_that_is_busy_is_asked_again_after_a_while(int status, string? after)
    {
        string sha256 = _server.Offer(Wheel());
        _server.Fault = (context, number) =>
        {
            if (number > 2)
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = status;
            if (after is not null)
            {
                context.Response.Headers.RetryAfter = after;
            }

            return Task.FromResult(true);
        };

        await TakenAsync(Named(sha256, url: $"{_server.Url}/files/{Wheel().FileName}"));

        Assert.Equal(3, _server.Requests.Count);
        Assert.True(after is null ? _time.Waited > TimeSpan.FromSeconds(0.2) : _time.Waited == TimeSpan.FromSeconds(14), _time.Waited.ToString());
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up()
    {
        string sha256 = _server.Offer(Wheel());
        _environment["PIP_RETRIES"] = "2";
        _server.Fault = (context, _) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "86400";
            return Task.FromResult(true);
        };

        DownloadOutcome outcome = await TakeAsync(Named(sha256));

        Assert.Equal([$"{_server.Simple}demo/ answered 503"], outcome.Reasons);
        Assert.Equal(3, _server.Requests.Count);
        Assert.Equal(TimeSpan.FromSeconds(120), _time.Waited);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_is_taken_up_where_it_was_if_the_server_can(bool ranges)
    {
        byte[] bytes = Large();
        string sha256 = _server.Offer("demo-1.0-py3-none-any.whl", bytes);
        _server.Ranges = ranges;
        _server.Fault = async (context, number) =>
        {
            if (number < 4 && context.Request.Path.Value!.StartsWith("/files/", StringComparison.Ordinal))
            {
                await _server.SendAsync(context, bytes, 400_000);
                return true;
            }

            return false;
        };

        CachedWheel wheel = await TakenAsync(Named(sha256));

        Assert.Equal(sha256, WheelCache.Hash(wheel.Path));
        string?[] asked = [.. _server.Requests.Where(r => r.Path.StartsWith("/files/", StringComparison.Ordinal)).Select(r => r.Range)];
        Assert.Null(asked[0]);
        Assert.All(asked[1..], Assert.NotNull);
        Assert.True(ranges ? asked.Length is 2 or 3 or 4 : asked.Length == 4, string.Join(' ', asked));
    }

    [Fact]
    public async Task A_file_that_changes_in_the_middle_is_fetched_whole()
    {
        byte[] bytes = Large();
        string sha256 = _server.Offer("demo-1.0-py3-none-any.whl", bytes);
        byte[] old = [.. bytes.Select(b => (byte)~b)];
        _server.Fault = async (context, number) =>
        {
            if (number == 1)
            {
                await _server.SendAsync(context, old, 400_000);
                return true;
            }

            return false;
        };

        CachedWheel wheel = await TakenAsync(Named(sha256, url: $"{_server.Url}/files/demo-1.0-py3-none-any.whl"));

        Assert.Equal(sha256, WheelCache.Hash(wheel.Path));
    }

    [Fact]
    public async Task A_file_that_always_ends_early_is_said_to()
    {
        byte[] bytes = Large();
        string sha256 = _server.Offer("demo-1.0-py3-none-any.whl", bytes);
        _server.Ranges = false;
        _server.Fault = async (context, _) =>
        {
            if (context.Request.Path.Value!.StartsWith("/files/", StringComparison.Ordinal))
            {
                await _server.SendAsync(context, bytes, 1000);
                return true;
            }

            return false;
        };

        DownloadOutcome outcome = await TakeAsync(Named(sha256));

        Assert.Null(outcome.Mismatch);
        Assert.Contains("/files/demo-1.0-py3-none-any.whl ", Assert.Single(outcome.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_page_instead_of_a_wheel_is_called_that()
    {
        string sha256 = _server.Offer(Wheel());
        _server.Fault = async (context, _) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<html>Please log in</html>");
            return true;
        };

        DownloadOutcome outcome = await TakeAsync(Named(sha256, url: $"{_server.Url}/files/demo-1.0-py3-none-any.whl"));

        Assert.Null(outcome.Mismatch);
        Assert.Equal($"{_server.Url}/files/demo-1.0-py3-none-any.whl answered with a web page, not with a wheel", outcome.Reasons[0]);
    }

    [Fact]
    public async Task More_bytes_than_a_file_has_are_not_read()
    {
        string sha256 = _server.Offer(Wheel());
        long sent = 0;
        _server.Fault = async (context, _) =>
        {
            if (!context.Request.Path.Value!.StartsWith("/files/", StringComparison.Ordinal))
            {
                return false;
            }

            byte[] block = new byte[1 << 16];
            while (!context.RequestAborted.IsCancellationRequested && sent < 1L << 30)
            {
                await context.Response.Body.WriteAsync(block);
                sent += block.Length;
            }

            return true;
        };

        DownloadOutcome outcome = await TakeAsync(Named(sha256));

        Assert.Contains("more than it should", Assert.Single(outcome.Reasons), StringComparison.Ordinal);
        Assert.True(sent < 1L << 28, sent.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_page_that_inflates_without_end_is_given_up()
    {
        string sha256 = _server.Offer(Wheel());
        _server.Fault = async (context, _) =>
        {
            context.Response.ContentType = "text/html";
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            byte[] block = new byte[1 << 20];
            for (int i = 0; i < 100; i++)
            {
                await gzip.WriteAsync(block);
            }

            return true;
        };

        Assert.Contains("is larger than 64 MB", Assert.Single((await TakeAsync(Named(sha256))).Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_page_is_read()
    {
        string sha256 = _server.Offer(Wheel());
        _server.Fault = async (context, _) =>
        {
            if (context.Request.Path != "/simple/demo/")
            {
                return false;
            }

            Assert.Equal("gzip", context.Request.Headers.AcceptEncoding);
            context.Response.ContentType = "text/html";
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync(Encoding.UTF8.GetBytes($"<a href=\"/files/demo-1.0-py3-none-any.whl#sha256={sha256}\">demo</a>"));
            return true;
        };

        await TakenAsync(Named(sha256));
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        string sha256 = _server.Offer(Wheel());
        _environment["PIP_TIMEOUT"] = "0.2";
        _environment["PIP_RETRIES"] = "1";
        _server.Fault = async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };

        Assert.Equal([$"{_server.Simple}demo/ gave no answer within 0.2 seconds"], (await TakeAsync(Named(sha256))).Reasons);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task An_index_that_is_not_there_is_named_and_not_waited_for_twice()
    {
        await _server.DisposeAsync();
        _environment["PIP_RETRIES"] = "1";
        using WheelDownloader downloader = Downloader();

        DownloadOutcome first = await downloader.TakeAsync(Named(new string('1', 64)), Tags, default);
        TimeSpan waited = _time.Waited;
        DownloadOutcome second = await downloader.TakeAsync(new WantedWheel("other", "1.0", [new PackageFile("other-1.0-py3-none-any.whl", "sha256:" + new string('2', 64))]), Tags, default);

        Assert.StartsWith($"{_server.Simple}demo/ could not be reached: ", Assert.Single(first.Reasons), StringComparison.Ordinal);
        Assert.Equal(first.Reasons, second.Reasons);
        Assert.Equal(waited, _time.Waited);
    }

    [Theory]
    [InlineData("url")]
    [InlineData("netrc")]
    [InlineData("uv")]
    [InlineData("poetry")]
    public async Task Credentials_reach_their_server(string place)
    {
        string sha256 = _server.Offer(Wheel());
        _server.Credentials = "me:hush p@ss";
        NamedIndex index = new("my.index", _server.Simple);
        switch (place)
        {
            case "url":
                index = new(null, $"http://me:hush%20p%40ss@{_server.Authority}/simple/");
                break;
            case "netrc":
                _environment["NETRC"] = _root.Write("netrc", "machine 127.0.0.1 login me password \"hush p@ss\"\n");
                break;
            default:
                string prefix = place == "uv" ? "UV_INDEX_MY_INDEX" : "POETRY_HTTP_BASIC_MY_INDEX";
                _environment[prefix + "_USERNAME"] = "me";
                _environment[prefix + "_PASSWORD"] = "hush p@ss";
                break;
        }

        await TakenAsync(Named(sha256), s => s with { Indexes = [index] });

        Assert.DoesNotContain(_server.Requests, r => r.Authorization is null);
    }

    [UnixFact]
    public async Task Keyring_is_asked_when_a_server_insists_and_only_as_a_command()
    {
        string sha256 = _server.Offer(Wheel());
        _server.Credentials = "me:from keyring";
        string keyring = _root.Write("bin/keyring", $"#!/bin/sh\necho \"$@\" >> '{_root["asked"].Replace("'", "'\\''", StringComparison.Ordinal)}'\n[ \"$2\" = \"{_server.Simple}\" ] && [ \"$3\" = me ] && echo 'from keyring'\n");
        File.SetUnixFileMode(keyring, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _environment["PATH"] = _root["bin"];

        await TakenAsync(Named(sha256), s => s with { Indexes = [new(null, $"http://me@{_server.Authority}/simple/")] });

        Assert.Equal([$"get {_server.Simple} me"], File.ReadAllLines(_root["asked"]));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Refused_credentials_are_said_without_repeating_them(int status)
    {
        _server.Fault = (context, _) =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };

        DownloadOutcome outcome = await TakeAsync(Named(new string('1', 64)), s => s with { Indexes = [new("corp", $"http://me:hush-hush@{_server.Authority}/simple/")] });

        string reason = Assert.Single(outcome.Reasons);
        Assert.StartsWith($"{_server.Simple}demo/ answered {status} (Credentials for 127.0.0.1 are looked for in the URL of the index, in UV_INDEX_CORP_USERNAME", reason, StringComparison.Ordinal);
        Assert.Contains(".netrc (which is not there)", reason, StringComparison.Ordinal);
        Assert.Contains("keyring (which is not on PATH)", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", reason, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Credentials_stay_with_their_server_when_it_sends_us_elsewhere()
    {
        await using WheelServer files = await WheelServer.StartAsync();
        string sha256 = files.Offer(Wheel());
        _server.Offer(Wheel());
        _server.Credentials = "me:hush";
        _server.Fault = (context, _) =>
        {
            bool redirects = context.Request.Path.Value!.StartsWith("/files/", StringComparison.Ordinal);
            if (redirects)
            {
                context.Response.Redirect($"{files.Url}{context.Request.Path}?signature=abc");
            }

            return Task.FromResult(redirects);
        };

        await TakenAsync(Named(sha256), s => s with { Indexes = [new(null, $"http://me:hush@{_server.Authority}/simple/")] });

        Assert.All(_server.Requests, r => Assert.NotNull(r.Authorization));
        Assert.Null(Assert.Single(files.Requests).Authorization);
    }

    [Theory]
    [InlineData("/files/demo-1.0-py3-none-any.whl", "redirected more than 10 times")]
    [InlineData("http://elsewhere.example/demo.whl", "is not asked, because it is not https")]
    [InlineData("file:///etc/passwd", "redirected to something that is no address")]
    [InlineData("http://[", "")]
    public async Task Redirects_that_lead_nowhere_end(string location, string words)
    {
        string sha256 = _server.Offer(Wheel());
        _server.Fault = (context, _) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.FromResult(true);
        };

        DownloadOutcome outcome = await TakeAsync(Named(sha256, url: $"{_server.Url}/files/demo-1.0-py3-none-any.whl"));

        Assert.Null(outcome.Wheel);
        Assert.Contains(words, outcome.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_file_is_fetched_once_for_all_who_want_it()
    {
        string sha256 = _server.Offer(Wheel());
        using WheelDownloader downloader = Downloader();

        DownloadOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => downloader.TakeAsync(Unnamed(sha256), Tags, default))));

        Assert.All(outcomes, o => Assert.NotNull(o.Wheel));
        Assert.Equal(["/simple/demo/", "/files/demo-1.0-py3-none-any.whl"], _server.Paths);
    }

    [Fact]
    public async Task Source_archives_are_left_to_those_who_build()
    {
        string sha256 = _server.Offer("demo-1.0.tar.gz", [1, 2, 3]);

        Assert.True((await TakeAsync(new WantedWheel("demo", "1.0", [new PackageFile("demo-1.0.tar.gz", "sha256:" + sha256)]))).NeedsBuild);
        Assert.True((await TakeAsync(Unnamed(sha256))).NeedsBuild);
        Assert.False((await TakeAsync(Unnamed(new string('5', 64)))).NeedsBuild);
    }

    private static byte[] Large()
    {
        byte[] bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static WheelBuilder Wheel(string tag = "py3-none-any") => new WheelBuilder("demo", "1.0", tag).File("demo/__init__.py", "x = 1\n");

    private static WantedWheel Named(string sha256, string? url = null) => new("demo", "1.0", [new PackageFile("demo-1.0-py3-none-any.whl", "sha256:" + sha256) { Url = url }]);

    private static WantedWheel Unnamed(params string[] hashes) => new("demo", "1.0", [.. hashes.Select(h => new PackageFile(null, "sha256:" + h))]);

    private WheelDownloader Downloader(Func<DownloadSettings, DownloadSettings>? change = null)
    {
        DownloadSettings settings = PipSettings.Read(_environment, _root.Path, [], []);
        return new WheelDownloader(change is null ? settings : change(settings), _cache, _time);
    }

    private async Task<DownloadOutcome> TakeAsync(WantedWheel wanted, Func<DownloadSettings, DownloadSettings>? change = null)
    {
        using WheelDownloader downloader = Downloader(change);
        return await downloader.TakeAsync(wanted, Tags, default);
    }

    private async Task<CachedWheel> TakenAsync(WantedWheel wanted, Func<DownloadSettings, DownloadSettings>? change = null)
    {
        DownloadOutcome outcome = await TakeAsync(wanted, change);
        Assert.True(outcome.Wheel is not null, string.Join("; ", outcome.Reasons.Append(outcome.Mismatch?.ToString())));
        return outcome.Wheel!;
    }
}
