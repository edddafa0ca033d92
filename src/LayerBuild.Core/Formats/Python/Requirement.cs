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
            if (!specifiers.All(IsClause))
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

    /// <summary>What is wrong with a text that is no requirement, or has a marker that is none; null when nothing is.</summary>
    public static string? FaultOf(string text)
    {
        Match start = Start.Match(text.Trim());
        if (!start.Success)
        {
            return "it does not begin with the name of a package";
        }

        string rest = start.Groups["rest"].Value;
        if (rest.StartsWith('['))
        {
            return "its extras are not names between [ and ], with commas between them";
        }

        if (TryParse(text) is { } requirement)
        {
            return requirement.Marker is { } marker && !Python.Marker.TryParse(marker, out _) ? $"'{marker}' is not a marker" : null;
        }

        if (rest.StartsWith('@'))
        {
            return "a URL follows the @, without white space in it";
        }

        string clauses = rest.Split(';')[0].Trim().TrimStart('(').TrimEnd(')');
        string wrong = clauses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(c => !IsClause(c)) ?? rest;
        return $"'{wrong}' is not a version specifier, such as >=1.2 or ==1.2.*";
    }

    /// <summary>An operator and a version that goes with it (version specifiers specification).</summary>
    private static bool IsClause(string text)
    {
        Match match = Clause.Match(text);
        if (!match.Success)
        {
            return false;
        }

        string version = match.Groups["version"].Value;
        return match.Groups["operator"].Value switch
        {
            "===" => true,
            "==" or "!=" => DistributionVersion.TryParse(version.EndsWith(".*", StringComparison.Ordinal) ? version[..^2] : version, out _),
            _ => !version.Contains('+', StringComparison.Ordinal) && DistributionVersion.TryParse(version, out _),
        };
    }

    private static Regex Start { get; } = new(@"^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[A-Za-z0-9._,\s-]*\])?\s*(?<rest>.*)$", RegexOptions.Singleline);

    private static Regex Form { get; } = new(@"^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?<extras>[A-Za-z0-9._,\s-]*)\])?\s*(?<rest>|[@;(<>=!~].*)$", RegexOptions.Singleline);

    private static Regex Clause { get; } = new(@"^(?<operator>===|==|~=|!=|<=|>=|<|>)\s*(?<version>[^\s,;()]+)$");

    private static Regex MarkerOfUrl { get; } = new(@"\s+;|;\s+");

    private static Regex White { get; } = new(@"\s+");
}
