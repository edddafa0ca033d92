using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

/// <summary>Lists a layer's own files: the tree of its source directory and its content items.</summary>
internal sealed class ContentCollector(DiagnosticLog log)
{
    /// <summary>Left behind by tools and desktops, never meant for a layer.</summary>
    private static readonly string[] Droppings = ["__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini"];

    private static readonly string[] ManifestNames = ["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc", "pip.conf", "pip.ini"];

    /// <returns>Sorted by path, no path twice. Null when an error was logged.</returns>
    public IReadOnlyList<ContentFile>? Collect(LayerDeclaration layer)
    {
        var files = new SortedDictionary<ZipPath, ContentFile>();
        bool failed = false;
        if (layer.SourceDirectory is { } root)
        {
            failed |= !AddDirectory(layer, root, "", files);
        }

        foreach (ContentFile item in layer.ContentItems)
        {
            if (files.TryAdd(item.Path, item) || files[item.Path].SourcePath == item.SourcePath)
            {
                continue;
            }

            Error("LB1004", $"Layer '{layer.Name}': there are two files for '{item.Path}': {files[item.Path].SourcePath} and {item.SourcePath}. Remove one, or give it another TargetPath.", layer);
            failed = true;
        }

        return failed ? null : [.. files.Values];
    }

    /// <summary>Executable where Lambda runs it, and where the file's owner may (on Unix).</summary>
    internal static EntryKind KindOf(ZipPath path, string sourcePath)
    {
        bool runs = path.Value == "bootstrap" || path.IsUnder("bin/") || path.IsUnder("extensions/") || path.IsUnder("python/bin/");
        return runs || (!OperatingSystem.IsWindows() && File.GetUnixFileMode(sourcePath).HasFlag(UnixFileMode.UserExecute))
            ? EntryKind.Executable
            : EntryKind.File;
    }

    private bool AddDirectory(LayerDeclaration layer, string root, string folder, SortedDictionary<ZipPath, ContentFile> files)
    {
        bool succeeded = true;
        foreach (FileSystemInfo info in new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos())
        {
            string relative = folder.Length == 0 ? info.Name : $"{folder}/{info.Name}";
            if (Droppings.Contains(info.Name, StringComparer.Ordinal) || DrivesTheBuild(layer, relative, info.FullName))
            {
                continue;
            }

            // What is not UTF-8 on disk comes with replacement characters, and cannot be opened by that name.
            bool isText = !info.Name.Contains('\uFFFD') || Path.Exists(info.FullName);
            if (!ZipPath.TryParse(relative, out ZipPath path) || !isText)
            {
                string why = isText ? "it has a backslash, a control character or a drive letter" : "it is not UTF-8";
                Error("LB1003", $"Layer '{layer.Name}': the name of '{string.Concat(info.FullName.Select(c => char.IsControl(c) ? '?' : c))}' cannot be a path in a layer: {why}. Rename it, or remove it.", layer);
                succeeded = false;
            }
            else if (info.LinkTarget is { } target)
            {
                succeeded &= AddLink(layer, root, path, info, target.Replace('\\', '/'), files);
            }
            else if (info is FileInfo special && IsSpecial(special))
            {
                Error("LB1003", $"Layer '{layer.Name}': '{path}' is a pipe, a socket or a device, which a zip cannot hold. Remove it from {root}.", layer);
                succeeded = false;
            }
            else if (info is FileInfo file)
            {
                files.Add(path, new ContentFile(path, file.FullName, KindOf(path, file.FullName), file.Length));
            }
            else
            {
                succeeded &= AddDirectory(layer, root, relative, files);
            }
        }

        return succeeded;
    }

    /// <summary>
    /// Whether it is no regular file: to read from a pipe would be to wait for ever. .NET does not tell the kind of a file,
    /// so it is opened for writing too, which does not wait; what has bytes is a file.
    /// </summary>
    internal static bool IsSpecial(FileInfo file)
    {
        const int NoSuchDevice = 6, NotSupportedOnSocket = 102;
        if (OperatingSystem.IsWindows() || file.Length > 0)
        {
            return false;
        }

        try
        {
            using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return !stream.CanSeek;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException e)
        {
            return e.HResult is NoSuchDevice or NotSupportedOnSocket;
        }
    }

    private bool AddLink(
        LayerDeclaration layer,
        string root,
        ZipPath path,
        FileSystemInfo link,
        string target,
        SortedDictionary<ZipPath, ContentFile> files)
    {
        // The text of the link decides: it must mean the same file below /opt as it does here.
        if (target.StartsWith('/') || Path.IsPathRooted(target) || Climbs(path, target))
        {
            Error("LB1003", $"Layer '{layer.Name}': the symbolic link '{path}' points outside the layer, to '{target}'. Use a relative link to something below {root}, or put the file itself there.", layer);
            return false;
        }

        files.Add(path, new ContentFile(path, link.FullName, EntryKind.SymbolicLink, System.Text.Encoding.UTF8.GetByteCount(target), target));
        return true;
    }

    /// <summary>Whether a link's target leaves the root, even if it comes back: /opt has another name than the folder here.</summary>
    private static bool Climbs(ZipPath link, string target)
    {
        int depth = link.Value.Count(c => c == '/');
        foreach (string part in target.Split('/'))
        {
            depth += part switch
            {
                "" or "." => 0,
                ".." => -1,
                _ => 1,
            };
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Requirement files, manifests of npm and settings of either: in the root, and wherever the item names them.</summary>
    private static bool DrivesTheBuild(LayerDeclaration layer, string relative, string fullPath)
    {
        if (layer.RequirementFiles.Any(file => fullPath == file || fullPath == Path.ChangeExtension(file, ".lock.txt"))
            || (Path.GetDirectoryName(layer.PackageJson) == Path.GetDirectoryName(fullPath) && IsNpmFile(Path.GetFileName(relative))))
        {
            return true;
        }

        string name = relative.StartsWith("python/", StringComparison.Ordinal) ? relative["python/".Length..] : relative;
        bool isRequirements = name.StartsWith("requirements", StringComparison.Ordinal)
            && name.EndsWith(".txt", StringComparison.Ordinal)
            && !name.Contains('/');
        return isRequirements || ManifestNames.Contains(relative, StringComparer.Ordinal);
    }

    /// <summary>What npm reads and writes beside a package.json. The node_modules there is for this machine, not for Lambda.</summary>
    private static bool IsNpmFile(string name) => name == "node_modules" || ManifestNames.Contains(name, StringComparer.Ordinal);

    private void Error(string code, string message, LayerDeclaration layer) =>
        log.Add(Diagnostic.Error(code, message) with { File = layer.ProjectFile });
}
