namespace LayerBuild.Steps.Resolve.Download;

/// <summary>Tries again what failed for a reason that passes, after a while that doubles.</summary>
/// <param name="time">Clock of the waits.</param>
/// <param name="retries">How often at most, after the first time.</param>
internal sealed class Persistence(TimeProvider time, int retries)
{
    /// <summary>How many times a connection is taken up again that brings something each time.</summary>
    private const int MostSteps = 200;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(60);

    /// <param name="progress">What was reached so far; a failure after more was reached does not count as one more.</param>
    /// <exception cref="IndexFaultException">It failed once too often, or for another reason.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, Func<long> progress, CancellationToken cancellation)
    {
        int failures = 0;
        for (int step = 0; ; step++)
        {
            long before = progress();
            try
            {
                return await attempt(cancellation).ConfigureAwait(false);
            }
            catch (IndexFaultException e) when (e.Kind == IndexFaultKind.Passing && step < MostSteps)
            {
                failures = progress() > before ? 1 : failures + 1;
                if (failures > retries)
                {
                    throw;
                }

                await Task.Delay(WaitAfter(e, failures), time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static TimeSpan WaitAfter(IndexFaultException failed, int failures)
    {
        if (failed.RetryAfter is { } asked)
        {
            return asked < LongestRetryAfter ? asked : LongestRetryAfter;
        }

        // Doubling, and spread: many that failed together are not to come back together.
        var wait = TimeSpan.FromSeconds(0.25 * (1 << Math.Min(failures - 1, 10)) * (0.5 + (Random.Shared.NextDouble() / 2)));
        return wait < LongestWait ? wait : LongestWait;
    }
}
