using System.Collections.Concurrent;
using System.Diagnostics;
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
    private const string Code = "LB5013";

    /// <summary>Bytes a second below which doing the work again is quicker.</summary>
    private const double SlowestRate = 1_000_000;

    private const int AtATime = 8;

    private readonly RemoteCacheOptions _options;
    private readonly Func<CancellationToken, Task<AwsSession>> _open;
    private readonly DiagnosticLog _log;
    private readonly TimeSpan _patience;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly SemaphoreSlim _transfers = new(AtATime);
    private readonly ConcurrentDictionary<string, bool> _damaged = new(StringComparer.Ordinal);
    private readonly List<S3Bucket> _buckets = [];
    private Task<AwsSession>? _session;
    private bool _forbidden;
    private bool _pushOff;
    private bool _off;

    /// <param name="open">Finds credentials.</param>
    /// <param name="patience">Time limit of a request, and what a transfer may take beside the time of its bytes.</param>
    internal RemoteCache(RemoteCacheOptions options, Func<CancellationToken, Task<AwsSession>> open, DiagnosticLog log, TimeSpan patience)
    {
        _options = options;
        _open = open;
        _log = log;
        _patience = patience;
    }

    public bool Pushes => _options.Push && !Volatile.Read(ref _off) && !Volatile.Read(ref _pushOff);

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

    public Task<string?> FetchWheelAsync(string sha256, string folder, CancellationToken cancellation) => TryAsync<string>(
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
            return await SaveAsync(key, response.Stream, stored.Size, sha256, path, token).ConfigureAwait(false) ? path : null;
        },
        cancellation);

    public Task PushWheelAsync(string sha256, string path, CancellationToken cancellation) => PushAsync(
        (bucket, token) => PutFileAsync(bucket, WheelKey(sha256), path, Path.GetFileName(path), token),
        cancellation);

    public Task<CachedLayer?> FetchLayerAsync(string inputsHash, string folder, CancellationToken cancellation) => TryAsync<CachedLayer>(
        async (bucket, token) =>
        {
            string key = LayerKey(inputsHash);
            using AwsResponse? response = await bucket.OpenAsync(key, token).ConfigureAwait(false);
            if (response is null)
            {
                return null;
            }

            CachedLayer? layer = S3Bucket.Object(response).Size <= CachedLayer.MaxIndex
                ? CachedLayer.Parse(await ReadAsync(response.Stream, token).ConfigureAwait(false), inputsHash)
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

                if (!await SaveAsync(blob, content.Stream, file.Size, file.Sha256, Path.Combine(folder, file.Name), token).ConfigureAwait(false))
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

    public void Dispose()
    {
        _buckets.ForEach(bucket => bucket.Dispose());
        _opening.Dispose();
        _transfers.Dispose();
    }

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

    /// <summary>Writes what comes to <paramref name="path"/>, unless it is not what it should be.</summary>
    private async Task<bool> SaveAsync(string key, Stream content, long size, string sha256, string path, CancellationToken cancellation)
    {
        string beside = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            FileStream file = File.Create(beside);
            await using (file.ConfigureAwait(false))
            {
                long length = await CopyAsync(
                    content,
                    size,
                    async part =>
                    {
                        hash.AppendData(part.Span);
                        await file.WriteAsync(part, cancellation).ConfigureAwait(false);
                    },
                    cancellation).ConfigureAwait(false);
                if (length != size)
                {
                    Damaged(key, length < size ? "it is shorter than it should be" : "it is longer than it should be");
                    return false;
                }
            }

            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != sha256)
            {
                Damaged(key, "its bytes do not match its hash");
                return false;
            }

            File.Move(beside, path, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private async Task<byte[]> ReadAsync(Stream content, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await CopyAsync(content, CachedLayer.MaxIndex, async part => await bytes.WriteAsync(part, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>
    /// Hands on what comes, until it is more than <paramref name="most"/> bytes. What comes in drops is given up as soon as
    /// it is slower than <see cref="SlowestRate"/>, after the first seconds, or stands still.
    /// </summary>
    /// <returns>Bytes that came.</returns>
    private async Task<long> CopyAsync(Stream content, long most, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        byte[] buffer = new byte[81_920];
        long start = Stopwatch.GetTimestamp();
        long length = 0;
        while (length <= most)
        {
            TimeSpan left = _patience + TimeSpan.FromSeconds(length / SlowestRate) - Stopwatch.GetElapsedTime(start);
            limit.CancelAfter(left <= TimeSpan.Zero ? TimeSpan.Zero : left < _patience ? left : _patience);
            int read;
            try
            {
                read = await content.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
            }
            catch (Exception) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new TimeoutException("It is too slow.");
            }

            if (read == 0)
            {
                break;
            }

            length += read;
            await take(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }

        return length;
    }

    private async Task PushAsync(Func<S3Bucket, CancellationToken, Task> push, CancellationToken cancellation)
    {
        if (Pushes)
        {
            await TryAsync<object>(
                async (bucket, token) =>
                {
                    await push(bucket, token).ConfigureAwait(false);
                    return null;
                },
                cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Null, and a warning, for all that can go wrong; mostly the cache is off from then on.</summary>
    private async Task<T?> TryAsync<T>(Func<S3Bucket, CancellationToken, Task<T?>> use, CancellationToken cancellation)
        where T : class
    {
        await _transfers.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Now: what this waited for may have found that the cache is not to be had.
            if (Volatile.Read(ref _off))
            {
                return null;
            }

            S3Bucket bucket = await BucketAsync(null, cancellation).ConfigureAwait(false);
            try
            {
                return await use(bucket, cancellation).ConfigureAwait(false);
            }
            catch (AwsException e) when (e.BucketRegion is { } home && home != bucket.Region)
            {
                return await use(await BucketAsync(home, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            cancellation.ThrowIfCancellationRequested();
            SwitchOff(e);
            return null;
        }
        finally
        {
            _transfers.Release();
        }
    }

    /// <param name="region">Null: any that is connected already, else the session's.</param>
    private async Task<S3Bucket> BucketAsync(string? region, CancellationToken cancellation)
    {
        await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _session ??= OpenAsync(cancellation);
            AwsSession session = await _session.ConfigureAwait(false);
            if (_buckets.Count == 0 || (region is not null && _buckets[^1].Region != region))
            {
                _buckets.Add(new S3Bucket(
                    session.CreateS3(region ?? session.Regions[0]), new RetryPolicy(TimeProvider.System, pace: null, _patience, attempts: 2), _options.Bucket));
            }

            return _buckets[^1];
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Once in a build: whatever gives the credentials (a program of the user's, an instance) may be slow to say no.</summary>
    private async Task<AwsSession> OpenAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        try
        {
            return await Task.Run(() => _open(limit.Token), cancellation).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("Getting credentials took too long.");
        }
    }

    /// <summary>Tells what is not to be had, once, and remembers it.</summary>
    private void SwitchOff(Exception e)
    {
        string why = e is AwsException aws ? AwsDiagnostics.OfCache(aws, _options.Profile) : e.Message;
        switch (e)
        {
            // What may be read still comes: S3 only does not say what is missing and what is forbidden.
            case AwsException { Code: "AccessDenied", Operation.Name: "GetObject" }:
                WarnOnce(ref _forbidden, $"The remote cache {_options} does not say what it holds: {why} Without s3:ListBucket on the bucket, S3 gives the same answer for an object that does not exist.");
                break;
            case AwsException { Code: "AccessDenied" }:
                WarnOnce(ref _pushOff, $"Nothing is put into the remote cache {_options} in this build: {why}");
                break;
            default:
                WarnOnce(ref _off, $"The remote cache {_options} is not used in this build: {why}");
                break;
        }

        void WarnOnce(ref bool told, string message)
        {
            if (!Interlocked.Exchange(ref told, true))
            {
                _log.Warning(Code, message);
            }
        }
    }

    private void Damaged(string key, string why)
    {
        _damaged[key] = true;
        _log.Warning(Code, $"s3://{_options.Bucket}/{key} in the remote cache is damaged: {why}. It is not used; delete it, or let a build with LambdaLayerRemoteCachePush replace it.");
    }
}
