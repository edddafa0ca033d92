using System.IO.Enumeration;

#if !LAYERBUILD_SHELL
namespace LayerBuild.Formats.Osv;
#else
namespace LayerBuild.Tasks.UpToDate;
#endif

/// <summary>
/// Which files below a folder are advisories. The engine reads them, and the shell watches them: this file is compiled into
/// both.
/// </summary>
internal static class AdvisoryFiles
{
    /// <summary>Folders below one that is named.</summary>
    private const int MaxDepth = 16;

    private const string Record = ".json";
    private const string Zip = ".zip";

    /// <summary>Whether the name is that of a single record.</summary>
    public static bool IsRecord(ReadOnlySpan<char> name) => name.EndsWith(Record, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the name is that of an export.</summary>
    public static bool IsZip(ReadOnlySpan<char> name) => name.EndsWith(Zip, StringComparison.OrdinalIgnoreCase);

    /// <summary>Full paths of the exports and records in a folder, at any depth, in ordinal order.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static string[] Below(string folder)
    {
        // Links to folders are not followed: they may go round in circles.
        var files = new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && (IsRecord(entry.FileName) || IsZip(entry.FileName)),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        string[] sorted = [.. files];
        Array.Sort(sorted, StringComparer.Ordinal);
        return sorted;
    }
}
