using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>Files that hold a Python distribution: a wheel, or a source distribution in one of its forms.</summary>
internal static class DistributionArchive
{
    /// <param name="path">A path, or a name alone.</param>
    public static bool IsOne(string path) => Ending.IsMatch(path);

    private static Regex Ending { get; } = new(@"\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz|tar)$", RegexOptions.IgnoreCase);
}
