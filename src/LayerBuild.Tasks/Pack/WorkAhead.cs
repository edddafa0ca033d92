namespace LayerBuild.Pack;

/// <summary>
/// Does pieces of work on all cores and hands out their results in order. How far it runs ahead is bounded by the bytes
/// that the work holds, over all instances of the process: layers are packed side by side.
/// </summary>
/// <param name="count">Pieces of work.</param>
/// <param name="costOf">Bytes that a piece holds until its result is disposed of.</param>
internal sealed class WorkAhead<T>(int count, Func<int, long> costOf, Func<int, T> work) : IDisposable
    where T : IDisposable
{
    private readonly Queue<(Task<T> Result, long Cost)> _running = [];
    private int _started;
    private T? _handedOut;
    private long _handedOutCost;

    /// <summary>Waits for the next result, which is disposed of when the one after it is asked for.</summary>
    public T Next()
    {
        Release();
        Start();
        (Task<T> result, long cost) = _running.Peek();
        T value = result.GetAwaiter().GetResult();
        _running.Dequeue();
        _handedOut = value;
        _handedOutCost = cost;
        return value;
    }

    public void Dispose()
    {
        Release();
        foreach ((Task<T> result, long cost) in _running)
        {
            // Nobody wants the others after a failure, but their buffers and files must go.
            ((IAsyncResult)result).AsyncWaitHandle.WaitOne();
            if (result.IsCompletedSuccessfully)
            {
                result.Result.Dispose();
            }

            MemoryBudget.Give(cost);
        }

        _running.Clear();
    }

    private void Start()
    {
        while (_started < count)
        {
            // The one that is waited for goes ahead whatever it holds, so that there is always progress.
            long cost = costOf(_started);
            if (!MemoryBudget.TryTake(cost))
            {
                if (_running.Count > 0)
                {
                    return;
                }

                cost = 0;
            }

            int index = _started++;
            _running.Enqueue((Task.Run(() => work(index)), cost));
        }
    }

    private void Release()
    {
        _handedOut?.Dispose();
        _handedOut = default;
        MemoryBudget.Give(_handedOutCost);
        _handedOutCost = 0;
    }
}

/// <summary>Bytes that all packing of the process may hold ahead of its writers.</summary>
internal static class MemoryBudget
{
    private static long _free = 32L << 20;

    public static bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _free, -bytes) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _free, bytes);
        return false;
    }

    public static void Give(long bytes) => Interlocked.Add(ref _free, bytes);
}
