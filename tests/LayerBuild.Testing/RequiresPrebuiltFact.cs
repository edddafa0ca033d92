using System.Formats.Tar;
using System.IO.Compression;

namespace LayerBuild.Testing;

/// <summary>
/// A theory about packages of npm that hold binaries for other platforms than this one; <c>./test.sh</c> fetches their
/// tarballs. Skipped where they are missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPrebuiltTheoryAttribute : TheoryAttribute
{
    public RequiresPrebuiltTheoryAttribute()
    {
        if (Folder is null || !Directory.Exists(Folder))
        {
            Skip = "The prebuilt npm packages are not here; ./test.sh fetches them.";
        }
    }

    private static string? Folder => RequiresNpmFactAttribute.Tools is { } tools ? Path.GetFullPath("../../artifacts/prebuilt", tools) : null;

    /// <summary>The files of a package by their paths in it.</summary>
    /// <param name="package"><c>@img/sharp-linux-x64</c>.</param>
    public static IEnumerable<(string Path, byte[] Bytes, bool Executable)> Read(string package)
    {
        string tarball = Directory.EnumerateFiles(Folder!, $"{package.TrimStart('@').Replace('/', '-')}-?.*.tgz").Single();
        using var gzip = new GZipStream(File.OpenRead(tarball), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var bytes = new MemoryStream();
                data.CopyTo(bytes);
                yield return (entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..], bytes.ToArray(), entry.Mode.HasFlag(UnixFileMode.UserExecute));
            }
        }
    }
}
