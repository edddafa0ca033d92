using System.Buffers;
using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Elf;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// Looks into the files of a layer, side by side, no further than it must: most names say that nothing is to be
/// found, and of a native file only the headers are read.
/// </summary>
internal static class FileInspector
{
    /// <summary>Extensions of text and data that no loader takes for a program or a library.</summary>
    private static readonly HashSet<string> Plain = new(
        [
            ".py", ".pyi", ".pyc", ".pyx", ".pxd", ".typed", ".json", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".map",
            ".md", ".rst", ".txt", ".html", ".htm", ".css", ".csv", ".tsv", ".xml", ".xsd", ".yaml", ".yml", ".toml",
            ".ini", ".cfg", ".c", ".h", ".cc", ".cpp", ".hpp", ".f90", ".rs", ".go", ".java", ".rb", ".png", ".gif", ".jpg",
            ".jpeg", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".gz", ".bz2", ".xz", ".zst", ".npy", ".npz", ".po",
            ".mo", ".pot", ".tmpl", ".j2", ".jinja", ".lark", ".sql", ".proto", ".graphql", ".pem", ".crt",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Files of packages that may hold settings or keys; their sources are published already.</summary>
    private static readonly HashSet<string> Settings = new(
        [
            ".env", ".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".properties", ".pem", ".key", ".ppk", ".sh", ".tfvars", ".netrc",
            ".pypirc", ".npmrc", ".git-credentials", "",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <returns>For each entry, in their order.</returns>
    public static FileFacts[] Inspect(IReadOnlyList<LayerEntry> entries, CancellationToken cancellation)
    {
        var facts = new FileFacts[entries.Count];
        var wheels = new Dictionary<string, WheelFacts>(StringComparer.Ordinal);
        var others = new List<int>();
        for (int i = 0; i < facts.Length; i++)
        {
            facts[i] = FileFacts.Nothing;
            if (entries[i].Content is not WheelContent content)
            {
                others.Add(i);
            }
            else if (!content.Member.Has(WheelMemberTraits.Observed) || content.Member.Has(WheelMemberTraits.Notable))
            {
                // There is something to be remembered in few files of few wheels.
                if (!wheels.TryGetValue(content.Wheel.Path, out WheelFacts? wheel))
                {
                    wheels[content.Wheel.Path] = wheel = WheelFacts.Open(content.Wheel, cancellation);
                }

                facts[i] = wheel[content.Member];
            }
        }

        SideBySide.For(others.Count, i => facts[others[i]] = Inspect(entries[others[i]]), cancellation);
        return facts;
    }

    /// <summary>Whether a file of a wheel must be read: its name and its first bytes may say that nothing is to be found in it.</summary>
    public static bool MustRead(string path, ReadOnlySpan<byte> head, long size)
    {
        FileFormat format = FileFormats.DetectByHead(head[..Math.Min(head.Length, 8)]);
        return (format != FileFormat.Other && !IsIn(Plain, Path.GetExtension(path.AsSpan()))) || MayHoldSecrets(path, format, size);
    }

    /// <summary>What a file of a wheel says that <see cref="MustRead"/>.</summary>
    public static FileFacts Inspect(string path, Stream content, long size) =>
        Read(content, size, Path.GetFileName(path), size <= SecretScanner.LargestFile && MayHoldSecretsByName(path));

    private static bool MayHoldSecrets(string path, FileFormat format, long size) =>
        size <= SecretScanner.LargestFile && format is FileFormat.Other or FileFormat.Script && MayHoldSecretsByName(path);

    private static bool MayHoldSecretsByName(string path) =>
        IsIn(Settings, Path.GetExtension(path.AsSpan())) || SecretScanner.IsDotEnv(Path.GetFileName(path.AsSpan()));

    private static bool IsIn(HashSet<string> extensions, ReadOnlySpan<char> extension) =>
        extensions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(extension);

    private static FileFacts Inspect(LayerEntry entry)
    {
        // What the installation of a package made, RECORD and wrappers, holds nothing of anybody's.
        if (entry.Kind == EntryKind.SymbolicLink || entry.Content.Size < 2 || (entry.Owner is not null && entry.Content is GeneratedContent))
        {
            return FileFacts.Nothing;
        }

        if (entry.Path.Value.EndsWith(".jar", StringComparison.Ordinal) && entry.Content is DiskContent)
        {
            using Stream jar = entry.Content.Open();
            return new FileFacts(FileFormat.Zip) { Nested = JarInspector.Read(jar) };
        }

        string extension = Path.GetExtension(entry.Path.Value);
        bool mayBeNative = entry.Kind == EntryKind.Executable || RunsByItself(entry.Path) || !Plain.Contains(extension);
        bool mayHoldSecrets = entry.Content.Size <= SecretScanner.LargestFile
            && (entry.Owner is null ? !InspectedLayer.IsNodePackage(entry.Path) || Settings.Contains(extension) : MayHoldSecretsByName(entry.Path.Value));
        return mayBeNative || mayHoldSecrets
            ? Read(entry.Content.Open(), entry.Content.Size, entry.Path.FileName, mayHoldSecrets)
            : FileFacts.Nothing;
    }

    /// <summary>The places from which Lambda, or a PATH, starts programs.</summary>
    private static bool RunsByItself(ZipPath path) =>
        path.Value == "bootstrap" || path.IsUnder("extensions") || path.IsUnder("bin");

    private static FileFacts Read(Stream content, long size, string fileName, bool mayHoldSecrets)
    {
        using var file = new ForwardBytes(content, size);
        Span<byte> head = stackalloc byte[FileFormats.HeadSize];
        head = head[..file.ReadUpTo(0, head)];
        FileFormat format = FileFormats.Detect(head);
        FileFacts facts = format switch
        {
            FileFormat.Elf => new FileFacts(format) { Elf = ElfReader.Read(file) },
            FileFormat.Script => ReadShebang(head),
            _ => format == FileFormat.Other ? FileFacts.Nothing : new FileFacts(format),
        };
        if (!mayHoldSecrets || format is not (FileFormat.Other or FileFormat.Script) || head.Contains((byte)0))
        {
            return facts;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)size);
        try
        {
            Span<byte> all = rented.AsSpan(0, (int)size);
            IReadOnlyList<Secret> secrets = SecretScanner.Scan(all[..file.ReadUpTo(0, all)], fileName);
            return secrets.Count == 0 ? facts : facts with { Secrets = secrets };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
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
