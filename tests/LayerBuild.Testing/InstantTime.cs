namespace LayerBuild.Testing;

/// <summary>A clock on which waiting takes no time: a timer moves it forward and fires at once.</summary>
internal sealed class InstantTime : TimeProvider
{
    private long _now = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    /// <summary>All that was waited for.</summary>
    public TimeSpan Waited { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _now), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Interlocked.Add(ref _now, dueTime.Ticks);
            Waited += dueTime;
        }

        return new Timer(callback, state, dueTime < TimeSpan.Zero ? dueTime : TimeSpan.Zero);
    }

    private sealed class Timer : ITimer
    {
        private readonly System.Threading.Timer _timer;

        public Timer(TimerCallback callback, object? state, TimeSpan dueTime) =>
            _timer = new System.Threading.Timer(callback, state, dueTime, Timeout.InfiniteTimeSpan);

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
