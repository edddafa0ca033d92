namespace LayerBuild.Benchmarks;

/// <summary>A temporary folder that is gone when the benchmarks end.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("layerbuild-benchmarks-").FullName;
    private int _count;

    public string this[string relative] => Path.Combine(_path, relative);

    /// <summary>A new empty folder.</summary>
    public string Fresh() => Directory.CreateDirectory(this[$"{_count++}"]).FullName;

    /// <summary>
    /// Takes a folder out of the way without deleting it: some file systems (ext4) make files many times slower for
    /// minutes after many were deleted.
    /// </summary>
    public void PutAside(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Move(path, Path.Combine(Fresh(), "aside"));
        }
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
