namespace LayerBuild.Benchmarks;

/// <summary>A temporary folder that is gone when the benchmarks end.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("layerbuild-benchmarks-").FullName;

    public string this[string relative] => Path.Combine(_path, relative);

    /// <summary>An empty folder of this name.</summary>
    public string Fresh(string relative)
    {
        Delete(relative);
        return Directory.CreateDirectory(this[relative]).FullName;
    }

    public void Delete(string relative)
    {
        if (Directory.Exists(this[relative]))
        {
            Directory.Delete(this[relative], recursive: true);
        }
        else if (File.Exists(this[relative]))
        {
            File.Delete(this[relative]);
        }
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
