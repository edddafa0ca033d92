namespace LayerBuild.Files;

/// <summary>What tells without reading that a file is still the one that was read.</summary>
/// <param name="Modified">UTC ticks; 0 when the file cannot be known by its stamp.</param>
/// <param name="Created">UTC ticks of birth: another file under the name has another, even if its times were set back.</param>
internal readonly record struct FileStamp(long Size, long Modified, long Created)
{
    /// <summary>No stamp: fits nothing.</summary>
    public static readonly FileStamp None;

    /// <summary>Coarsest clock of a file system (FAT): within this a second change may leave the time as it was.</summary>
    private static readonly TimeSpan Granularity = TimeSpan.FromSeconds(2);

    public bool IsKnown => Modified != 0;

    /// <summary>Takes the stamp; read the file afterwards. None for links, for what was changed just now, and in the future.</summary>
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        return !file.Exists || (file.Attributes & FileAttributes.ReparsePoint) != 0 || file.LastWriteTimeUtc > DateTime.UtcNow - Granularity
            ? None
            : new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks, file.CreationTimeUtc.Ticks);
    }
}
