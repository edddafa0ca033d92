using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>Names of Python distributions (name normalisation specification).</summary>
internal static class DistributionName
{
    /// <summary>Lower case, runs of <c>-</c>, <c>_</c> and <c>.</c> as one <c>-</c>.</summary>
    public static string Normalize(string name) => Separators.Replace(name, "-").ToLowerInvariant();

    private static Regex Separators { get; } = new("[-_.]+");
}
