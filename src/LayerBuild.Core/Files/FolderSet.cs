namespace LayerBuild.Files;

/// <summary>The folders above files.</summary>
internal static class FolderSet
{
    /// <param name="files">Paths with forward slashes. In their order it is fastest: neighbours mostly share their folder.</param>
    /// <returns>Paths without a slash at the end, the folders of folders as well.</returns>
    public static HashSet<string> Of(IEnumerable<string> files)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        ReadOnlySpan<char> last = default;
        foreach (string file in files)
        {
            ReadOnlySpan<char> folder = Above(file);
            if (!folder.SequenceEqual(last))
            {
                last = folder;
                Add(folders, folder);
            }
        }

        return folders;
    }

    private static void Add(HashSet<string> folders, ReadOnlySpan<char> folder)
    {
        while (!folder.IsEmpty && folders.Add(folder.ToString()))
        {
            folder = Above(folder);
        }
    }

    private static ReadOnlySpan<char> Above(ReadOnlySpan<char> path) => path[..Math.Max(path.LastIndexOf('/'), 0)];
}
