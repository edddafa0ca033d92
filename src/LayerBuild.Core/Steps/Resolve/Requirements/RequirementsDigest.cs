using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>
/// What decides a resolution, in one hash: order, comments, white space and the way of writing do not matter, nested
/// files count by what they hold, local projects by what they say they require.
/// </summary>
internal static class RequirementsDigest
{
    /// <returns>SHA-256, lower-case hex.</returns>
    public static string Of(LayerDeclaration layer, IReadOnlyList<RequirementLine> lines, string? pipArguments)
    {
        List<string> parts = ["layerbuild lock 1"];
        // Of options, the order is a meaning: a later index replaces an earlier one.
        parts.AddRange(lines.Where(l => l.Kind == RequirementKind.Option).Select(l => "option " + Squeeze(l.Original)));
        parts.AddRange(lines.Where(l => l.Kind != RequirementKind.Option).Select(Describe).Distinct().Order(StringComparer.Ordinal));
        parts.AddRange(layer.AllowSdist.Distinct().Order(StringComparer.Ordinal).Select(name => "allow-sdist " + name));
        parts.AddRange(CommandLine.Split(pipArguments).Select(argument => "argument " + argument));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
    }

    private static string Describe(RequirementLine line)
    {
        string what = line switch
        {
            { LocalPath: { } path, IsLocalProject: true } => $"{WordsOf(line)} {new LocalProject(path).MetadataDigest()}",
            { LocalPath: { } path } => $"{WordsOf(line)} {WheelCache.Hash(path)}",
            { Requirement: { } requirement } => requirement.Normalized,
            _ => WordsOf(line),
        };
        return $"{line.Kind} {what} {string.Join(' ', line.Hashes.Order(StringComparer.Ordinal))}".TrimEnd();
    }

    private static string WordsOf(RequirementLine line)
    {
        string words = Hashes.Replace(line.Original, "");
        return Squeeze(words);
    }

    private static string Squeeze(string text) => White.Replace(text, " ").Trim();

    private static Regex Hashes { get; } = new(@"\s--hash[=\s]\S+");

    private static Regex White { get; } = new(@"\s+");
}
