using LayerBuild.Aws;
using LayerBuild.Aws.S3;
using LayerBuild.Diagnostics;

namespace LayerBuild.Publish.Cache;

/// <summary>
/// The way to the bucket of the remote cache: the session, a client for the region where the bucket is, a few transfers at
/// a time. It opens at the first use. What cannot be reached is told of once, and not tried again in the same build.
/// </summary>
/// <param name="open">Finds credentials.</param>
/// <param name="patience">Time limit of a request.</param>
internal sealed class CacheConnection(RemoteCacheOptions options, Func<CancellationToken, Task<AwsSession>> open, DiagnosticLog log, TimeSpan patience) : IDisposable
{
    private const int AtATime = 8;

    private readonly SemaphoreSlim _opening = new(1);
    private readonly SemaphoreSlim _transfers = new(AtATime);
    private readonly List<S3Bucket> _buckets = [];
    private Task<AwsSession>? _session;
    private bool _forbidden;
    private bool _pushOff;
    private bool _off;

    /// <summary>Whether what is put there may arrive.</summary>
    public bool CanPush => !Volatile.Read(ref _off) && !Volatile.Read(ref _pushOff);

    /// <summary>Null, and a warning, for all that can go wrong; mostly the cache is off from then on.</summary>
    public async Task<T?> TryAsync<T>(Func<S3Bucket, CancellationToken, Task<T?>> use, CancellationToken cancellation)
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

    public void Dispose()
    {
        _buckets.ForEach(bucket => bucket.Dispose());
        _opening.Dispose();
        _transfers.Dispose();
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
                    session.CreateS3(region ?? session.Regions[0]), new RetryPolicy(TimeProvider.System, pace: null, patience, attempts: 2), options.Bucket));
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
        limit.CancelAfter(patience);
        try
        {
            return await Task.Run(() => open(limit.Token), cancellation).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("Getting credentials took too long.");
        }
    }

    /// <summary>Tells what is not to be had, once, and remembers it.</summary>
    private void SwitchOff(Exception e)
    {
        string why = e is AwsException aws ? AwsDiagnostics.OfCache(aws, options.Profile) : e.Message;
        switch (e)
        {
            // What may be read still comes: S3 only does not say what is missing and what is forbidden.
            case AwsException { Code: "AccessDenied", Operation.Name: "GetObject" }:
                WarnOnce(ref _forbidden, $"The remote cache {options} does not say what it holds: {why} Without s3:ListBucket on the bucket, S3 gives the same answer for an object that does not exist.");
                break;
            case AwsException { Code: "AccessDenied" }:
                WarnOnce(ref _pushOff, $"Nothing is put into the remote cache {options} in this build: {why}");
                break;
            default:
                WarnOnce(ref _off, $"The remote cache {options} is not used in this build: {why}");
                break;
        }

        void WarnOnce(ref bool told, string message)
        {
            if (!Interlocked.Exchange(ref told, true))
            {
                log.Warning(RemoteCache.Code, message);
            }
        }
    }
}
