using System.Diagnostics;
using System.Security.Cryptography;
using LayerBuild.Aws;
using LayerBuild.Diagnostics;
using LayerBuild.Publish.Cache;

namespace LayerBuild.Publish;

public sealed class RemoteCacheTests : IAsyncLifetime
{
    private const string Inputs = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private readonly TemporaryDirectory _here = new();
    private readonly TemporaryDirectory _there = new();
    private DiagnosticLog _log = new();
    private FakeAws _aws = null!;
    private FakeBucket _bucket = null!;

    public async Task InitializeAsync()
    {
        _aws = await FakeAws.StartAsync();
        _bucket = _aws.S3.AddBucket("shared", "eu-west-1");
    }

    public async Task DisposeAsync()
    {
        await _aws.DisposeAsync();
        _here.Dispose();
        _there.Dispose();
    }

    [Theory]
    [InlineData("s3://bucket/some/prefix/", "bucket", "some/prefix/")]
    [InlineData("s3://bucket/some", "bucket", "some/")]
    [InlineData("s3://bucket", "bucket", "")]
    [InlineData("S3://bucket/", "bucket", "")]
    public void A_location_is_a_bucket_and_a_prefix(string text, string bucket, string prefix)
    {
        var options = RemoteCacheOptions.Parse(text);

        Assert.Equal((bucket, prefix), (options.Bucket, options.Prefix));
    }

