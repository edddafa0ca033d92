namespace LayerBuild.Files;

/// <summary>Lets one build at a time, of any process, work on a layer's folder.</summary>
internal static class FolderLock
{
    /// <summary>Waits for the folder; disposing the result, or the end of the process, lets the next one in.</summary>
    public static FileStream Acquire(string directory, CancellationToken cancellation)
    {
        string path = Path.Combine(directory, ".lock");
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                cancellation.WaitHandle.WaitOne(50);
            }
        }
    }
}
