using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>The proxies that pip's settings or the environment name: <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c>, <c>NO_PROXY</c>, in either case.</summary>
internal sealed class IndexProxy : IWebProxy, ICredentials
{
    private readonly Dictionary<string, (Uri Address, Login? Login)> _proxies = new(StringComparer.Ordinal);
    private readonly string[] _direct;

    private IndexProxy(DownloadSettings settings)
    {
        string? all = settings.Proxy ?? FindVariable(settings, "all_proxy");
        foreach (string scheme in (string[])["http", "https"])
        {
            string? url = settings.Proxy ?? FindVariable(settings, $"{scheme}_proxy") ?? all;
            if (url is not null && TryRead(url, out Uri? address, out Login? login))
            {
                _proxies[scheme] = (address, login);
            }
        }

        // A proxy that is named for pip is for everything.
        _direct = settings.Proxy is not null ? [] : (FindVariable(settings, "no_proxy") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    ICredentials? IWebProxy.Credentials
    {
        get => this;
        set { }
    }

    /// <returns>Null when nothing names a proxy.</returns>
    public static IWebProxy? Of(DownloadSettings settings)
    {
        var proxy = new IndexProxy(settings);
        // Windows and macOS keep one in their settings.
        return proxy._proxies.Count > 0 ? proxy : OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? HttpClient.DefaultProxy : null;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : _proxies[destination.Scheme].Address;

    public bool IsBypassed(Uri host) => !_proxies.ContainsKey(host.Scheme) || _direct.Any(d => Covers(d, host));

    public NetworkCredential? GetCredential(Uri uri, string authType) =>
        _proxies.Values.Where(p => p.Address.Authority == uri.Authority).Select(p => p.Login?.ToCredential()).FirstOrDefault();

    /// <param name="entry">A host, a domain with or without a dot before it, a network of addresses, or <c>*</c>; perhaps with a port.</param>
    private static bool Covers(string entry, Uri address)
    {
        if (entry == "*")
        {
            return true;
        }

        string host = address.IdnHost;
        if (IPNetwork.TryParse(entry, out IPNetwork network))
        {
            return IPAddress.TryParse(host, out IPAddress? ip) && network.Contains(ip);
        }

        string domain = entry.TrimStart('.');
        return (domain.Length > 0 && (host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase)))
            || entry.Equals($"{host}:{address.Port}", StringComparison.OrdinalIgnoreCase);
    }

    private static string? FindVariable(DownloadSettings settings, string name) => settings.Find(name) ?? settings.Find(name.ToUpperInvariant());

    private static bool TryRead(string url, [NotNullWhen(true)] out Uri? address, out Login? login)
    {
        string whole = url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url;
        if (Login.TrySplit(whole, out address, out login))
        {
            return true;
        }

        // Login.TrySplit takes what can be asked for files; a proxy may be a SOCKS one besides.
        return Uri.TryCreate(whole, UriKind.Absolute, out address) && address.Scheme is "socks4" or "socks4a" or "socks5";
    }
}
