using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>
/// A requirement specifier (dependency specifiers specification), taken apart as far as it must be compared and named.
/// </summary>
/// <param name="Name">Normalized.</param>
/// <param name="Extras">Normalized and sorted.</param>
/// <param name="Specifiers">Version clauses without white space, sorted; empty with a <paramref name="Url"/>.</param>
/// <param name="Url">Of a direct reference (<c>name @ url</c>).</param>
/// <param name="Marker">Text of the marker.</param>
internal sealed record Requirement(string Name, IReadOnlyList<string> Extras, IReadOnlyList<string> Specifiers, string? Url, string? Marker)
{
    /// <summary>One spelling for all that mean the same.</summary>
    public string Normalized =>
        Name
        + (Extras.Count > 0 ? $"[{string.Join(',', Extras)}]" : "")
        + (Url is not null ? $" @ {Url}" : string.Join(',', Specifiers))
        + (Marker is not null ? $" ; {Marker}" : "");

    /// <summary>Whether a version meets every clause; one that is no version meets all.</summary>
    public bool Allows(string version) =>
        !DistributionVersion.TryParse(version, out DistributionVersion? parsed) || Specifiers.All(clause => parsed.Meets(clause) ?? true);

    /// <summary>The requirement, or null when the text is something else: a path, a URL, a mistake.</summary>
    public static Requirement? TryParse(string text)
    {
        Match match = Form.Match(text.Trim());
        if (!match.Success)
        {
            return null;
        }

        string rest = match.Groups["rest"].Value.Trim();
        string? url = null;
        string? marker = null;
        string[] specifiers = [];
        if (rest.StartsWith('@'))
        {
            // A URL may hold semicolons: the marker's is set off by white space.
            string[] parts = MarkerOfUrl.Split(rest[1..].Trim(), 2);
            url = parts[0].Trim();
            marker = parts.Length > 1 ? parts[1] : null;
            if (url.Length == 0 || url.Any(char.IsWhiteSpace))
            {
                return null;
            }
        }
        else
        {
            int semicolon = rest.IndexOf(';');
            string clauses = (semicolon < 0 ? rest : rest[..semicolon]).Trim();
            marker = semicolon < 0 ? null : rest[(semicolon + 1)..];
            if (clauses is ['(', .., ')'])
            {
                clauses = clauses[1..^1];
            }

            specifiers = clauses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (!specifiers.All(s => Clause.IsMatch(s)))
            {
                return null;
            }
        }

        return new Requirement(
            DistributionName.Normalize(match.Groups["name"].Value),
            [.. match.Groups["extras"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(DistributionName.Normalize).Distinct().Order(StringComparer.Ordinal)],
            [.. specifiers.Select(s => White.Replace(s, "")).Distinct().Order(StringComparer.Ordinal)],
            url,
            marker is null ? null : Python.Marker.Normalize(marker));
    }

    private static Regex Form { get; } = new(@"^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?<extras>[A-Za-z0-9._,\s-]*)\])?\s*(?<rest>|[@;(<>=!~].*)$", RegexOptions.Singleline);

    private static Regex Clause { get; } = new(@"^(===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()]+$");

    private static Regex MarkerOfUrl { get; } = new(@"\s+;|;\s+");

    private static Regex White { get; } = new(@"\s+");
}
