using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// A lock file or manifest that was read, with what all readers ask of it: names, markers, hashes and paths that are valid,
/// or a fault with file and line.
/// </summary>
/// <param name="path">Full path.</param>
/// <param name="root">The repository: no path may lead out of it.</param>
internal sealed class LockText(string path, string root, DocumentTable document)
{
    /// <summary>Bytes. The largest in the wild are a tenth of this.</summary>
    private const long Largest = 128 << 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    // A lock file is asked for several targets side by side.
    private readonly ConcurrentDictionary<string, Marker> _markers = new(StringComparer.Ordinal);

    public string Path { get; } = path;

    public string FileName => System.IO.Path.GetFileName(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public DocumentTable Document { get; } = document;

    /// <exception cref="LockFaultException">It cannot be read, or is not TOML (JSON for a Pipfile.lock).</exception>
    public static LockText Read(string path, string root)
    {
        bool isJson = System.IO.Path.GetFileName(path) == LockFormat.Pipfile.FileName;
        return Read(path, isJson ? "JSON" : "TOML", text => new LockText(path, root, isJson ? JsonDocumentReader.Parse(text) : TomlDocument.Parse(Decode(text))));
    }

    /// <summary>A file that is neither TOML nor JSON, and its content.</summary>
    /// <exception cref="LockFaultException">It cannot be read, or is not UTF-8.</exception>
    public static (LockText Text, string Content) ReadPlain(string path, string root) =>
        Read(path, "text", text => (new LockText(path, root, new DocumentTable(0)), Decode(text)));

    private static T Read<T>(string path, string format, Func<ReadOnlySpan<byte>, T> parse)
    {
        string name = System.IO.Path.GetFileName(path);
        byte[] bytes;
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > Largest)
            {
                throw Unusable(LockFaultKind.Unreadable, $"{name} has {file.Length >> 20} MiB; more than {Largest >> 20} MiB is no lock file. Look at what wrote it.");
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(LockFaultKind.Unreadable, e is FileNotFoundException or DirectoryNotFoundException
                ? $"{name} does not exist. Correct its name, or create it."
                : $"{name} cannot be read: {e.Message}");
        }

        ReadOnlySpan<byte> text = bytes;
        text = text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        try
        {
            return parse(text);
        }
        catch (DocumentException e)
        {
            string words = IsConflict(text, e.Line)
                ? $"{name} holds the conflict markers of a merge. Resolve the conflict, or lock again."
                : $"{name} is not valid {format}: {e.Message}. {(LockFormat.Of(name) is null ? "Correct it." : "Restore it from version control, or lock again.")}";
            throw new LockFaultException(new LockFault(LockFaultKind.Malformed, words) { File = path, Line = e.Line, Column = e.Column });
        }

        LockFaultException Unusable(LockFaultKind kind, string message) => new(new LockFault(kind, message) { File = path });
    }

    public LockFaultException Fault(LockFaultKind kind, string message, int line = 0) =>
        new(new LockFault(kind, message) { File = Path, Line = line });

    /// <summary>For what breaks a rule of the format.</summary>
    /// <param name="what">What is wrong, without a full stop.</param>
    public LockFaultException Invalid(string what, int line) =>
        Fault(LockFaultKind.Invalid, $"{FileName} is not valid: {what}. {(LockFormat.Of(FileName) is null ? "Correct it." : "Restore it from version control, or lock again.")}", line);

    /// <summary>Runs a reader; what it finds of another kind than it should be becomes a fault.</summary>
    public T Read<T>(Func<T> reader)
    {
        try
        {
            return reader();
        }
        catch (DocumentException e)
        {
            throw Invalid(e.Message, e.Line);
        }
    }

    /// <summary>A name of a distribution, normalized.</summary>
    public string Name(string? text, int line)
    {
        if (text is null)
        {
            throw Invalid("a package has no name", line);
        }

        bool valid = text.Length > 0
            && char.IsAsciiLetterOrDigit(text[0])
            && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return valid ? DistributionName.Normalize(text) : throw Invalid($"'{text}' is not the name of a package", line);
    }

