using System.Collections.Concurrent;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// Who a server is told that we are: by the URL of an index, by variables that are named after it, by netrc, and last, when
/// the server insists, by keyring. What is known for one server goes to no other.
/// </summary>
internal sealed class IndexCredentials
{
    private readonly DownloadSettings _settings;
    private readonly ConcurrentDictionary<string, Login> _stored = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentBag<(Uri Address, Login Login)> _written = [];
    private readonly List<(Uri Address, string Variable)> _named = [];
    private readonly List<Uri> _indexes = [];
    private readonly Lazy<(string Path, Netrc? Netrc)> _netrc;
    private readonly Keyring _keyring;

    public IndexCredentials(DownloadSettings settings)
    {
        _settings = settings;
        _keyring = new Keyring(settings.Environment);
        _netrc = new Lazy<(string, Netrc?)>(ReadNetrc);
        foreach (NamedIndex index in settings.Indexes)
        {
            if (Add(index.Url) is { } address)
            {
                _indexes.Add(address);
                AddNamed(index.Name, address);
            }
        }

        foreach (string place in settings.FindLinks)
        {
            Add(place);
        }
    }

    /// <summary>Learns what a URL says of its server.</summary>
    /// <returns>The URL without it; null when it is none that can be asked.</returns>
    public Uri? Add(string url)
    {
        if (!Login.TrySplit(url, out Uri? address, out Login? login))
        {
            return null;
        }

        if (login is not null)
        {
            _written.Add((address, login));
        }

        return address;
    }

    /// <summary>What to send with a request from the start; null for nothing.</summary>
    public Login? For(Uri address)
    {
        if (_stored.TryGetValue(Origin(address), out Login? stored))
        {
            return stored;
        }

        Login? written = _written.Where(w => Origin(w.Address) == Origin(address)).OrderByDescending(w => CommonLength(w.Address, address)).Select(w => w.Login).FirstOrDefault();
        if (written is { HasPassword: true })
        {
            return written;
        }

        Login? kept = _netrc.Value.Netrc?.Find(address.IdnHost);
        return written is null || kept?.User == written.User ? kept ?? written : written;
    }

    /// <summary>Asks those who are only asked when a server insists.</summary>
    /// <param name="tried">What was sent; null for nothing.</param>
    public async Task<Login?> AskAsync(Uri address, Login? tried, CancellationToken cancellation)
    {
        if (!_settings.AsksKeyring || tried is { HasPassword: true })
        {
            return null;
        }

        string[] services =
        [
            .. _indexes.Where(i => Origin(i) == Origin(address)).OrderByDescending(i => CommonLength(i, address)).Select(i => i.AbsoluteUri).Take(1),
            address.IsDefaultPort ? address.IdnHost : $"{address.IdnHost}:{address.Port}",
        ];
        Login? login = await _keyring.FindAsync(services, tried?.User, cancellation).ConfigureAwait(false);
        if (login is not null)
        {
            _stored[Origin(address)] = login;
        }

        return login;
    }

    /// <summary>Where credentials of a server were looked for, in words.</summary>
    public string Describe(Uri address)
    {
        string netrc = _netrc.Value.Netrc is null ? $"{_netrc.Value.Path} (which is not there)" : _netrc.Value.Path;
        string variables = string.Concat(_named.Where(n => Origin(n.Address) == Origin(address)).Select(n => $"in {n.Variable}_USERNAME and _PASSWORD, "));
        string keyring = !_settings.AsksKeyring ? "" : _keyring.IsInstalled ? ", and with keyring" : ", and with keyring (which is not on PATH)";
        return $"Credentials for {address.IdnHost} are looked for in the URL of the index, {variables}in {netrc}{keyring}";
    }

    private void AddNamed(string? name, Uri address)
    {
        if (name is null)
        {
            return;
        }

        string key = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        foreach (string variable in (string[])[$"UV_INDEX_{key}", $"POETRY_HTTP_BASIC_{key}"])
        {
            _named.Add((address, variable));
            if ((_settings.Find(variable + "_USERNAME"), _settings.Find(variable + "_PASSWORD")) is var (user, password) && (user ?? password) is not null)
            {
                _written.Add((address, new Login(user ?? "", password ?? "")));
            }
        }
    }

    private (string Path, Netrc? Netrc) ReadNetrc()
    {
        string home = PipConfiguration.HomeOf(_settings.Environment);
        string[] paths = _settings.Find("NETRC") is { } named ? [named] : [Path.Combine(home, ".netrc"), Path.Combine(home, "_netrc")];
        foreach (string path in paths)
        {
            try
            {
                return (path, Netrc.Parse(File.ReadAllText(path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // Few have one.
            }
        }

        return (paths[0], null);
    }

    private static string Origin(Uri address) => $"{address.Scheme}://{address.IdnHost}:{address.Port}";

    private static int CommonLength(Uri one, Uri other) => one.AbsolutePath.AsSpan().CommonPrefixLength(other.AbsolutePath);
}