    [Theory]
    [InlineData("bucket/prefix")]
    [InlineData("https://bucket/prefix")]
    [InlineData("s3://")]
    [InlineData("s3://key:secret@bucket/prefix")]
    public void Other_locations_are_LB5011(string text)
    {
        var e = Assert.Throws<DiagnosticException>(() => RemoteCacheOptions.Parse(text));

        Assert.Equal("LB5011", e.Diagnostic.Code);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_that_one_machine_put_another_fetches()
    {
        await PushLayerAsync();

        using RemoteCache cache = Cache();
        CachedLayer? layer = await cache.FetchLayerAsync(Inputs, _there.Path, default);

        Assert.Equal(["a.zip", "a.layer.json"], layer!.Files.Select(f => f.Name));
        Assert.Equal(["LB1005\tx"], layer.Notes);
        Assert.Equal("zip bytes", await File.ReadAllTextAsync(_there["a.zip"]));
        Assert.Equal("{}", await File.ReadAllTextAsync(_there["a.layer.json"]));
        Assert.Empty(_log.Diagnostics);
        Assert.True(_aws.BadSignatures.IsEmpty);
    }

    [Fact]
    public async Task A_wheel_that_one_machine_put_another_fetches_under_its_name()
    {
        string wheel = _here.Write("requests-2.32.3-py3-none-any.whl", "wheel bytes");
        string sha256 = Sha256(wheel);
        using (RemoteCache ci = Cache(push: true))
        {
            await ci.PushWheelAsync(sha256, wheel, default);
            await ci.PushWheelAsync(sha256, wheel, default);
        }

        using RemoteCache cache = Cache();
        string? path = await cache.FetchWheelAsync(sha256, _there.Path, default);

        Assert.Equal(_there["requests-2.32.3-py3-none-any.whl"], path);
        Assert.Equal("wheel bytes", await File.ReadAllTextAsync(path!));
        Assert.Equal(1, _bucket.Puts);
        Assert.Equal($"team/wheels/{sha256}", Assert.Single(_bucket.Objects.Keys));
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_no_warning()
    {
        using RemoteCache cache = Cache();

        Assert.Null(await cache.FetchLayerAsync(Inputs, _there.Path, default));
        Assert.Null(await cache.FetchWheelAsync(Inputs, _there.Path, default));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public async Task Without_push_nothing_is_put()
    {
        using RemoteCache cache = Cache();

        await cache.PushLayerAsync(Inputs, [("a.zip", _here.Write("a.zip", "x"))], [], default);

        Assert.Empty(_aws.Requests);
    }

    [Theory]
    [InlineData("blobs/", "flip")]
    [InlineData("blobs/", "longer")]
    [InlineData("blobs/", "shorter")]
    [InlineData("blobs/", "empty")]
    [InlineData("layers/", "flip")]
    [InlineData("layers/", "shorter")]
    [InlineData("layers/", "empty")]
    [InlineData("layers/", "other layer")]
    [InlineData("layers/", "path")]
    [InlineData("layers/", "huge")]
    [InlineData("layers/", "negative")]
    [InlineData("layers/", "twice")]
    [InlineData("layers/", "no name")]
    [InlineData("layers/", "other json")]
    public async Task A_poisoned_object_is_a_warning_and_is_not_taken_and_a_push_heals_it(string what, string how)
    {
        await PushLayerAsync();
        string key = _bucket.Objects.Keys.First(k => k.StartsWith("team/" + what, StringComparison.Ordinal));
        byte[] bytes = _bucket.Objects[key].Bytes;
        _bucket.Objects[key] = _bucket.Objects[key] with
        {
            Bytes = how switch
            {
                "flip" => [.. bytes[..^3], (byte)(bytes[^3] ^ 1), .. bytes[^2..]],
                "longer" => [.. bytes, 0],
                "shorter" => bytes[..^1],
                "other layer" => new CachedLayer(new string('f', 64), [], []).ToJson(),
                "path" => new CachedLayer(Inputs, [new CachedFile("../evil", new string('0', 64), 1)], []).ToJson(),
                "huge" => new CachedLayer(Inputs, [new CachedFile("a.zip", Sha256(_here["a.zip"]), long.MaxValue)], []).ToJson(),
                "negative" => new CachedLayer(Inputs, [new CachedFile("a.zip", Sha256(_here["a.zip"]), -1)], []).ToJson(),
                "twice" => new CachedLayer(Inputs, [new CachedFile("a.zip", Sha256(_here["a.zip"]), 9), new CachedFile("A.zip", Sha256(_here["a.layer.json"]), 2)], []).ToJson(),
                "no name" => new CachedLayer(Inputs, [new CachedFile(null!, new string('0', 64), 1)], [null!]).ToJson(),
                "other json" => "[{\"schema\":[]}]"u8.ToArray(),
                _ => [],
            },
        };
        using RemoteCache ci = Cache(push: true);

        Assert.Null(await ci.FetchLayerAsync(Inputs, _there.Path, default));

        Assert.Equal("LB5013", Assert.Single(_log.Diagnostics).Code);
        Assert.Equal(Severity.Warning, _log.Diagnostics[0].Severity);
        Assert.DoesNotContain(Directory.EnumerateFiles(_there.Path, "*", SearchOption.AllDirectories), f => f.EndsWith("evil", StringComparison.Ordinal));

        await ci.PushLayerAsync(Inputs, [("a.zip", _here["a.zip"]), ("a.layer.json", _here["a.layer.json"])], [], default);
        using RemoteCache cache = Cache();
        Assert.NotNull(await cache.FetchLayerAsync(Inputs, _there.Path, default));
    }

    [Fact]
    public async Task A_wheel_with_other_bytes_is_not_taken()
    {
        string wheel = _here.Write("a-1-py3-none-any.whl", "wheel bytes");
        string sha256 = Sha256(wheel);
        using RemoteCache ci = Cache(push: true);
        await ci.PushWheelAsync(sha256, wheel, default);
        string key = _bucket.Objects.Keys.Single();
        _bucket.Objects[key] = _bucket.Objects[key] with { Bytes = "other bytes"u8.ToArray() };

        Assert.Null(await ci.FetchWheelAsync(sha256, _there.Path, default));

        Assert.Equal("LB5013", Assert.Single(_log.Diagnostics).Code);
        Assert.Empty(Directory.EnumerateFiles(_there.Path));
    }

    [Fact]
    public async Task Without_leave_to_list_what_is_there_still_comes()
    {
        await PushLayerAsync();
        _bucket.CanList = false;
        using RemoteCache cache = Cache();

        Assert.Null(await cache.FetchLayerAsync(new string('a', 64), _there.Path, default));
        Assert.Null(await cache.FetchWheelAsync(new string('b', 64), _there.Path, default));
        Assert.NotNull(await cache.FetchLayerAsync(Inputs, _there.Path, default));

        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.Equal("LB5013", warning.Code);
        Assert.Contains("s3:ListBucket", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_may_only_be_read_is_read_on()
    {
        await PushLayerAsync();
        _aws.Faults = (_, line) => line.Contains(" PUT ", StringComparison.Ordinal) ? FaultKind.AccessDenied : null;
        using RemoteCache cache = Cache(push: true);

        await cache.PushLayerAsync(new string('a', 64), [("a.zip", _here.Write("a.zip", "other bytes"))], [], default);

        Assert.False(cache.Pushes);
        Assert.NotNull(await cache.FetchLayerAsync(Inputs, _there.Path, default));
        Assert.StartsWith("Nothing is put into the remote cache s3://shared/team/ in this build: PutObject of", Assert.Single(_log.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task However_many_layers_there_are_a_silent_cache_is_waited_for_once()
    {
        _aws.Faults = (_, _) => FaultKind.Silence;
        using RemoteCache cache = Cache(push: true, TimeSpan.FromMilliseconds(200));

        CachedLayer?[] layers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => cache.FetchLayerAsync(Inputs, _there.Path, default)));

        Assert.All(layers, Assert.Null);
        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.EndsWith("There was no response within 0.2 seconds.", warning.Message, StringComparison.Ordinal);
        // Eight at a time, each of them tried twice.
        Assert.InRange(_aws.Requests.Count, 1, 16);
    }

    [Fact]
    public async Task A_program_that_gives_no_credentials_is_waited_for_once()
    {
        int asked = 0;
        _log = new DiagnosticLog();
        using var cache = new RemoteCache(
            RemoteCacheOptions.Parse("s3://shared/team"),
            _ =>
            {
                Interlocked.Increment(ref asked);
                return new TaskCompletionSource<AwsSession>().Task;
            },
            _log,
            TimeSpan.FromMilliseconds(100));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => cache.FetchLayerAsync(Inputs, _there.Path, default)));

        Assert.Equal(1, asked);
        Assert.EndsWith("Getting credentials took too long.", Assert.Single(_log.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_in_drops_is_given_up()
    {
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        using var stop = new CancellationTokenSource();
        Task serving = DripAsync();
        _log = new DiagnosticLog();
        using (RemoteCache cache = RemoteCache.Create(
            RemoteCacheOptions.Parse("s3://shared/team"), Session($"http://{server.LocalEndpoint}"), _log, TimeSpan.FromMilliseconds(500)))
        {
            Assert.Null(await cache.FetchLayerAsync(Inputs, _there.Path, default));
        }

        Assert.EndsWith("It is too slow.", Assert.Single(_log.Diagnostics).Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await serving;

        async Task DripAsync()
        {
            try
            {
                using System.Net.Sockets.TcpClient client = await server.AcceptTcpClientAsync(stop.Token);
                System.Net.Sockets.NetworkStream stream = client.GetStream();
                await stream.ReadExactlyAsync(new byte[4], stop.Token);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), stop.Token);
                while (true)
                {
                    await stream.WriteAsync("x"u8.ToArray(), stop.Token);
                    await Task.Delay(20, stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
            }
        }
    }

    [Theory]
    [InlineData(nameof(FaultKind.Unavailable))]
    [InlineData(nameof(FaultKind.ResetAfterUpload))]
    [InlineData(nameof(FaultKind.TruncatedAnswer))]
    [InlineData(nameof(FaultKind.StalledAnswer))]
    [InlineData(nameof(FaultKind.Silence))]
    public async Task A_cache_that_fails_is_one_warning_and_is_not_tried_again(string kind)
    {
        await PushLayerAsync();
        FaultKind fault = Enum.Parse<FaultKind>(kind);
        _aws.Faults = (_, _) => fault;
        using RemoteCache cache = Cache(push: true, TimeSpan.FromMilliseconds(200));

        Assert.Null(await cache.FetchLayerAsync(Inputs, _there.Path, default));
        int sent = _aws.Requests.Count;
        Assert.Null(await cache.FetchLayerAsync(Inputs, _there.Path, default));
        await cache.PushLayerAsync(Inputs, [("a.zip", _here["a.zip"])], [], default);

        Assert.Equal("LB5013", Assert.Single(_log.Diagnostics).Code);
        Assert.Equal(sent, _aws.Requests.Count);
        Assert.Empty(Directory.EnumerateFiles(_there.Path));
    }

    [Fact]
    public async Task A_cache_that_is_not_reached_costs_seconds_at_most()
    {
        var watch = Stopwatch.StartNew();
        using RemoteCache cache = RemoteCache.Create(
            RemoteCacheOptions.Parse("s3://shared/team"), Session("http://127.0.0.1:1"), _log, TimeSpan.FromSeconds(10));

        Assert.Null(await cache.FetchLayerAsync(Inputs, _there.Path, default));

        Assert.Equal("LB5013", Assert.Single(_log.Diagnostics).Code);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_bucket_of_another_region_is_found()
    {
        FakeBucket far = _aws.S3.AddBucket("far", "cn-north-1");
        using RemoteCache ci = RemoteCache.Create(
            RemoteCacheOptions.Parse("s3://far") with { Push = true }, Session(_aws.Url), _log, TimeSpan.FromSeconds(10));

        await ci.PushLayerAsync(Inputs, [("a.zip", _here.Write("a.zip", "x"))], [], default);

        Assert.Equal(2, far.Objects.Count);
        Assert.NotNull(await ci.FetchLayerAsync(Inputs, _there.Path, default));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public async Task Cancelling_is_no_warning()
    {
        _aws.Faults = (_, _) => FaultKind.Silence;
        using RemoteCache cache = Cache();
        using var cancel = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cache.FetchLayerAsync(Inputs, _there.Path, cancel.Token));

        Assert.Empty(_log.Diagnostics);
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static AwsSession Session(string url) =>
        AwsSession.With(new Amazon.Runtime.BasicAWSCredentials(SignatureCheck.AccessKey, SignatureCheck.SecretKey), ["eu-west-1"], url);

    private RemoteCache Cache(bool push = false, TimeSpan? patience = null)
    {
        _log = new DiagnosticLog();
        return RemoteCache.Create(
            RemoteCacheOptions.Parse("s3://shared/team") with { Push = push }, Session(_aws.Url), _log, patience ?? TimeSpan.FromSeconds(10));
    }

    private async Task PushLayerAsync()
    {
        using RemoteCache ci = Cache(push: true);
        await ci.PushLayerAsync(Inputs, [("a.zip", _here.Write("a.zip", "zip bytes")), ("a.layer.json", _here.Write("a.layer.json", "{}"))], ["LB1005\tx"], default);
        Assert.Empty(_log.Diagnostics);
    }
}
