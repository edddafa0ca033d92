using System.Security.Cryptography;
using System.Text;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>A Python project on this machine that a requirement names; it is built into a wheel, and again when it changes.</summary>
/// <param name="directory">Full path.</param>
internal sealed class LocalProject(string directory)
{
    private static readonly string[] AnywhereIgnored = ["__pycache__", ".git", ".hg", ".svn", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".venv", "node_modules"];

    private static readonly string[] TopIgnored = ["build", "dist", "venv"];

    private static readonly string[] MetadataFiles = ["pyproject.toml", "setup.cfg", "setup.py"];

    /// <summary>
    /// Its files, full paths in ordinal order: without what builds and tools leave behind. A folder that is also a .NET
    /// project's has bin and obj besides.
    /// </summary>
    public IReadOnlyList<string> Files()
    {
        var files = new List<string>();
        bool dotnet = Directory.EnumerateFiles(directory, "*.*proj").Any();
        Collect(new DirectoryInfo(directory), top: true);
        files.Sort(StringComparer.Ordinal);
        return files;

        void Collect(DirectoryInfo folder, bool top)
        {
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo inner)
                {
                    bool ignored = AnywhereIgnored.Contains(entry.Name)
                        || entry.Name.EndsWith(".egg-info", StringComparison.Ordinal)
                        || (top && TopIgnored.Contains(entry.Name))
                        || (top && dotnet && entry.Name is "bin" or "obj")
                        || inner.LinkTarget is not null;
                    if (!ignored)
                    {
                        Collect(inner, top: false);
                    }
                }
                else if (!entry.Name.EndsWith(".pyc", StringComparison.Ordinal))
                {
                    files.Add(entry.FullName);
                }
            }
        }
    }

    /// <summary>SHA-256 (hex) over names and bytes of its files: another one means another wheel.</summary>
    public string TreeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Files())
        {
            string name = Path.GetRelativePath(directory, file).Replace('\\', '/');
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{WheelCache.Hash(file)}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 (hex) over the files that say what it requires: another one means another resolution.</summary>
    public string MetadataDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in MetadataFiles.Where(f => File.Exists(Path.Combine(directory, f))))
        {
            // git may check the same text out with other line ends.
            string text = File.ReadAllText(Path.Combine(directory, name)).ReplaceLineEndings("\n");
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{text.Length}\n{text}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
