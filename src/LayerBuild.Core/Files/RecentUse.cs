namespace LayerBuild.Files;

/// <summary>
/// The rule by which caches on disk stay small: what was used is marked by its time, and the least recently used goes
/// first.
/// </summary>
/// <param name="window">What was used this recently may be in use by another build: it is not deleted, and not marked again soon.</param>
internal sealed class RecentUse(TimeSpan window)
{
    /// <summary>Marks a file or a folder as used now.</summary>
    public void Mark(FileSystemInfo entry)
    {
        DateTime now = DateTime.UtcNow;
        if (now - entry.LastWriteTimeUtc < window / 2)
        {
            return;
        }

        try
        {
            entry.LastWriteTimeUtc = now;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that is only read, as a CI restores it.
        }
    }

    /// <summary>What has to go so that no more than <paramref name="capacity"/> bytes are left, or nothing that may go.</summary>
    /// <param name="entries">All that is there, with its bytes.</param>
    public IEnumerable<FileSystemInfo> Surplus(IReadOnlyList<(FileSystemInfo Entry, long Size)> entries, long capacity)
    {
        DateTime now = DateTime.UtcNow;
        long total = entries.Sum(e => e.Size);
        foreach ((FileSystemInfo entry, long size) in entries.OrderBy(e => e.Entry.LastWriteTimeUtc))
        {
            if (total <= capacity || now - entry.LastWriteTimeUtc < window)
            {
                break;
            }

            total -= size;
            yield return entry;
        }
    }
}
