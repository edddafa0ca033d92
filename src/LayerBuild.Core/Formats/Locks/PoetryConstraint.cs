using System.Text.RegularExpressions;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// Versions as poetry writes them: PEP 440 clauses, and besides <c>^1.2</c> (up to the next change of the leftmost number
/// that is not 0), <c>~1.2</c> (up to the next minor version), a bare version (that one), <c>*</c>, blanks for commas, and
/// alternatives between <c>||</c>.
/// </summary>
internal static class PoetryConstraint
{
    /// <returns>Null when the text is no constraint.</returns>
    public static bool? Allows(string constraint, DistributionVersion version)
    {
        bool any = false;
        foreach (string alternative in Or.Split(constraint.Trim()))
        {
            bool all = true;
            foreach (Match clause in Clause.Matches(alternative))
            {
                if (clause.Groups["rest"].Success || Allows(clause.Groups["op"].Value, clause.Groups["version"].Value, version) is not { } allowed)
                {
                    return null;
                }

                all &= allowed;
            }

            any |= all;
        }

        return any;
    }

    private static bool? Allows(string op, string operand, DistributionVersion version)
    {
        if (operand is "*" or "*.*")
        {
            return op is "" or "==" or "=" or ">=" ? true : null;
        }

        return op switch
        {
            "^" => version.Satisfies(">=", operand) is not { } above ? null : above && version.Satisfies("<", NextBreaking(operand)) is true,
            "~" => version.Satisfies(">=", operand) is not { } above ? null : above && version.Satisfies("<", NextMinor(operand)) is true,
            "" or "=" => version.Satisfies("==", operand),
            "<>" => version.Satisfies("!=", operand),
            _ => version.Satisfies(op, operand),
        };
    }

    private static string NextBreaking(string version)
    {
        string[] release = ReleaseOf(version);
        int leftmost = Array.FindIndex(release, n => n.AsSpan().IndexOfAnyExcept('0') >= 0);
        return After(release[..((leftmost < 0 ? release.Length - 1 : leftmost) + 1)]);
    }

    private static string NextMinor(string version)
    {
        string[] release = ReleaseOf(version);
        return After(release[..Math.Min(release.Length, 2)]);
    }

    private static string[] ReleaseOf(string version) => Release.Match(version).Groups[1].Value.Split('.');

    private static string After(string[] release) =>
        string.Join('.', release[..^1].Append((System.Numerics.BigInteger.Parse(release[^1], System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static Regex Or { get; } = new(@"\s*\|\|?\s*");

    private static Regex Clause { get; } = new(@"[\s,]*(?:(?<op>~=|===|==|!=|<>|<=|>=|<|>|=|\^|~|)\s*(?<version>[A-Za-z0-9*][A-Za-z0-9.*+!_-]*)|(?<rest>[^\s,]+))");

    private static Regex Release { get; } = new(@"^v?(?:[0-9]+!)?([0-9]+(?:\.[0-9]+)*)");
}
