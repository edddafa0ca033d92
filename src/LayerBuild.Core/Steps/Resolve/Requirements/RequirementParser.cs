using System.Text.RegularExpressions;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>Reads one requirement: a specifier, a path or a URL, with extras and a marker.</summary>
internal sealed class RequirementParser(RequirementVariables variables)
{
    /// <summary>Tells specifier, path and URL apart, and makes a relative local path absolute.</summary>
    /// <param name="words">Without the options behind it.</param>
    /// <param name="folder">Full path of the folder that relative paths start from.</param>
    public RequirementLine Parse(string words, string folder)
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

        string expanded = variables.Expand(place);
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
            Requirement? requirement = Requirement.TryParse(words) ?? Requirement.TryParse(variables.Expand(words));
            return line with
            {
                Requirement = requirement,
                Url = requirement?.Url is null ? null : Bare(variables.Expand(requirement.Url)),
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

    private static Regex Url { get; } = new(@"^[A-Za-z][A-Za-z0-9+.-]+:(//|[^\\])", RegexOptions.IgnoreCase);

    private static Regex NamedFile { get; } = new(@"^([A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@\s*)(file:.*)$", RegexOptions.IgnoreCase | RegexOptions.Singleline);

    private static Regex NamedExtras { get; } = new(@"\[([^\[\]]*)\]");

    private static Regex ExtrasTail { get; } = new(@"\[[^\[\]]+\]$");

    // Of a URL the marker is set off by white space, and a path may hold a semicolon of its own.
    private static Regex MarkerTail { get; } = new(@"\s*;\s*([('""a-z][^/\\]*(?:<|>|=|\sin\s|\snot\s).*)$", RegexOptions.Singleline);
}
