using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>A name and a password. It never says them.</summary>
internal sealed class Login(string user, string password)
{
    public string User { get; } = user;

    public bool HasPassword => password.Length > 0;

    /// <summary>Value of an Authorization header (RFC 7617).</summary>
    public string ToHeader() => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}"));

    public System.Net.NetworkCredential ToCredential() => new(User, password);

    public override string ToString() => "***";

    /// <summary>Takes a URL apart: what may be shown and asked, and the login that stood in it.</summary>
    /// <param name="url">Its user information need not be escaped well: it ends at the last <c>@</c> of the authority.</param>
    public static bool TrySplit(string url, [NotNullWhen(true)] out Uri? address, out Login? login)
    {
        login = null;
        int authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (authority >= 3)
        {
            int end = url.AsSpan(authority).IndexOfAny('/', '?', '#');
            end = end < 0 ? url.Length : authority + end;
            int at = url.LastIndexOf('@', end - 1, end - authority);
            if (at >= 0)
            {
                string information = url[authority..at];
                int colon = information.IndexOf(':', StringComparison.Ordinal);
                login = colon < 0
                    ? new Login(Uri.UnescapeDataString(information), "")
                    : new Login(Uri.UnescapeDataString(information[..colon]), Uri.UnescapeDataString(information[(colon + 1)..]));
                url = url[..authority] + url[(at + 1)..];
            }
        }

        return Uri.TryCreate(url, UriKind.Absolute, out address) && (address.Scheme is "http" or "https" || address.IsFile);
    }
}
