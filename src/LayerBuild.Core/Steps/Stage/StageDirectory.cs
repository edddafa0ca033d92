using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.IO.Enumeration;
using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Steps.Stage;

/// <summary>
/// The staged tree on disk: looks like /opt, and never keeps a file of an earlier build. A ledger beside it says what it
/// holds; it is gone while the folder is being filled, so what a killed build leaves is not trusted.
/// </summary>
internal sealed class StageDirectory : IDisposable
{
    private const UnixFileMode FileMode644 =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode FileMode755 =
        FileMode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Inflated bytes up to which a file is written in one piece.</summary>
    private const int BufferSize = 256 << 10;

    private static readonly SearchValues<char> NotOnWindows = SearchValues.Create(":*?\"<>|");

    private readonly string _directory;
    private readonly ConcurrentDictionary<string, SafeFileHandle> _wheels = new(StringComparer.Ordinal);

    private StageDirectory(string directory) => _directory = directory;

    /// <summary>
    /// Makes <paramref name="directory"/> hold exactly the files of <paramref name="tree"/>: writes what differs,
    /// side by side, and deletes what is not in the tree.
    /// </summary>
    public static void Fill(string directory, LayerTree tree, CancellationToken cancellation)
    {
        using var stage = new StageDirectory(directory);
        stage.Fill(tree, cancellation);
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _wheels.Values)
        {
            file.Dispose();
        }
    }

    private void Fill(LayerTree tree, CancellationToken cancellation)
    {
        string ledgerPath = _directory + ".ledger";
        Directory.CreateDirectory(Path.GetDirectoryName(_directory)!);
        Dictionary<string, StagedFile> earlier = StageLedger.TryLoad(ledgerPath);
        File.Delete(ledgerPath);
        bool isNew = !Directory.Exists(_directory);
        CreateFolder(_directory);
        StagedFile[] staged = [.. tree.Entries.Select(StagedFile.Of)];
        HashSet<string> folders = FolderSet.Of(tree.Entries.Select(e => e.Path.Value));
        HashSet<string> kept = isNew ? [] : DeleteWhatDiffers(staged, folders, earlier);
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            CreateFolder(PathOf(folder));
        }

        SideBySide.For(staged.Length, i =>
        {
            LayerEntry entry = tree.Entries[i];
            if (kept.Contains(entry.Path.Value))
            {
                staged[i] = earlier[entry.Path.Value];
                return;
            }

            staged[i] = staged[i] with { Stamp = Write(PathOf(entry.Path.Value), entry, isNew) };
        }, cancellation);
        StageLedger.Save(ledgerPath, staged);
    }

    /// <summary>
    /// Deletes every file and folder that is not to be there; links are never followed. A file that only has to be
    /// written again stays, because some file systems (ext4) take long to make files after many were deleted.
    /// </summary>
    /// <returns>Paths of the files that are as they should be.</returns>
    private HashSet<string> DeleteWhatDiffers(StagedFile[] staged, HashSet<string> folders, Dictionary<string, StagedFile> earlier)
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var wanted = staged.ToDictionary(s => s.Path, StringComparer.Ordinal);
        var found = new FileSystemEnumerable<FoundEntry>(
            _directory,
            (ref FileSystemEntry entry) =>
            {
                bool isFolder = IsFolder(ref entry);
                return new FoundEntry(
                    Path.Join(entry.Directory[entry.RootDirectory.Length..].TrimStart(Path.DirectorySeparatorChar), entry.FileName).Replace(Path.DirectorySeparatorChar, '/'),
                    isFolder ? FileStamp.None : new FileStamp(IsLink(ref entry) ? 0 : entry.Length, entry.LastWriteTimeUtc.Ticks, 0),
                    isFolder,
                    IsLink(ref entry));
            },
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => IsFolder(ref entry),
        };
        var strangers = new List<string>();
        foreach ((string path, FileStamp stamp, bool isFolder, bool isLink) in found)
        {
            if (isFolder)
            {
                if (!folders.Contains(path))
                {
                    strangers.Add(path);
                }
            }
            else if (!wanted.TryGetValue(path, out StagedFile? want))
            {
                File.Delete(PathOf(path));
            }
            else if (earlier.TryGetValue(path, out StagedFile? have) && have.Stamp == stamp && have.IsSame(want))
            {
                kept.Add(path);
            }
            else if (isLink || want.Kind == EntryKind.SymbolicLink)
            {
                File.Delete(PathOf(path));
            }
        }

        foreach (string folder in strangers)
        {
            if (Directory.Exists(PathOf(folder)))
            {
                Directory.Delete(PathOf(folder), recursive: true);
            }
        }

        return kept;

        static bool IsFolder(ref FileSystemEntry entry) => entry.IsDirectory && !IsLink(ref entry);

        static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
    }

    /// <summary>A file or folder that lies in the stage. A class: the framework's own code for a struct is compiled anew in every process.</summary>
    /// <param name="Path">As a zip path.</param>
    private sealed record FoundEntry(string Path, FileStamp Stamp, bool IsFolder, bool IsLink);

    private string PathOf(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            return $"{_directory}/{path}";
        }

        return path.AsSpan().IndexOfAny(NotOnWindows) < 0
            ? Path.Combine(_directory, path.Replace('/', '\\'))
            : throw new IOException($"The layer has a file '{path}', which Windows cannot hold. Build it on Linux or macOS, or set LambdaLayerStage to false.");
    }

    private static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != FileMode755)
        {
            File.SetUnixFileMode(path, FileMode755);
        }
    }

    /// <param name="isNew">Most likely nothing is there yet.</param>
    /// <returns>The stamp by which the next build knows the file; the time of its birth would cost another call.</returns>
    private FileStamp Write(string path, LayerEntry entry, bool isNew)
    {
        if (entry.Kind == EntryKind.SymbolicLink)
        {
            using var reader = new StreamReader(entry.Content.Open(), Encoding.UTF8);
            FileSystemInfo link = File.CreateSymbolicLink(path, reader.ReadToEnd());
            return new FileStamp(0, link.LastWriteTimeUtc.Ticks, 0);
        }

        using SafeFileHandle file = OpenEmpty(path, isNew);
        if (entry.Content is GeneratedContent generated)
        {
            RandomAccess.Write(file, generated.Bytes.Span, 0);
        }
        else
        {
            using Stream source = entry.Content is WheelContent wheel ? Open(wheel) : entry.Content.Open();
            byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(entry.Content.Size, 1, BufferSize));
            try
            {
                long written = 0;
                int read;
                while (written < entry.Content.Size && (read = source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
                {
                    RandomAccess.Write(file, buffer.AsSpan(0, read), written);
                    written += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        UnixFileMode mode = entry.Kind == EntryKind.Executable ? FileMode755 : FileMode644;
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(file) != mode)
        {
            File.SetUnixFileMode(file, mode);
        }

        return new FileStamp(entry.Content.Size, File.GetLastWriteTimeUtc(file).Ticks, 0);
    }

    private static SafeFileHandle OpenEmpty(string path, bool isNew)
    {
        try
        {
            // To empty a file that is empty already takes ext4 as long as to make it.
            return File.OpenHandle(path, isNew ? FileMode.CreateNew : FileMode.Create, FileAccess.Write, FileShare.None);
        }
        catch (IOException) when (isNew && File.Exists(path))
        {
            // Names that differ in case only, on a file system that takes them for one.
            return OpenEmpty(path, isNew: false);
        }
        catch (UnauthorizedAccessException) when (File.Exists(path))
        {
            // Somebody took the right to write from it.
            File.Delete(path);
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
    }

    private Stream Open(WheelContent content)
    {
        SafeFileHandle file = _wheels.GetOrAdd(content.Wheel.Path, path => File.OpenHandle(path));
        var stored = new MemberStream(file, content.Member.DataOffset, content.Member.CompressedSize);
        return content.Member.Deflated ? new DeflateStream(stored, CompressionMode.Decompress) : stored;
    }
}
