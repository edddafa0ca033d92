namespace LayerBuild.Testing;

/// <summary>A folder of a test's own, gone with the test. Its name holds what paths may hold.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory(string name = "lb t%e;s't é")
    {
        Path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("layerbuild-").FullName, name);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Writes a text file (UTF-8, no BOM), making its folders.</summary>
    public string Write(string relative, string text)
    {
        string path = this[relative];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Directory.GetParent(Path)!.FullName, recursive: true);
        }
        catch (IOException)
        {
            // A child process may still hold a file; the system's temporary folder is cleaned by the system.
        }
    }
}
