using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LayerBuild.Formats.Index;

/// <summary>The files of a project, or of a folder of links, as an index lists them (simple repository API).</summary>
/// <param name="Base">What relative locations start from.</param>
/// <param name="Files">In the page's order.</param>
internal sealed record IndexPage(Uri Base, IReadOnlyList<IndexFile> Files)
{
    /// <summary>JSON before HTML; whatever else an index has is not for us.</summary>
    public const string Accept = JsonType + ", " + HtmlType + ";q=0.2, text/html;q=0.01";

    private const string JsonType = "application/vnd.pypi.simple.v1+json";

    private const string HtmlType = "application/vnd.pypi.simple.v1+html";

    /// <summary>Whether an answer of this kind lists files.</summary>
    /// <param name="contentType">Without parameters.</param>
    public static bool IsOne(string? contentType) => IsJson(contentType) || IsHtml(contentType);

    public static bool IsHtml(string? contentType) =>
        Is(contentType, HtmlType) || Is(contentType, "text/html") || Is(contentType, "application/xhtml+xml");

    /// <param name="body">UTF-8.</param>
    /// <param name="contentType">One that <see cref="IsOne"/>.</param>
    /// <param name="address">Where it came from, after redirects.</param>
    /// <exception cref="FormatException">It is no such page, or of a version of the API that is not known; the message says it in words.</exception>
    public static IndexPage Parse(ReadOnlySpan<byte> body, string contentType, Uri address)
    {
        if (IsJson(contentType))
        {
            return new IndexPage(address, IndexJson.Parse(body));
        }

        (IReadOnlyList<IndexFile> files, string? stated) = IndexHtml.Parse(Encoding.UTF8.GetString(body));
        return new IndexPage(stated is not null && TryResolve(address, stated, out Uri? start) ? start : address, files);
    }

    /// <summary>Where a file is; null when its location makes no address that can be fetched.</summary>
    public Uri? AddressOf(IndexFile file) => TryResolve(Base, file.Location, out Uri? address) ? address : null;

    /// <summary>Only a page of this machine may name files of this machine.</summary>
    private static bool TryResolve(Uri start, string location, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(start, location, out address) && (address.Scheme is "http" or "https" || (address.IsFile && start.IsFile));

    private static bool IsJson(string? contentType) => Is(contentType, JsonType) || Is(contentType, "application/json");

    private static bool Is(string? contentType, string kind) => string.Equals(contentType, kind, StringComparison.OrdinalIgnoreCase);
}
