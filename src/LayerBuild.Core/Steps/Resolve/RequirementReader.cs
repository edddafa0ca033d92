using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>
/// Reads what a layer requires into one flat list: nested files and constraints, continued lines, comments, paths
/// relative to the file that names them (pip takes those relative to its current directory). pip reads the result; what
/// cannot be understood here is left to it.
/// </summary>
internal sealed class RequirementReader
{
    private readonly List<RequirementLine> _lines = [];
    private readonly Func<string, string?> _variable;

    private RequirementReader(Func<string, string?> variable) => _variable = variable;

    /// <param name="variable">Environment variables, for <c>${NAME}</c> in paths.</param>
    /// <exception cref="DiagnosticException">LB2008 for an editable requirement, LB2012 for a file that is not there.</exception>
    public static IReadOnlyList<RequirementLine> Read(LayerDeclaration layer, Func<string, string?> variable)
    {
        var reader = new RequirementReader(variable);
        foreach (string file in layer.RequirementFiles)
        {
            reader.AddFile(file, constraint: false, namedBy: null, []);
        }

        foreach (string text in Rejoin(layer.Packages))
        {
            reader.AddLine(text, layer.ProjectDirectory, null, 0, constraint: false, []);
        }

        return reader._lines;
    }

    /// <summary>MSBuild splits at semicolons: puts a marker back behind its requirement.</summary>
    private static IEnumerable<string> Rejoin(IEnumerable<string> packages)
    {
        string? open = null;
        foreach (string part in packages.Select(p => p.Trim()).Where(p => p.Length > 0))
        {
            if (open is not null && MarkerStart.IsMatch(part))
            {
                open += "; " + part;
                continue;
            }

            if (open is not null)
            {
                yield return open;
            }

            open = part;
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private void AddFile(string path, bool constraint, RequirementLine? namedBy, IReadOnlyList<string> chain)
    {
        if (chain.Contains(path, StringComparer.Ordinal))
        {
            return;
        }

        string content;
        try
        {
            content = Decode(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string kind = constraint ? "constraints" : "requirement";
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be read: {e.Message}";
            string what = namedBy is null ? $"The {kind} file '{path}' {reason}" : $"'{namedBy.Original}' names '{path}', which {reason}";
            throw new DiagnosticException(Diagnostic.Error("LB2012", $"{what}. Correct its name, or create it.") with
            {
                File = namedBy?.File,
                Line = namedBy?.Line ?? 0,
            });
        }

        string folder = Path.GetDirectoryName(path)!;
        foreach ((string text, int line) in LogicalLines(content))
        {
            AddLine(text, folder, path, line, constraint, [.. chain, path]);
        }
    }

    private void AddLine(string text, string folder, string? file, int line, bool constraint, IReadOnlyList<string> chain)
    {
        if (text.StartsWith('-'))
        {
            AddOption(text, folder, file, line, chain);
            return;
        }

        // As pip does: options begin at the first word that starts with a hyphen.
        Match options = Options.Match(text);
        string words = (options.Success ? text[..options.Index] : text).Trim();
        string tail = options.Success ? text[options.Index..].Trim() : "";
        RequirementLine read = ReadWords(words, folder);
        if (read.LocalPath is not null && !Path.Exists(read.LocalPath))
        {
            throw new DiagnosticException(Diagnostic.Error("LB2012", $"'{text}' names '{read.LocalPath}', which does not exist. Paths are relative to the file that names them.") with
            {
                File = file,
                Line = line,
            });
        }

        _lines.Add(read with
        {
            Kind = constraint ? RequirementKind.Constraint : RequirementKind.Requirement,
            Text = tail.Length > 0 ? $"{read.Text} {tail}" : read.Text,
            Original = text,
            File = file,
            Line = line,
            Hashes = [.. Hash.Matches(tail).Select(m => m.Groups[1].Value.ToLowerInvariant())],
        });
    }

    private void AddOption(string text, string folder, string? file, int line, IReadOnlyList<string> chain)
    {
        IReadOnlyList<string> words = CommandLine.Split(text);
        (string name, string? value) = SplitOption(words);
        var written = new RequirementLine(RequirementKind.Option, text, text, file, line);
        switch (name)
        {
            case "-r" or "--requirement" or "-c" or "--constraint" when value is not null:
                string expanded = Expand(value);
                if (RemoteFile.IsMatch(expanded))
                {
                    _lines.Add(written);
                    return;
                }

                string target = expanded.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(expanded, UriKind.Absolute, out Uri? uri)
                    ? uri.LocalPath
                    : Path.GetFullPath(expanded, folder);
                AddFile(target, constraint: name is "-c" or "--constraint", written, chain);
                return;

            case "-e" or "--editable":
                throw new DiagnosticException(Diagnostic.Error(
                    "LB2008",
                    $"'{text}' is an editable requirement: it would leave a link to this machine in the layer. Name the project without -e ('{value}'); it is then built into a wheel.") with
                {
                    File = file,
                    Line = line,
                });

            case "-f" or "--find-links" when value is not null && Path.Exists(Path.Combine(folder, Expand(value))):
                _lines.Add(written with { Text = "--find-links " + Quote(Path.GetFullPath(Path.Combine(folder, Expand(value)))) });
                return;

            default:
                _lines.Add(written);
                return;
        }
    }

    private static (string Name, string? Value) SplitOption(IReadOnlyList<string> words)
    {
        string first = words[0];
        if (first.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = first.IndexOf('=');
            return equals > 0 ? (first[..equals], first[(equals + 1)..]) : (first, words.Count > 1 ? words[1] : null);
        }

        return first.Length > 2 ? (first[..2], first[2..]) : (first, words.Count > 1 ? words[1] : null);
    }

    /// <summary>Tells specifier, path and URL apart, and makes a relative local path absolute.</summary>
    private RequirementLine ReadWords(string words, string folder)
    {
        var line = new RequirementLine(RequirementKind.Requirement, words, words, null, 0);
        Match marker = MarkerTail.Match(words);
        string place = (marker.Success ? words[..marker.Index] : words).Trim();
        string? condition = marker.Success ? Marker.Normalize(marker.Groups[1].Value) : null;
        string prefix = "";

        Match named = NamedFile.Match(place);
        if (named.Success)
        {
            prefix = named.Groups[1].Value;
            place = named.Groups[2].Value;
        }

        string expanded = Expand(place);
        string? path = null;
        string extras = "";
        if (expanded.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            string rest = expanded["file:".Length..];
            int fragment = rest.IndexOf('#', StringComparison.Ordinal);
            extras = fragment < 0 ? "" : rest[fragment..];
            rest = fragment < 0 ? rest : rest[..fragment];
            path = rest.StartsWith("//", StringComparison.Ordinal)
                ? Uri.TryCreate("file:" + rest, UriKind.Absolute, out Uri? uri) ? uri.LocalPath : null
                : Path.GetFullPath(Uri.UnescapeDataString(rest), folder);
        }
        else if (Url.IsMatch(expanded))
        {
            return line with { Url = Bare(expanded), Marker = condition };
        }
        else
        {
            Match bracket = ExtrasTail.Match(expanded);
            string bare = bracket.Success ? expanded[..bracket.Index] : expanded;
            string full = Path.GetFullPath(bare, folder);
            bool looksLikePath = bare.StartsWith('.') || bare.Contains('/', StringComparison.Ordinal) || (OperatingSystem.IsWindows() && bare.Contains('\\', StringComparison.Ordinal));
            if ((looksLikePath && (!bare.Contains('@', StringComparison.Ordinal) || Path.Exists(full))) || (DistributionArchive.IsOne(bare) && File.Exists(full)))
            {
                path = full;
                extras = bracket.Value;
            }
        }

        if (path is null)
        {
            Requirement? requirement = Requirement.TryParse(words);
            return line with
            {
                Requirement = requirement,
                Url = requirement?.Url is null ? null : Bare(Expand(requirement.Url)),
                Marker = requirement is null ? condition : requirement.Marker,
                Extras = requirement?.Extras ?? [],
            };
        }

        // pip cannot take extras behind a URL: the driver reads them from the fragment.
        path = Path.TrimEndingDirectorySeparator(path);
        string[] names = [.. NamedExtras.Match(prefix + extras).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(DistributionName.Normalize)];
        string text = RequirementLine.FileUrl(path) + (extras.StartsWith('[') ? "#layerbuild-extras=" + string.Join(',', names) : extras);
        return line with
        {
            Text = prefix + text + (condition is null ? "" : $" ; {condition}"),
            LocalPath = path,
            Marker = condition,
            Extras = names,
        };
    }

    /// <summary>A URL without credentials and fragment.</summary>
    private static string Bare(string url)
    {
        int fragment = url.IndexOf('#', StringComparison.Ordinal);
        return Redaction.OfUrls(fragment < 0 ? url : url[..fragment]);
    }

    private string Expand(string text) => Variable.Replace(text, m => _variable(m.Groups[1].Value) is { Length: > 0 } value ? value : m.Value);

    private static string Quote(string word) => word.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"' or '\\')
        ? "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
        : word;

    private static string Decode(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <summary>Joins continued lines and drops comments, in pip's way; a line is numbered by its first physical one.</summary>
    private static IEnumerable<(string Text, int Line)> LogicalLines(string content)
    {
        string[] physical = content.ReplaceLineEndings("\n").Split('\n');
        var joined = new StringBuilder();
        int first = 0;
        for (int i = 0; i < physical.Length; i++)
        {
            string line = physical[i];
            bool comment = Comment.IsMatch(line);
            if (first == 0)
            {
                first = i + 1;
            }

            if (line.EndsWith('\\') && !comment)
            {
                joined.Append(line.Trim('\\'));
                if (i + 1 < physical.Length)
                {
                    continue;
                }
            }
            else
            {
                joined.Append(comment ? " " + line : line);
            }

            string text = Comment.Replace(joined.ToString(), "").Trim();
            if (text.Length > 0)
            {
                yield return (text, first);
            }

            joined.Clear();
            first = 0;
        }
    }

    private static Regex Comment { get; } = new(@"(^|\s+)#.*$");

    private static Regex Variable { get; } = new(@"\$\{([A-Z0-9_]+)\}");

    private static Regex Options { get; } = new(@"\s-\S.*$", RegexOptions.Singleline);

    private static Regex Hash { get; } = new(@"--hash[=\s]\s*['""]?([A-Za-z0-9]+:[0-9a-fA-F]+)");

    private static Regex RemoteFile { get; } = new(@"^https?:", RegexOptions.IgnoreCase);

    private static Regex Url { get; } = new(@"^[A-Za-z][A-Za-z0-9+.-]+:(//|[^\\])", RegexOptions.IgnoreCase);

    private static Regex NamedFile { get; } = new(@"^([A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@\s*)(file:.*)$", RegexOptions.IgnoreCase | RegexOptions.Singleline);

    private static Regex NamedExtras { get; } = new(@"\[([^\[\]]*)\]");

    private static Regex ExtrasTail { get; } = new(@"\[[^\[\]]+\]$");

    // Of a URL the marker is set off by white space, and a path may hold a semicolon of its own.
    private static Regex MarkerTail { get; } = new(@"\s*;\s*([('""a-z][^/\\]*(?:<|>|=|\sin\s|\snot\s).*)$", RegexOptions.Singleline);

    private static Regex MarkerStart { get; } = new(@"^\(*\s*(python_version|python_full_version|os_name|sys_platform|platform_\w+|implementation_name|implementation_version|extra)\s*(<|>|=|!|~|in\b|not\b)[=\s]*.*['""]");
}
