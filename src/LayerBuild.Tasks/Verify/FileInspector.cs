using System.Collections.Frozen;
using System.Text;
using LayerBuild.Collect;
using LayerBuild.Stage;

namespace LayerBuild.Verify;

/// <summary>
/// Looks into the files of a layer, side by side, no further than it must: most names say that nothing is to be
/// found, and of a native file only the headers are read.
/// </summary>
internal static class FileInspector
{
    /// <summary>Extensions of text and data that no loader takes for a program or a library.</summary>
    private static readonly FrozenSet<string> Plain = FrozenSet.ToFrozenSet(
        [
            ".py", ".pyi", ".pyc", ".pyx", ".pxd", ".typed", ".json", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".map",
            ".md", ".rst", ".txt", ".html", ".htm", ".css", ".csv", ".tsv", ".xml", ".xsd", ".yaml", ".yml", ".toml",
            ".ini", ".cfg", ".c", ".h", ".cc", ".cpp", ".hpp", ".f90", ".rs", ".go", ".java", ".rb", ".png", ".gif", ".jpg",
            ".jpeg", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".gz", ".bz2", ".xz", ".zst", ".npy", ".npz", ".po",
            ".mo", ".pot", ".tmpl", ".j2", ".jinja", ".lark", ".sql", ".proto", ".graphql", ".pem", ".crt",
        ],
        StringComparer.OrdinalIgnoreCase);

    public static FileFacts[] Inspect(IReadOnlyList<LayerEntry> entries, CancellationToken cancellation)
    {
        var facts = new FileFacts[entries.Count];
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, entries.Count, options, i => facts[i] = IsWorthReading(entries[i]) ? Read(entries[i]) : FileFacts.Nothing);
        return facts;
    }

    private static bool IsWorthReading(LayerEntry entry) =>
        entry.Kind != EntryKind.SymbolicLink
        && entry.Content.Size >= 2
        && (entry.Kind == EntryKind.Executable || RunsByItself(entry.Path) || !Plain.Contains(Path.GetExtension(entry.Path.Value)));

    /// <summary>The places from which Lambda, or a PATH, starts programs.</summary>
    private static bool RunsByItself(ZipPath path) =>
        path.Value == "bootstrap" || path.IsUnder("extensions") || path.IsUnder("bin");

    private static FileFacts Read(LayerEntry entry)
    {
        using var file = new ForwardBytes(entry.Content.Open(), entry.Content.Size);
        Span<byte> head = stackalloc byte[FileFormats.HeadSize];
        head = head[..file.ReadUpTo(0, head)];
        FileFormat format = FileFormats.Detect(head);
        return format switch
        {
            FileFormat.Elf => new FileFacts(format) { Elf = ElfReader.Read(file) },
            FileFormat.Script => ReadShebang(head),
            _ => format == FileFormat.Other ? FileFacts.Nothing : new FileFacts(format),
        };
    }

    private static FileFacts ReadShebang(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? head : head[..end];
        bool carriageReturn = line.EndsWith("\r"u8);
        return new FileFacts(FileFormat.Script)
        {
            Shebang = Encoding.UTF8.GetString(line[2..]).Trim(),
            CarriageReturn = carriageReturn,
        };
    }
}
