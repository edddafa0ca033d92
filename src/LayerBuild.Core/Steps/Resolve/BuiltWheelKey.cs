using System.Security.Cryptography;
using System.Text;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Names of what wheels are built from, for the cache to find them by. Fit for file names.</summary>
internal static class BuiltWheelKey
{
    /// <param name="sha256">Of the source archive.</param>
    public static string OfArchive(string sha256, PythonTarget target) => $"source-{sha256}-{target.Python}";

    /// <param name="digest">Of <see cref="Requirements.LocalProject.TreeDigest"/>.</param>
    public static string OfProject(string digest, PythonTarget target) => $"tree-{digest}-{target.Python}";

    /// <summary>Only a whole commit hash stands for a content.</summary>
    public static string? OfRepository(string url, PythonTarget target)
    {
        string revision = url[(url.LastIndexOf('@') + 1)..];
        return revision.Length == 40 && revision.All(char.IsAsciiHexDigitLower)
            ? $"commit-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))}-{target.Python}"
            : null;
    }
}
