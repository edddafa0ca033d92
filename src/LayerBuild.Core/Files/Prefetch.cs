namespace LayerBuild.Files;

/// <summary>
/// Does pieces of work on all cores and hands out their results in order. How far it runs ahead is bounded by the bytes
/// that the work holds, over all instances of the process: layers are packed side by side.
/// </summary>
/// <param name="count">Pieces of work.</param>
/// <param name="costOf">Bytes that a piece holds until its result is disposed of.</param>
internal sealed class Prefetch<T>(int count, Func<int, long> costOf, Func<int, T> work) : IDisposable
    where T : class, IDisposable
{
    /// <summary>Small pieces go to a core together, up to so many and so many bytes.</summary>
    private const int BatchCount = 64;
    private const long BatchCost = 128 << 10;

    private readonly Queue<Batch> _running = [];
    private int _started;
    private Batch? _current;
    private int _next;

    private sealed record Batch(Task<T[]> Results, long Cost);

    /// <summary>Waits for the next result, which is disposed of when the one after it is asked for.</summary>
    public T Next()
    {
        if (_next > 0)
        {
            _current!.Results.Result[_next - 1].Dispose();
        }

        if (_current is null || _next == _current.Results.Result.Length)
        {
            MemoryBudget.Release(_current?.Cost ?? 0);
            _current = null;
            _next = 0;
            Start();
            Batch batch = _running.Peek();
            _ = batch.Results.GetAwaiter().GetResult();
            _current = _running.Dequeue();
        }

        return _current.Results.Result[_next++];
    }

    public void Dispose()
    {
        if (_current is { } current)
        {
            _running.Enqueue(current);
        }

        foreach (Batch batch in _running)
        {
            // Nobody wants the others after a failure, but their buffers and files must go.
            ((IAsyncResult)batch.Results).AsyncWaitHandle.WaitOne();
            if (batch.Results.IsCompletedSuccessfully)
            {
                Array.ForEach(batch.Results.Result, r => r.Dispose());
            }

            MemoryBudget.Release(batch.Cost);
        }

        _running.Clear();
        _current = null;
    }

    private void Start()
    {
        while (_started < count)
        {
            int first = _started;
            int end = first + 1;
            long cost = costOf(first);
            while (end < count && end - first < BatchCount && cost + costOf(end) <= BatchCost)
            {
                cost += costOf(end++);
            }

            // The one that is waited for goes ahead whatever it holds, so that there is always progress.
            if (!MemoryBudget.TryReserve(cost))
            {
                if (_running.Count > 0)
                {
                    return;
                }

                cost = 0;
            }

            _started = end;
            _running.Enqueue(new Batch(Task.Run(() => Do(first, end)), cost));
        }
    }

    private T[] Do(int first, int end)
    {
        var results = new T[end - first];
        try
        {
            for (int i = 0; i < results.Length; i++)
            {
                results[i] = work(first + i);
            }

            return results;
        }
        catch
        {
            Array.ForEach(results, r => r?.Dispose());
            throw;
        }
    }
}

/// <summary>Bytes that all packing of the process may hold ahead of its writers.</summary>
internal static class MemoryBudget
{
    private static long _free = 16L << 20;

    public static bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _free, -bytes) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _free, bytes);
        return false;
    }

    public static void Release(long bytes) => Interlocked.Add(ref _free, bytes);
}
