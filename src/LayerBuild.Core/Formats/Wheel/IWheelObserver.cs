namespace LayerBuild.Formats.Wheel;

/// <summary>
/// Looks at the files of a wheel while they are verified and in memory, so that nobody has to inflate them again. Called from several threads.
/// </summary>
internal interface IWheelObserver
{
    /// <summary>Whether to see the content of a file.</summary>
    /// <param name="head">Its first bytes, at least 8 if it has them.</param>
    /// <param name="size">Bytes that its header promises.</param>
    bool ShouldObserve(WheelPlace place, string path, ReadOnlySpan<byte> head, long size);

    /// <param name="content">All of a file that was wanted; not to be kept. The wheel may yet turn out not to be valid.</param>
    /// <returns>Whether there is something to remember: <see cref="WheelMemberTraits.Notable"/>.</returns>
    bool Observe(WheelPlace place, string path, ArraySegment<byte> content);

    /// <summary>The wheel is valid, and all of its files were seen.</summary>
    void Finish();
}
