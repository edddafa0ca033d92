namespace LayerBuild.Tasks.UpToDate;

/// <summary>The files below a folder, by their stamps.</summary>
internal static class FolderFiles
{
    /// <param name="folder">Full path; it need not exist.</param>
    /// <param name="skipped">Full paths of files and folders to leave out.</param>
    public static void Add(string folder, HashSet<string> skipped, List<KeyValuePair<string, string>> inputs)
    {
        var directory = new DirectoryInfo(folder);
        if (!directory.Exists)
        {
            return;
        }

        FileSystemInfo[] entries = directory.GetFileSystemInfos();
        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (FileSystemInfo entry in entries)
        {
            if (entry.Name == "__pycache__" || skipped.Contains(entry.FullName))
            {
                continue;
            }

            if (entry.LinkTarget is { } target)
            {
                // A layer holds the link, not what it leads to.
                inputs.Add(new($"file {entry.FullName}", $"link {target}"));
            }
            else if (entry is FileInfo file)
            {
                inputs.Add(new($"file {file.FullName}", StateFile.StampOf(file)));
            }
            else
            {
                Add(entry.FullName, skipped, inputs);
            }
        }
    }
}