    /// <summary>A version, as it is written.</summary>
    public string? Version(string? text, int line) =>
        text is null || (text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '!' or '-' or '_'))
            ? text
            : throw Invalid($"'{text}' is not a version", line);

    /// <summary>A marker; null for none. The same text is parsed once.</summary>
    public Marker? Marker(string? text, int line)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return _markers.TryGetValue(text, out Marker? known) ? known
            : Python.Marker.TryParse(text, out Marker? parsed) ? _markers.GetOrAdd(text, parsed)
            : throw Invalid($"'{text}' is not a marker", line);
    }

    /// <summary>A requirement specifier; an editable one counts as what it names.</summary>
    public Requirement Requirement(ManifestRequirement written)
    {
        string text = written.Text.Trim();
        if (text.StartsWith("-e ", StringComparison.Ordinal))
        {
            // -e file:///${PROJECT_ROOT}/core#egg=orders-core
            int egg = text.IndexOf("#egg=", StringComparison.Ordinal);
            text = egg < 0 ? text : $"{text[(egg + 5)..].Split('&')[0]} @ {text[3..egg].Trim()}";
        }

        return Python.Requirement.TryParse(text) ?? throw Invalid($"'{written.Text}' is not a requirement", written.Line);
    }

    /// <summary><c>sha256:…</c>, lower case.</summary>
    public string? Hash(string? text, int line)
    {
        if (text is null)
        {
            return null;
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        ReadOnlySpan<char> hex = text.AsSpan(colon + 1);
        bool valid = colon > 0 && hex.Length > 0 && hex.IndexOfAnyExcept(HexDigits) < 0 && (hex.Length == 64 || !text.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase));
        return valid ? text.ToLowerInvariant() : throw Invalid($"'{text}' is not a hash", line);
    }

    /// <summary>A file at a URL, in a folder or by its name alone.</summary>
    public PackageFile FileAt(string? name, string? url, string? path, string? hash, long? size, int line)
    {
        string file = name ?? PackageFile.NameIn(url ?? path ?? "");
        if (file.Length == 0 || file is "." or ".." || file.AsSpan().IndexOfAny('/', '\\', '\0') >= 0)
        {
            throw Invalid(file.Length == 0 ? "a file has neither a name nor a place" : $"'{file}' is not the name of a file", line);
        }

        return new PackageFile(file, Hash(hash, line)) { Url = url, Path = path is null ? null : Inside(path, Folder, line), Size = size };
    }

    /// <summary>The full path of what the file names, relative to a folder.</summary>
    /// <exception cref="LockFaultException">It is not in the repository.</exception>
    public string Inside(string text, string folder, int line)
    {
        string path = text;
        if (path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            path = Uri.TryCreate(path, UriKind.Absolute, out Uri? uri) ? uri.LocalPath : throw Invalid($"'{text}' is not a URL", line);
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid("a path holds a NUL", line);
        }

        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path, folder));
        return full == root || full.StartsWith(root.TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Fault(LockFaultKind.OutsideRepository, $"{FileName} names '{text}', which is outside the repository ({root}): such a build would depend on this machine. Move it into the repository.", line);
    }

    /// <summary>
    /// The repository of a file: the nearest folder above it with a <c>.git</c>; without one, the file's own folder.
    /// </summary>
    public static string RootOf(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        for (string? above = folder; above is not null; above = System.IO.Path.GetDirectoryName(above))
        {
            if (System.IO.Path.Exists(System.IO.Path.Combine(above, ".git")))
            {
                return above;
            }
        }

        return folder;
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException e)
        {
            throw new DocumentException("it is not UTF-8", text[..Math.Clamp(e.Index, 0, text.Length)].Count((byte)'\n') + 1);
        }
    }

    private static bool IsConflict(ReadOnlySpan<byte> text, int line)
    {
        for (; line > 1; line--)
        {
            text = text[(text.IndexOf((byte)'\n') + 1)..];
        }

        return text.StartsWith("<<<<<<< "u8) || text.StartsWith("=======\n"u8) || text.StartsWith(">>>>>>> "u8);
    }
}
