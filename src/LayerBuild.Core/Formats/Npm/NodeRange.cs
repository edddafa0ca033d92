using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Npm;

/// <summary>
/// A range of versions as npm writes it (node-semver): <c>&gt;=18.17</c>, <c>^20 || &gt;=22</c>, <c>14 - 18</c>, <c>18.x</c>.
/// Prereleases count as their release.
/// </summary>
internal static class NodeRange
{
    private static readonly Version Endless = new(int.MaxValue, 0, 0);

    /// <summary>
    /// Whether the range allows some version of a major: which one Lambda has changes over time. A range that is not understood allows all.
    /// </summary>
    public static bool Allows(string range, int major)
    {
        var first = new Version(major, 0, 0);
        var end = new Version(major + 1, 0, 0);
        foreach (string alternative in range.Split("||"))
        {
            if (Bounds(alternative) is not { } bounds)
            {
                return true;
            }

            if ((bounds.From > first ? bounds.From : first) < (bounds.To < end ? bounds.To : end))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>The first version in it and the first behind it; null when it is not understood.</returns>
    private static (Version From, Version To)? Bounds(string comparators)
    {
        string text = Space.Replace(comparators.Trim(), "$1");
        if (Hyphen.Match(text) is { Success: true } hyphen)
        {
            text = $">={hyphen.Groups[1].Value} <={hyphen.Groups[2].Value}";
        }

        Version from = new(0, 0, 0);
        Version to = Endless;
        foreach (string comparator in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Comparator.Match(comparator) is not { Success: true } match || Single(match) is not { } bounds)
            {
                return null;
            }

            from = bounds.From > from ? bounds.From : from;
            to = bounds.To < to ? bounds.To : to;
        }

        return (from, to);
    }

    private static (Version From, Version To)? Single(Match match)
    {
        int?[] parts = [Number(match, 2), Number(match, 3), Number(match, 4)];
        if (parts[0] is not { } major)
        {
            return (new Version(0, 0, 0), Endless);
        }

        if (major > 1_000_000)
        {
            return null;
        }

        // 18 and 18.x stand for all of 18; 18.2 for all of 18.2.
        Version from = new(major, parts[1] ?? 0, parts[2] ?? 0);
        Version minor = new(major, (parts[1] ?? 0) + 1, 0);
        Version behind = parts[1] is null ? new Version(major + 1, 0, 0) : parts[2] is null ? minor : new Version(from.Major, from.Minor, from.Build + 1);
        return match.Groups[1].Value switch
        {
            ">=" => (from, Endless),
            ">" => (behind, Endless),
            "<" => (new Version(0, 0, 0), from),
            "<=" => (new Version(0, 0, 0), behind),
            "^" => (from, new Version(major + 1, 0, 0)),
            "~" or "~>" => (from, parts[1] is null ? new Version(major + 1, 0, 0) : minor),
            _ => (from, behind),
        };
    }

    private static int? Number(Match match, int group) =>
        int.TryParse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue - 1 ? number : null;

    private static Regex Space { get; } = new(@"([<>=^~]+)\s+");

    private static Regex Hyphen { get; } = new(@"^(\S+)\s+-\s+(\S+)$");

    private static Regex Comparator { get; } = new(@"^(>=|<=|>|<|=|\^|~>|~)?v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$");
}
