using System.Collections.Concurrent;
using System.Security.Cryptography;
using LayerBuild.Aws;
using LayerBuild.Aws.S3;
using LayerBuild.Diagnostics;

namespace LayerBuild.Publish.Cache;

/// <summary>
/// Finished layers by the hash of their inputs, and wheels by their own, in a bucket that machines share. Nothing that
/// goes wrong here fails a build, and nothing is taken that is not what its hash says: there is a warning (LB5013), and the
/// build does the work itself. A cache that cannot be reached is not tried again in the same build, and costs it seconds.
/// </summary>
internal sealed class RemoteCache : IRemoteCache
{
    public const string Code = "LB5013";

    private readonly RemoteCacheOptions _options;
    private readonly DiagnosticLog _log;
    private readonly CacheConnection _connection;
    private readonly CacheDownload _download;
    private readonly ConcurrentDictionary<string, bool> _damaged = new(StringComparer.Ordinal);

    /// <param name="open">Finds credentials.</param>
    /// <param name="patience">Time limit of a request, and what a transfer may take beside the time of its bytes.</param>
    internal RemoteCache(RemoteCacheOptions options, Func<CancellationToken, Task<AwsSession>> open, DiagnosticLog log, TimeSpan patience)
    {
        _options = options;
        _log = log;
        _connection = new CacheConnection(options, open, log, patience);
        _download = new CacheDownload(patience);
    }

    public bool Pushes => _options.Push && _connection.CanPush;

    /// <summary>
    /// Sends nothing and needs no credentials before the first use. S3 says where a bucket is when it is
    /// asked in another region.
    /// </summary>
    public static RemoteCache Create(RemoteCacheOptions options, DiagnosticLog log) => new(
        options,
        cancellation => AwsSession.OpenAsync([], options.Profile, options.EndpointUrl, cancellation, fallbackRegion: "us-east-1"),
        log,
        TimeSpan.FromSeconds(10));

    /// <summary>A cache with a session that is known; for tests.</summary>
    public static RemoteCache Create(RemoteCacheOptions options, AwsSession session, DiagnosticLog log, TimeSpan patience) =>
        new(options, _ => Task.FromResult(session), log, patience);

    public Task<string?> FetchWheelAsync(string sha256, string folder, CancellationToken cancellation) => _connection.TryAsync<string>(
        async (bucket, token) =>
        {
            string key = WheelKey(sha256);
            using AwsResponse? response = await bucket.OpenAsync(key, token).ConfigureAwait(false);
            if (response is null)
            {
                return null;
            }

            S3Object stored = S3Bucket.Object(response);
            if (stored.FileName is not { } name || !name.EndsWith(".whl", StringComparison.Ordinal) || name.IndexOfAny(['/', '\\', ':', '\0']) >= 0)
            {
                Damaged(key, "it does not name a wheel");
                return null;
            }

            string path = Path.Combine(folder, name);
            return await SaveAsync(key, response.Stream, new CachedFile(name, sha256, stored.Size), path, token).ConfigureAwait(false) ? path : null;
        },
        cancellation);

    public Task PushWheelAsync(string sha256, string path, CancellationToken cancellation) => PushAsync(
        (bucket, token) => PutFileAsync(bucket, WheelKey(sha256), path, Path.GetFileName(path), token),
        cancellation);

    public Task<CachedLayer?> FetchLayerAsync(string inputsHash, string folder, CancellationToken cancellation) => _connection.TryAsync<CachedLayer>(
        async (bucket, token) =>
        {
            string key = LayerKey(inputsHash);
            using AwsResponse? response = await bucket.OpenAsync(key, token).ConfigureAwait(false);
            if (response is null)
            {
                return null;
            }

            CachedLayer? layer = S3Bucket.Object(response).Size <= CachedLayer.MaxIndex
                ? CachedLayer.Parse(await _download.ReadIndexAsync(response.Stream, token).ConfigureAwait(false), inputsHash)
                : null;
            if (layer is null)
            {
                Damaged(key, "it is not the index of this layer");
                return null;
            }

            foreach (CachedFile file in layer.Files)
            {
                string blob = BlobKey(file.Sha256);
                using AwsResponse? content = await bucket.OpenAsync(blob, token).ConfigureAwait(false);
                if (content is null)
                {
                    // Expired by a rule of the bucket: not there is not damaged.
                    return null;
                }

                if (!await SaveAsync(blob, content.Stream, file, Path.Combine(folder, file.Name), token).ConfigureAwait(false))
                {
                    return null;
                }
            }

            return layer;
        },
        cancellation);

    public Task PushLayerAsync(string inputsHash, IReadOnlyList<(string Name, string Path)> files, IReadOnlyList<string> notes, CancellationToken cancellation) => PushAsync(
        async (bucket, token) =>
        {
            List<CachedFile> stored = [];
            foreach ((string name, string path) in files)
            {
                FileStream content = File.OpenRead(path);
                await using (content.ConfigureAwait(false))
                {
                    stored.Add(new CachedFile(
                        name,
                        Convert.ToHexStringLower(await SHA256.HashDataAsync(content, token).ConfigureAwait(false)),
                        content.Length));
                }

                await PutFileAsync(bucket, BlobKey(stored[^1].Sha256), path, null, token).ConfigureAwait(false);
            }

            // Last: an index is there when all that it names is.
            await bucket.PutAsync(LayerKey(inputsHash), new CachedLayer(inputsHash, stored, notes).ToJson(), null, token).ConfigureAwait(false);
        },
        cancellation);

    public void Reject(string inputsHash, string why) => Damaged(LayerKey(inputsHash), why);

    public void Dispose() => _connection.Dispose();

    private string WheelKey(string sha256) => $"{_options.Prefix}wheels/{sha256}";

    private string LayerKey(string inputsHash) => $"{_options.Prefix}layers/{inputsHash}.json";

    private string BlobKey(string sha256) => $"{_options.Prefix}blobs/{sha256}";

    private async Task PutFileAsync(S3Bucket bucket, string key, string path, string? name, CancellationToken cancellation)
    {
        if (_damaged.TryRemove(key, out _)
            || await bucket.FindAsync(key, cancellation).ConfigureAwait(false) is not { } there
            || there.Size != new FileInfo(path).Length)
        {
            await bucket.PutFileAsync(key, path, name, _ => { }, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<bool> SaveAsync(string key, Stream content, CachedFile file, string path, CancellationToken cancellation)
    {
        string? wrong = await _download.SaveAsync(content, file.Size, file.Sha256, path, cancellation).ConfigureAwait(false);
        if (wrong is not null)
        {
            Damaged(key, wrong);
        }

        return wrong is null;
    }

    private async Task PushAsync(Func<S3Bucket, CancellationToken, Task> push, CancellationToken cancellation)
    {
        if (Pushes)
        {
            await _connection.TryAsync<object>(
                async (bucket, token) =>
                {
                    await push(bucket, token).ConfigureAwait(false);
                    return null;
                },
                cancellation).ConfigureAwait(false);
        }
    }

    private void Damaged(string key, string why)
    {
        _damaged[key] = true;
        _log.Warning(Code, $"s3://{_options.Bucket}/{key} in the remote cache is damaged: {why}. It is not used; delete it, or let a build with LambdaLayerRemoteCachePush replace it.");
    }
}
