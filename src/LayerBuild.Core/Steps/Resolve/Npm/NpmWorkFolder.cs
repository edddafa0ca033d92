using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>A folder of the build's own, in which npm works on a copy of all that it reads.</summary>
internal sealed class NpmWorkFolder
{
    private readonly NpmSources _sources;

    private NpmWorkFolder(NpmLayer layer, string name)
    {
        _sources = layer.Sources;
        Path = System.IO.Path.Combine(layer.Folder, name);
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Full path of the folder that holds the copied package.json, and node_modules.</summary>
    public string Tree => System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "tree", _sources.ProjectFolder));

    /// <summary>Full path of the list of what was installed: the last file that an installation writes.</summary>
    public string FinishedList => System.IO.Path.Combine(Path, "installed.txt");

    /// <summary>Full path of the copied lock file.</summary>
    public string LockFile => System.IO.Path.Combine(Tree, NpmSources.CopiedLock);

    /// <summary>It stays, for the next build to find finished.</summary>
    public static NpmWorkFolder ForInstalling(NpmLayer layer, Architecture architecture) => new(layer, $"npm-{architecture}");

    public static NpmWorkFolder ForLocking(NpmLayer layer) => new(layer, "npm-lock");

    /// <summary>Makes it new and empty.</summary>
    public void Create()
    {
        if (Directory.Exists(Path))
        {
            // The list first: without it, what a killed build leaves of the folder is not trusted.
            File.Delete(FinishedList);
            Delete();
        }

        Directory.CreateDirectory(Path);
    }

    /// <summary>Copies what npm reads.</summary>
    public void Fill(byte[]? lockFile, CancellationToken cancellation)
    {
        _sources.CopyTo(System.IO.Path.Combine(Path, "tree"), cancellation);
        if (lockFile is not null)
        {
            File.WriteAllBytes(LockFile, lockFile);
        }
    }

    /// <summary>Settings may hold credentials, and were copied for npm alone.</summary>
    public void ForgetSettings() => File.Delete(System.IO.Path.Combine(Tree, ".npmrc"));

    public void Delete() => Directory.Delete(Path, recursive: true);
}
