namespace LayerBuild.Aws;

/// <summary>
/// Keeps the requests of all layers and regions under Lambda's quota of 15 control-plane requests a second for an
/// account: at most <paramref name="limit"/> start within any second.
/// </summary>
internal sealed class RateLimiter(TimeProvider time, int limit = RateLimiter.Limit) : IDisposable
{
    /// <summary>Below the quota, because the network can push requests together that left apart.</summary>
    public const int Limit = 12;

    /// <summary>Longer than the second that is counted, for the same reason.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1050);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Queue<long> _starts = new(limit);

    /// <summary>The pace of this process: projects that publish side by side in one MSBuild node share it.</summary>
    public static RateLimiter Shared { get; } = new(TimeProvider.System);

    /// <summary>Returns when the next request may start; first come, first served.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_starts.Count == limit)
            {
                TimeSpan left = Window - time.GetElapsedTime(_starts.Peek());
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, time, cancellation).ConfigureAwait(false);
                }

                _starts.Dequeue();
            }

            _starts.Enqueue(time.GetTimestamp());
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
