using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Elf;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>One file of an installed tree.</summary>
/// <param name="Path">Below node_modules' parent, forward slashes: <c>node_modules/ms/index.js</c>.</param>
/// <param name="Size">In bytes.</param>
internal sealed record NodeFile(string Path, long Size, bool IsExecutable)
{
    /// <summary>
    /// The folder of the package that it belongs to: <c>node_modules/a/node_modules/@s/b</c>. Only a node_modules directly
    /// in a package holds packages; others are data of that package.
    /// </summary>
    public string Package => PackageOf(Path);

    /// <summary>The package folder that a path lies in.</summary>
    public static string PackageOf(string path)
    {
        int end = 0;
        while (path.AsSpan(end).StartsWith("node_modules/"))
        {
            int name = end + "node_modules/".Length;
            int slash = path.IndexOf('/', name);
            if (slash > 0 && path[name] == '@')
            {
                slash = path.IndexOf('/', slash + 1);
            }

            if (slash < 0)
            {
                break;
            }

            end = slash + 1;
        }

        return end == 0 ? "" : path[..(end - 1)];
    }
}

/// <summary>Lists what npm installed, without what it keeps there for itself.</summary>
/// <param name="folder">Full path of the folder that holds node_modules.</param>
/// <param name="packages">What the lock file says of them.</param>
/// <param name="packed">By full paths of linked folders: what npm would pack of them, relative, forward slashes. Of others, everything.</param>
internal sealed class NodeModules(
    string folder,
    NpmLock packages,
    Architecture architecture,
    IReadOnlyDictionary<string, IReadOnlySet<string>> packed)
{
    private readonly List<NodeFile> _files = [];
    private readonly Stack<string> _links = new();

    /// <returns>Sorted by path.</returns>
    /// <exception cref="DiagnosticException">LB2011: a file's name cannot be a path in a layer.</exception>
    public IReadOnlyList<NodeFile> List(CancellationToken cancellation)
    {
        var root = new DirectoryInfo(Path.Combine(folder, "node_modules"));
        if (root.Exists)
        {
            AddModules(root, "node_modules", cancellation);
        }

        _files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return _files;
    }

    /// <summary>
    /// A list of an installation that was finished, kept beside it: the last file that an installation writes.
    /// </summary>
    /// <returns>Null when there is none for <paramref name="key"/>, or when a file is gone or has another size.</returns>
    public static IReadOnlyList<NodeFile>? ReadFinished(string list, string key, string folder)
    {
        if (!File.Exists(list))
        {
            return null;
        }

        using var reader = new StreamReader(list, Encoding.UTF8);
        if (reader.ReadLine() != key)
        {
            return null;
        }

        var files = new List<NodeFile>();
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(' ', 3);
            if (fields.Length != 3 || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            {
                return null;
            }

            var file = new FileInfo(Path.Combine(folder, fields[2]));
            if (!file.Exists || file.Length != size)
            {
                return null;
            }

            files.Add(new NodeFile(fields[2], size, fields[0] == "x"));
        }

        return files;
    }

    public static void WriteFinished(string list, string key, IReadOnlyList<NodeFile> files)
    {
        var text = new StringBuilder(key).Append('\n');
        foreach (NodeFile file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(file.IsExecutable ? 'x' : '-')} {file.Size} {file.Path}\n");
        }

        AtomicFile.Write(list, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void AddModules(DirectoryInfo modules, string path, CancellationToken cancellation)
    {
        foreach (DirectoryInfo entry in modules.EnumerateDirectories())
        {
            // .bin, .cache and the like; npm gives no package such a name.
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            if (entry.Name.StartsWith('@'))
            {
                foreach (DirectoryInfo scoped in entry.EnumerateDirectories())
                {
                    AddPackage(scoped, $"{path}/{entry.Name}/{scoped.Name}", cancellation);
                }
            }
            else
            {
                AddPackage(entry, $"{path}/{entry.Name}", cancellation);
            }
        }
    }

    private void AddPackage(DirectoryInfo package, string path, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // npm was told the same; but a setting that undoes it must not reach the layer.
        if (packages.Find(path) is { } entry && (entry.IsDevelopment || (entry.IsOptional && entry.Excluded[architecture] is not null)))
        {
            return;
        }

        // A workspace, or a local folder in a lock file with links: its files, once along each chain of links.
        string? target = package.LinkTarget is null ? null : package.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        if (target is not null && (!Directory.Exists(target) || _links.Contains(target)))
        {
            return;
        }

        if (target is not null)
        {
            _links.Push(target);
        }

        AddFolder(package, path, path, target is null ? null : packed.GetValueOrDefault(target), cancellation);
        if (target is not null)
        {
            _links.Pop();
        }
    }

    private void AddFolder(DirectoryInfo directory, string path, string package, IReadOnlySet<string>? only, CancellationToken cancellation)
    {
        foreach (FileSystemInfo info in directory.EnumerateFileSystemInfos())
        {
            string inner = $"{path}/{info.Name}";
            if (info is FileInfo file)
            {
                if (file.LinkTarget is null && only?.Contains(inner[(package.Length + 1)..]) != false)
                {
                    Add(file, inner);
                }
            }
            else if (path == package && info.Name == "node_modules")
            {
                AddModules((DirectoryInfo)info, inner, cancellation);
            }
            else if (info.LinkTarget is null)
            {
                AddFolder((DirectoryInfo)info, inner, package, only, cancellation);
            }
        }
    }

    private void Add(FileInfo file, string path)
    {
        if (!ZipPath.TryParse($"nodejs/{path}", out _))
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB2036", $"The npm package in {NodeFile.PackageOf(path)} has a file whose name cannot be a path in a layer: '{path}'. Use another version of the package."));
        }

        _files.Add(new NodeFile(path, file.Length, IsExecutable(file)));
    }

    /// <summary>
    /// By content: npm sets x bits by the tarball, the umask and the system, and Windows keeps none; but the zip's bytes
    /// are the same everywhere.
    /// </summary>
    private static bool IsExecutable(FileInfo file)
    {
        if (file.Length < 4)
        {
            return false;
        }

        using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        Span<byte> head = stackalloc byte[4];
        stream.ReadExactly(head);
        return head.StartsWith("#!"u8) || head.SequenceEqual(ElfReader.Magic);
    }
}
