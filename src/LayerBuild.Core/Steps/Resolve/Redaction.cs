using System.Text.RegularExpressions;

namespace LayerBuild.Steps.Resolve;

/// <summary>Takes credentials out of what is shown or written down: of URLs, and of what tools say.</summary>
internal static class Redaction
{
    /// <summary>A text without the user information of its URLs.</summary>
    public static string OfUrls(string text) => UserInformation.Replace(text, "$1");

    /// <summary>A text of pip or npm: also without tokens and passwords of settings.</summary>
    public static string OfWords(string text) => Tokens.Replace(OfUrls(text), "$1***");

    // Up to the last @ of the authority: not everybody escapes those of a password.
    private static Regex UserInformation { get; } = new(@"([a-z][a-z0-9+.-]*://)[^/\s]*@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static Regex Tokens { get; } = new(@"((?:_auth(?:Token)?|_password)\s*[=:]\s*""?|\bbearer\s+)[^\s""']+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
