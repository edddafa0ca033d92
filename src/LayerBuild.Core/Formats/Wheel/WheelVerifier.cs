using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ICSharpCode.SharpZipLib.Checksum;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// Reads a wheel as the binary distribution format asks: one dist-info that fits the file's name, a known Wheel-Version,
/// a RECORD that lists every file with its true hash and size, no file outside. All else is LB2006.
/// </summary>
internal sealed class WheelVerifier
{
    /// <summary>Most bytes that are allocated on the word of a header.</summary>
    private const long MaxPromised = 32 << 20;

    private readonly ResolvedWheel _wheel;
    private readonly SafeFileHandle _file;
    private readonly IWheelObserver? _observer;
    private readonly CancellationToken _cancellation;
    private readonly List<string> _oddities = [];

    private WheelVerifier(ResolvedWheel wheel, SafeFileHandle file, IWheelObserver? observer, CancellationToken cancellation)
    {
        _wheel = wheel;
        _file = file;
        _observer = observer;
        _cancellation = cancellation;
    }

    /// <param name="observer">Sees the content of files; null for none.</param>
    public static WheelIndex Verify(ResolvedWheel wheel, CancellationToken cancellation, IWheelObserver? observer = null)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(wheel.Path);
            return new WheelVerifier(wheel, file, observer, cancellation).Verify();
        }
        catch (InvalidDataException e)
        {
            Diagnostic error = Diagnostic.Error(
                "LB2006",
                $"The wheel {wheel.FileName} is not valid: {e.Message}. Nothing of it was installed. Use another version of {wheel.Name}, or tell its authors.");
            throw new DiagnosticException(error with { File = wheel.Path });
        }
    }

    /// <summary>A member that is a file, where it belongs, and what its row in RECORD asks of it.</summary>
    private sealed record Candidate(ZipMemberHeader Header, string Path, WheelPlace? Place, string Destination, RecordRow? Row);

    private WheelIndex Verify()
    {
        List<ZipMemberHeader> headers = ZipDirectory.Read(_file);
        Dictionary<string, ZipMemberHeader> files = Name(headers);
        (string distInfo, string dataStem) = FindDistInfo(files.Keys);
        CheckWheelFile(ReadText(files, $"{distInfo}/WHEEL"));
        string metadata = ReadText(files, $"{distInfo}/METADATA");
        string entryPoints = files.ContainsKey($"{distInfo}/entry_points.txt") ? ReadText(files, $"{distInfo}/entry_points.txt") : "";
        Dictionary<string, RecordRow> record = ReadRecord(files, distInfo);

        var candidates = new List<Candidate>(files.Count);
        var destinations = new Dictionary<(WheelPlace, string), string>(files.Count);
        foreach ((string path, ZipMemberHeader header) in files)
        {
            record.Remove(path, out RecordRow? row);
            bool exempt = path == $"{distInfo}/RECORD" || path == $"{distInfo}/RECORD.jws" || path == $"{distInfo}/RECORD.p7s";
            if (!exempt && row?.Algorithm is null)
            {
                throw new InvalidDataException(row is null ? $"its RECORD does not list '{path}'" : $"its RECORD has no hash for '{path}'");
            }

            (WheelPlace? place, string destination) = PlaceOf(path, dataStem);
            if (place is { } known && !IsLeftOut(path, destination, distInfo))
            {
                if (!destinations.TryAdd((known, destination), path))
                {
                    throw new InvalidDataException($"'{path}' and '{destinations[(known, destination)]}' would be one file");
                }
            }
            else
            {
                place = null;
            }

            candidates.Add(new Candidate(header, path, place, destination, exempt ? null : row));
        }

        if (record.Count > 0)
        {
            throw new InvalidDataException($"its RECORD lists '{record.Keys.Order(StringComparer.Ordinal).First()}', which it does not contain");
        }

        (string name, string version) = NameAndVersion(metadata);
        return new WheelIndex
        {
            DistInfo = distInfo,
            Name = name,
            Version = version,
            Metadata = metadata,
            EntryPoints = entryPoints,
            Members = ReadMembers(candidates),
            Oddities = _oddities,
        };
    }

    /// <summary>The files by their path, without folders.</summary>
    private Dictionary<string, ZipMemberHeader> Name(List<ZipMemberHeader> headers)
    {
        var files = new Dictionary<string, ZipMemberHeader>(headers.Count, StringComparer.Ordinal);
        foreach (ZipMemberHeader header in headers)
        {
            bool valid = ZipPath.TryParse(header.IsDirectory ? header.Name[..^1] : header.Name, out ZipPath path);
            if (!valid)
            {
                throw new InvalidDataException($"'{Printable(header.Name)}' would leave the folder it is installed to");
            }

            if (header.IsDirectory)
            {
                if (header.Size != 0)
                {
                    throw new InvalidDataException($"the folder '{header.Name}' has content");
                }

                continue;
            }

            if (!files.TryAdd(path.Value, header))
            {
                throw new InvalidDataException($"it has '{path}' twice");
            }

            if (header.IsSymbolicLink)
            {
                _oddities.Add($"'{path}' is a symbolic link, which wheels cannot have; it becomes a small text file, as with pip.");
            }
        }

        return files;
    }

    private (string DistInfo, string DataStem) FindDistInfo(IEnumerable<string> paths)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            int slash = path.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && path.AsSpan(0, slash).EndsWith(".dist-info", StringComparison.OrdinalIgnoreCase))
            {
                folders.Add(path[..slash]);
            }
        }

        if (folders.Count != 1)
        {
            throw new InvalidDataException(folders.Count == 0 ? "it has no .dist-info folder" : $"it has several .dist-info folders: {string.Join(", ", folders)}");
        }

        string folder = folders.Min!;
        string stem = folder[..^".dist-info".Length];
        int dash = stem.IndexOf('-', StringComparison.Ordinal);
        string[] parts = _wheel.FileName.Split('-');
        if (dash < 0
            || parts.Length is not (5 or 6)
            || DistributionName.Normalize(stem[..dash]) != DistributionName.Normalize(parts[0])
            || NormalizeVersion(stem[(dash + 1)..]) != NormalizeVersion(parts[1]))
        {
            throw new InvalidDataException($"its folder {folder} is not for the package and version of its file name");
        }

        return (folder, DistributionName.Normalize(stem));
    }

    private void CheckWheelFile(string text)
    {
        string? value = MetadataFields.Read(text).Line("Wheel-Version");
        string[] parts = value?.Split('.') ?? [];
        if (parts.Length < 2 || !int.TryParse(parts[0], out int major) || !int.TryParse(parts[1], out int minor))
        {
            throw new InvalidDataException("its WHEEL file has no Wheel-Version");
        }

        if (major > 1)
        {
            throw new InvalidDataException($"its Wheel-Version is {value}, but only 1.x is known");
        }

        if (major == 1 && minor > 0)
        {
            _oddities.Add($"its Wheel-Version is {value}, newer than 1.0; it is installed by the rules of 1.0.");
        }
    }

    private (string Name, string Version) NameAndVersion(string metadata)
    {
        var fields = MetadataFields.Read(metadata);
        string name = fields.Line("Name") ?? throw new InvalidDataException("its METADATA has no Name");
        string version = fields.Line("Version") ?? throw new InvalidDataException("its METADATA has no Version");
        if (DistributionName.Normalize(name) != DistributionName.Normalize(_wheel.FileName.Split('-')[0]))
        {
            throw new InvalidDataException($"its METADATA is for {name}, not for the package of its file name");
        }

        return (name, version);
    }

    private Dictionary<string, RecordRow> ReadRecord(Dictionary<string, ZipMemberHeader> files, string distInfo)
    {
        var rows = new Dictionary<string, RecordRow>(StringComparer.Ordinal);
        foreach (RecordRow row in WheelRecord.Parse(ReadText(files, $"{distInfo}/RECORD")))
        {
            string path = ZipPath.TryParse(row.Path, out ZipPath parsed)
                ? parsed.Value
                : throw new InvalidDataException($"its RECORD lists '{Printable(row.Path)}', a path outside");
            if (!rows.TryAdd(path, row) && !(rows[path].Hash.AsSpan().SequenceEqual(row.Hash) && rows[path].Size == row.Size))
            {
                throw new InvalidDataException($"its RECORD lists '{path}' twice, with different hashes");
            }
        }

        return rows;
    }

    /// <summary>Where a file belongs; no place for what a layer does not take.</summary>
    private static (WheelPlace? Place, string Destination) PlaceOf(string path, string dataStem)
    {
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !path.AsSpan(0, slash).EndsWith(".data", StringComparison.OrdinalIgnoreCase)
            || DistributionName.Normalize(path[..(slash - ".data".Length)]) != dataStem)
        {
            return (WheelPlace.Root, path);
        }

        int second = path.IndexOf('/', slash + 1);
        string key = second < 0 ? path[(slash + 1)..] : path[(slash + 1)..second];
        WheelPlace? place = (second < 0 ? "" : key) switch
        {
            "purelib" or "platlib" => WheelPlace.Root,
            "scripts" => WheelPlace.Scripts,
            "data" => WheelPlace.Data,
            "headers" => null,
            _ => throw new InvalidDataException($"'{path}' is for '{key}', which is not one of purelib, platlib, scripts, headers and data"),
        };
        return (place, path[(second + 1)..]);
    }

    private static bool IsLeftOut(string path, string destination, string distInfo)
    {
        if (path.StartsWith(distInfo + "/", StringComparison.Ordinal))
        {
            return path[(distInfo.Length + 1)..] is "RECORD" or "RECORD.jws" or "RECORD.p7s" or "INSTALLER" or "REQUESTED" or "direct_url.json";
        }

        // Compiled for whatever Python made the wheel, and with stamps that no longer fit: dead weight.
        return destination.EndsWith(".pyc", StringComparison.Ordinal)
            && (destination.StartsWith("__pycache__/", StringComparison.Ordinal) || destination.Contains("/__pycache__/", StringComparison.Ordinal));
    }

    private List<WheelMember> ReadMembers(List<Candidate> candidates)
    {
        var members = new WheelMember?[candidates.Count];
        SideBySide.For(candidates.Count, i => members[i] = ReadMember(candidates[i]), _cancellation);
        List<WheelMember> kept = [.. members.OfType<WheelMember>()];
        kept.Sort((a, b) => a.Place != b.Place ? a.Place.CompareTo(b.Place) : string.CompareOrdinal(a.Path, b.Path));
        return kept;
    }

    /// <summary>Inflates a member to check its CRC, sizes and hash.</summary>
    private WheelMember? ReadMember(Candidate candidate)
    {
        ZipMemberHeader header = candidate.Header;
        var crc = new Crc32();
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        HashAlgorithmName algorithm = candidate.Row?.Algorithm ?? HashAlgorithmName.SHA256;
        using IncrementalHash? other = algorithm == HashAlgorithmName.SHA256 ? null : IncrementalHash.CreateHash(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        byte[] head = [];
        WheelMemberTraits namespaceInit = WheelMemberTraits.None;
        long size = 0;
        bool observed = false;
        bool notable = false;
        MemoryStream? parts = null;
        try
        {
            using var stored = new MemberStream(_file, header.DataOffset, header.CompressedSize);
            using Stream inflated = header.Method == 0 ? stored : new DeflateStream(stored, CompressionMode.Decompress, leaveOpen: true);
            while (true)
            {
                int read = Fill(inflated, buffer, candidate.Path);
                if (size == 0)
                {
                    head = buffer.AsSpan(0, Math.Min(read, 16)).ToArray();
                    namespaceInit = candidate.Destination.EndsWith("/__init__.py", StringComparison.Ordinal)
                        ? NamespaceInit.TraitsOf(buffer.AsSpan(0, read))
                        : WheelMemberTraits.None;
                    observed = candidate.Place is { } at && _observer?.ShouldObserve(at, candidate.Destination, buffer.AsSpan(0, read), header.Size) == true;
                }

                size += read;
                if (size > header.Size)
                {
                    break;
                }

                if (observed && header.Size > buffer.Length)
                {
                    parts ??= new MemoryStream((int)Math.Min(header.Size, MaxPromised));
                    parts.Write(buffer, 0, read);
                }

                crc.Update(new ArraySegment<byte>(buffer, 0, read));
                sha256.AppendData(buffer, 0, read);
                other?.AppendData(buffer, 0, read);
                if (read < buffer.Length)
                {
                    break;
                }

                _cancellation.ThrowIfCancellationRequested();
            }

            // Some writers call an empty file deflated and leave out even the empty block.
            bool nothing = header is { Size: 0, CompressedSize: 0 };
            if (size != header.Size || (header.Method != 0 && !stored.IsExact && !nothing))
            {
                throw new InvalidDataException($"'{candidate.Path}' does not inflate to the size that its header says");
            }

            if (observed)
            {
                ArraySegment<byte> content = parts is null ? new ArraySegment<byte>(buffer, 0, (int)size) : new ArraySegment<byte>(parts.GetBuffer(), 0, (int)size);
                notable = _observer!.Observe(candidate.Place!.Value, candidate.Destination, content);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if ((uint)crc.Value != header.Crc32)
        {
            throw new InvalidDataException($"the CRC-32 of '{candidate.Path}' is wrong");
        }

        byte[] hash = sha256.GetHashAndReset();
        if (candidate.Row is { } row
            && ((row.Size is { } listed && listed != size) || !row.Hash.AsSpan().SequenceEqual(other?.GetHashAndReset() ?? hash)))
        {
            throw new InvalidDataException($"'{candidate.Path}' is not the file that its RECORD lists: hash or size differ");
        }

        if (candidate.Place is not { } place)
        {
            return null;
        }

        WheelMemberTraits traits = (header.IsExecutable ? WheelMemberTraits.Executable : 0)
            | (place == WheelPlace.Scripts && head.AsSpan().StartsWith("#!python"u8) ? WheelMemberTraits.PythonScript : 0)
            | (_observer is not null ? WheelMemberTraits.Observed : 0)
            | (notable ? WheelMemberTraits.Notable : 0)
            | namespaceInit;
        return new WheelMember(
            place, candidate.Destination, traits, header.Method != 0, header.Crc32, header.Size, header.CompressedSize,
            header.DataOffset, hash, head.AsMemory(0, Math.Min(head.Length, 8)));
    }

    private static int Fill(Stream inflated, Span<byte> buffer, string path)
    {
        try
        {
            return inflated.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is not valid deflate data");
        }
    }

    /// <summary>A small text file of the dist-info folder.</summary>
    private string ReadText(Dictionary<string, ZipMemberHeader> files, string path)
    {
        const int Most = 64 << 20;
        if (!files.TryGetValue(path, out ZipMemberHeader header))
        {
            throw new InvalidDataException($"it has no {path}");
        }

        if (header.Size > Most)
        {
            throw new InvalidDataException($"'{path}' is larger than any such file should be");
        }

        byte[] bytes = new byte[header.Size];
        using var stored = new MemberStream(_file, header.DataOffset, header.CompressedSize);
        using Stream inflated = header.Method == 0 ? stored : new DeflateStream(stored, CompressionMode.Decompress, leaveOpen: true);
        if (Fill(inflated, bytes, path) < bytes.Length)
        {
            throw new InvalidDataException($"'{path}' does not inflate to the size that its header says");
        }

        return Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }

    private static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Enough of PEP 440 to see that two spellings are one version: case, local separators, trailing zeros.</summary>
    private static string NormalizeVersion(string version)
    {
        string text = version.ToLowerInvariant().TrimStart('v').Replace('_', '.').Replace('+', '.').Replace('-', '.');
        while (text.EndsWith(".0", StringComparison.Ordinal))
        {
            text = text[..^2];
        }

        return text;
    }
}
