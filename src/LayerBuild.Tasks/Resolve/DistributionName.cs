using System.Text.RegularExpressions;

namespace LayerBuild.Resolve;

/// <summary>Names of Python distributions (name normalisation specification).</summary>
internal static partial class DistributionName
{
    /// <summary>Lower case, runs of <c>-</c>, <c>_</c> and <c>.</c> as one <c>-</c>.</summary>
    public static string Normalize(string name) => Separators().Replace(name, "-").ToLowerInvariant();

    [GeneratedRegex("[-_.]+")]
    private static partial Regex Separators();
}
