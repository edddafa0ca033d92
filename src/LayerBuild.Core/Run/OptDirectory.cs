using System.IO.Compression;
using LayerBuild.Lambda;

namespace LayerBuild.Run;

/// <summary>The layers of a function, extracted as Lambda does it: in order, a later file in place of an earlier one.</summary>
internal static class OptDirectory
{
    private const int FileTypes = 0xF000;
    private const int Link = 0xA000;
    private const int Executable = 0b001_001_001;

    /// <param name="zips">Full paths, first to last.</param>
    /// <param name="directory">Full path of an empty folder that will look like /opt.</param>
    /// <exception cref="InvalidDataException">An entry would leave the folder.</exception>
    public static void Merge(IEnumerable<string> zips, string directory, CancellationToken cancellation)
    {
        foreach (string path in zips)
        {
            using ZipArchive zip = ZipFile.OpenRead(path);
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!entry.FullName.EndsWith('/'))
                {
                    Extract(entry, directory);
                }
            }
        }
    }

    /// <summary>The paths of the files below the folder, sorted, with forward slashes.</summary>
    public static IReadOnlyList<string> List(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(directory, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    private static void Extract(ZipArchiveEntry entry, string directory)
    {
        if (!ZipPath.TryParse(entry.FullName, out ZipPath path))
        {
            throw new InvalidDataException($"'{entry.FullName}' is not a path inside a layer.");
        }

        string target = Path.Combine(directory, path.Value);
        MakeRoom(directory, path, target);
        int mode = entry.ExternalAttributes >>> 16;
        if ((mode & FileTypes) == Link && !OperatingSystem.IsWindows())
        {
            using var reader = new StreamReader(entry.Open());
            string link = reader.ReadToEnd();
            string meant = Path.GetFullPath(link, Path.GetDirectoryName(target)!);
            if (Path.IsPathRooted(link) || !meant.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InvalidDataException($"The link '{path}' points outside the layer, to '{link}'.");
            }

            File.CreateSymbolicLink(target, link);
            return;
        }

        entry.ExtractToFile(target);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(target, (UnixFileMode)(0b110_100_100 | (mode & Executable)));
        }
    }

    /// <summary>Takes away what an earlier layer has in the place of a file or of one of its folders.</summary>
    private static void MakeRoom(string directory, ZipPath path, string target)
    {
        string folder = directory;
        foreach (string part in path.Value.Split('/')[..^1])
        {
            folder = Path.Combine(folder, part);
            var info = new FileInfo(folder);
            if (info.Exists || info.LinkTarget is not null)
            {
                info.Delete();
            }

            Directory.CreateDirectory(folder);
        }

        if (Directory.Exists(target) && new FileInfo(target).LinkTarget is null)
        {
            Directory.Delete(target, recursive: true);
        }
        else
        {
            File.Delete(target);
        }
    }
}
