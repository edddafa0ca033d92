using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Formats.Locks;

/// <summary>A file that a lock entry allows.</summary>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="FileName">Its name, which tells whom it serves; null in a lock file that does not say.</param>
internal sealed record LockedFile(string Sha256, string? FileName);

/// <summary>A package of a lock file, pinned by hash.</summary>
/// <param name="Name">Normalized.</param>
/// <param name="Version">Null when <paramref name="Place"/> alone tells.</param>
/// <param name="Place">URL, or path relative to the lock file, of what is not taken from an index.</param>
/// <param name="Marker">For which targets; null for all.</param>
internal sealed record LockEntry(string Name, string? Version, string? Place, string? Marker, IReadOnlyList<LockedFile> Files)
{
    /// <summary>Line in the lock file, from 1; 0 in one that is not written yet.</summary>
    public int Number { get; init; }

    /// <summary>The line that pip reads, without marker and hashes.</summary>
    public string Specifier => Place is null ? $"{Name}=={Version}"
        : Place.Contains("://", StringComparison.Ordinal) ? $"{Name} @ {Place}"
        : Place;

    /// <summary>Whether it is to be installed on a target.</summary>
    public bool AppliesTo(PythonTarget target) => Formats.Python.Marker.Holds(Marker, target);
}

/// <summary>
/// The lock file of a layer: every package for every target, as a requirements file that pip itself takes with
/// <c>--require-hashes</c>. Comments hold what only LayerBuild needs: a digest of the requirements it was made from, its
/// targets, and the names of the files behind the hashes. A lock file from elsewhere, without them, is understood too.
/// </summary>
/// <param name="RequirementsDigest">Null in a lock file from elsewhere.</param>
/// <param name="Targets">Ids of <see cref="PythonTarget"/>; empty in a lock file from elsewhere.</param>
/// <param name="Entries">In the file's order.</param>
internal sealed record LockFile(string? RequirementsDigest, IReadOnlyList<string> Targets, IReadOnlyList<LockEntry> Entries)
{
    private const string RequirementsHeader = "# requirements: sha256:";

    private const string TargetsHeader = "# targets: ";

    private const string ContentHeader = "# content: sha256:";

    /// <summary>As it was written, no package added, changed or taken out by hand or by a merge.</summary>
    public bool Untouched { get; private init; }

    /// <exception cref="FormatException">A line is not a pinned package with hashes; the message names it.</exception>
    public static LockFile Parse(string text)
    {
        string? digest = null;
        string? content = null;
        string[] targets = [];
        var entries = new List<LockEntry>();
        var names = new List<string>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim('\uFEFF', ' ', '\t');
            if (line.StartsWith('#'))
            {
                if (line.StartsWith(RequirementsHeader, StringComparison.Ordinal))
                {
                    digest = line[RequirementsHeader.Length..].Trim();
                }
                else if (line.StartsWith(TargetsHeader, StringComparison.Ordinal))
                {
                    targets = line[TargetsHeader.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                }
                else if (line.StartsWith(ContentHeader, StringComparison.Ordinal))
                {
                    content = line[ContentHeader.Length..].Trim();
                }
                else if (FileComment.Match(line) is { Success: true } file)
                {
                    names.Add(file.Groups[1].Value);
                }

                continue;
            }

            if (line.Length == 0)
            {
                names.Clear();
                continue;
            }

            int first = i;
            var logical = new StringBuilder();
            while (line.EndsWith('\\') && i + 1 < lines.Length)
            {
                logical.Append(line.TrimEnd('\\')).Append(' ');
                line = lines[++i].Trim();
            }

            logical.Append(Comment.Replace(line, ""));
            string words = logical.ToString().Trim();
            // Options of other tools' lock files (an index, for one) are for pip; they are in the requirements too.
            if (!words.StartsWith('-') && words.Length > 0)
            {
                entries.Add(ParseEntry(words, names, first + 1) with { Number = first + 1 });
            }

            names.Clear();
        }

        var read = new LockFile(digest, targets, entries);
        return read with { Untouched = content is not null && content == Digest(read.Body()) };
    }

