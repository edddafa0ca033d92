using System.Text;
using LayerBuild.Collect;

namespace LayerBuild.Stage;

/// <summary>The staged tree on disk: looks like /opt, and never keeps a file of an earlier build.</summary>
internal static class StageDirectory
{
    /// <summary>
    /// Makes <paramref name="directory"/> hold exactly the files of <paramref name="tree"/>: writes what differs,
    /// side by side, and deletes what is not in the tree.
    /// </summary>
    public static void Fill(string directory, LayerTree tree, CancellationToken cancellation)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
        Parallel.ForEach(tree.Entries, new ParallelOptions { CancellationToken = cancellation }, entry => Write(directory, entry));
    }

    private static void Write(string directory, LayerEntry entry)
    {
        string path = Path.Combine(directory, entry.Path.Value.Replace('/', Path.DirectorySeparatorChar));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Stream source = entry.Content.Open();
        if (entry.Kind == EntryKind.SymbolicLink)
        {
            using var reader = new StreamReader(source, Encoding.UTF8);
            File.CreateSymbolicLink(path, reader.ReadToEnd());
            return;
        }

        using (var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            source.CopyTo(target);
        }

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            const UnixFileMode Runnable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            File.SetUnixFileMode(path, entry.Kind == EntryKind.Executable ? Readable | Runnable : Readable);
        }
    }
}
