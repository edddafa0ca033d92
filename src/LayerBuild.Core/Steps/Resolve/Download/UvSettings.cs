using System.Globalization;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>uv's settings as far as they say where files come from: of the environment, and the indexes of a manifest.</summary>
internal static class UvSettings
{
    /// <param name="environment">Of the build.</param>
    /// <param name="folder">Full path of the folder that relative paths start from.</param>
    /// <param name="indexes"><c>[[tool.uv.index]]</c>, in the manifest's order.</param>
    /// <param name="replacement">That of them which stands for the usual index (<c>default = true</c>); null for none.</param>
    public static DownloadSettings Read(IReadOnlyDictionary<string, string> environment, string folder, IReadOnlyList<NamedIndex> indexes, NamedIndex? replacement)
    {
        var settings = new DownloadSettings { Environment = environment };
        IEnumerable<string> Words(string name, params char[] separators) => settings.Find(name)?.Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        NamedIndex last = (settings.Find("UV_DEFAULT_INDEX") ?? settings.Find("UV_INDEX_URL")) is { } named ? IndexIn(named)
            : replacement ?? new NamedIndex(null, DownloadSettings.DefaultIndex);
        NamedIndex[] all = [.. Words("UV_INDEX", ' ', '\t', '\n').Select(IndexIn), .. indexes.Where(i => i != replacement), .. Words("UV_EXTRA_INDEX_URL", ' ', '\t', '\n').Select(IndexIn), last];
        string? Full(string? path) => path is null ? null : Path.GetFullPath(path, folder);
        return settings with
        {
            Indexes = settings.Find("UV_NO_INDEX") is "1" or "true" ? [] : [.. all.DistinctBy(i => i.Url)],
            FindLinks = [.. Words("UV_FIND_LINKS", ',').Select(p => p.Contains("://", StringComparison.Ordinal) ? p : Path.GetFullPath(p, folder))],
            TrustedHosts = [.. Words("UV_INSECURE_HOST", ' ', ',')],
            Certificates = Full(settings.Find("SSL_CERT_FILE")),
            ClientCertificate = Full(settings.Find("SSL_CLIENT_CERT")),
            Timeout = double.TryParse(settings.Find("UV_HTTP_TIMEOUT"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 86_400
                ? TimeSpan.FromSeconds(seconds)
                : TimeSpan.FromSeconds(30),
            Retries = int.TryParse(settings.Find("UV_HTTP_RETRIES"), NumberStyles.None, CultureInfo.InvariantCulture, out int retries) ? retries : 3,
            AsksKeyring = settings.Find("UV_KEYRING_PROVIDER") == "subprocess",
        };
    }

    /// <summary><c>name=url</c>, or a URL alone.</summary>
    private static NamedIndex IndexIn(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && text.AsSpan(0, equals).IndexOfAny(":/?") < 0 ? new NamedIndex(text[..equals], text[(equals + 1)..]) : new NamedIndex(null, text);
    }
}