    /// <summary>The file's text: line feeds, sorted, the same for the same packages.</summary>
    /// <param name="name">Of the file, for the comment that says how to use it.</param>
    public string ToText(string name)
    {
        string body = Body();
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Written by LayerBuild; commit it. dotnet build -t:LockLambdaLayers resolves again.
            # pip reads it too: pip install --require-hashes -r {name}
            {RequirementsHeader}{RequirementsDigest}
            {TargetsHeader}{string.Join(' ', Targets)}
            {ContentHeader}{Digest(body)}

            """).ReplaceLineEndings("\n") + body;
    }

    private string Body()
    {
        var text = new StringBuilder();
        foreach (LockEntry entry in Entries
            .OrderBy(e => e.Name, StringComparer.Ordinal)
            .ThenBy(e => e.Version, StringComparer.Ordinal)
            .ThenBy(e => e.Place, StringComparer.Ordinal)
            .ThenBy(e => e.Marker, StringComparer.Ordinal))
        {
            text.Append('\n');
            LockedFile[] files = [.. entry.Files.OrderBy(f => f.FileName, StringComparer.Ordinal).ThenBy(f => f.Sha256, StringComparer.Ordinal)];
            foreach (LockedFile file in files)
            {
                text.Append(CultureInfo.InvariantCulture, $"# {file.FileName}\n");
            }

            text.Append(entry.Specifier);
            if (entry.Marker is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $" ; {entry.Marker}");
            }

            foreach (LockedFile file in files)
            {
                text.Append(CultureInfo.InvariantCulture, $" \\\n    --hash=sha256:{file.Sha256}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Digest(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private static LockEntry ParseEntry(string words, List<string> names, int number)
    {
        string[] hashes = [.. Hash.Matches(words).Select(m => m.Groups[1].Value.ToLowerInvariant()).Distinct()];
        int options = words.IndexOf(" -", StringComparison.Ordinal);
        string specifier = (options < 0 ? words : words[..options]).Trim();
        if (hashes.Length == 0)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {number}, '{specifier}', has no --hash=sha256:"));
        }

        // Names that do not go with the hashes one by one (the file was edited) say nothing.
        LockedFile[] files = [.. hashes.Select((hash, index) => new LockedFile(hash, names.Count == hashes.Length ? names[index] : null))];
        if (Requirement.TryParse(specifier) is { } requirement)
        {
            if (requirement.Url is not null)
            {
                return new LockEntry(requirement.Name, null, requirement.Url, requirement.Marker, files);
            }

            if (requirement.Specifiers is [{ } pin] && pin.StartsWith("==", StringComparison.Ordinal) && !pin.EndsWith(".*", StringComparison.Ordinal))
            {
                return new LockEntry(requirement.Name, pin.TrimStart('='), null, requirement.Marker, files);
            }
        }

        Match path = Path.Match(specifier);
        if (path.Success && ArchiveName(path.Groups[1].Value) is { } name)
        {
            return new LockEntry(name, null, path.Groups[1].Value, path.Groups[2].Success ? path.Groups[2].Value : null, files);
        }

        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {number}, '{specifier}', does not pin a version with =="));
    }

    /// <summary>Normalized distribution name of a wheel's or source archive's file name.</summary>
    private static string? ArchiveName(string place)
    {
        string file = place[(place.LastIndexOf('/') + 1)..];
        if (WheelFileName.TryParse(file, out WheelFileName? wheel))
        {
            return wheel.Name;
        }

        Match source = SourceName.Match(file);
        return source.Success ? DistributionName.Normalize(source.Groups[1].Value) : null;
    }

    private static Regex FileComment { get; } = new(@"^# ([^\s/\\]+\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz))$");

    private static Regex Comment { get; } = new(@"(^|\s+)#.*$");

    private static Regex Hash { get; } = new(@"--hash[=\s]\s*sha256:([0-9a-fA-F]{64})\b");

    private static Regex Path { get; } = new(@"^(\.?\.?/?[^;]*\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz))\s*(?:;\s*(.+))?$");

    private static Regex SourceName { get; } = new(@"^([A-Za-z0-9][A-Za-z0-9._-]*?)-\d[^/]*$");
}
