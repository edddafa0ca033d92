using System.Buffers;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// The user information of a URL (RFC 3986, section 3.2.1) that holds a password. Read by hand: a pattern for it takes
/// its time on the megabytes of base64 that packages bring.
/// </summary>
/// <param name="Index">Of the URL's scheme, in the text.</param>
internal readonly record struct UrlCredentials(int Index, string User, string Password, string Host)
{
    private const int LongestScheme = 21;
    private const int LongestUser = 100;
    private const int LongestPassword = 200;

    private static readonly SearchValues<char> EndOfAuthority = SearchValues.Create(" \t\r\n/'\"`<>\\");
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-[]");

    public static IEnumerable<UrlCredentials> Find(string text)
    {
        for (int at = text.IndexOf("://", StringComparison.Ordinal); at >= 0; at = text.IndexOf("://", at + 3, StringComparison.Ordinal))
        {
            if (Read(text, at) is { } found)
            {
                yield return found;
            }
        }
    }

    private static UrlCredentials? Read(string text, int separator)
    {
        int start = separator;
        while (start > 0 && separator - start < LongestScheme && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '+' or '.' or '-'))
        {
            start--;
        }

        while (start < separator && !char.IsAsciiLetter(text[start]))
        {
            start++;
        }

        if (separator - start < 2)
        {
            return null;
        }

        ReadOnlySpan<char> rest = text.AsSpan(separator + 3, Math.Min(text.Length - separator - 3, LongestUser + LongestPassword + 260));
        int end = rest.IndexOfAny(EndOfAuthority);
        ReadOnlySpan<char> authority = end < 0 ? rest : rest[..end];
        int at = authority.IndexOf('@');
        int colon = authority.IndexOf(':');
        if (colon < 0 || colon > LongestUser || at < colon + 4 || at - colon - 1 > LongestPassword || authority[(colon + 1)..at].Contains(':'))
        {
            return null;
        }

        ReadOnlySpan<char> host = authority[(at + 1)..];
        int hostEnd = host.IndexOfAnyExcept(HostCharacters);
        host = hostEnd < 0 ? host : host[..hostEnd];
        return host.IsEmpty ? null : new UrlCredentials(start, authority[..colon].ToString(), authority[(colon + 1)..at].ToString(), host.ToString());
    }
}
