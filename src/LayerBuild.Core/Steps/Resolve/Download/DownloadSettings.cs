namespace LayerBuild.Steps.Resolve.Download;

/// <summary>Where files come from, and how to get there.</summary>
internal sealed record DownloadSettings
{
    /// <summary>The index that every tool asks when it is told of no other.</summary>
    public const string DefaultIndex = "https://pypi.org/simple/";

    /// <summary>URLs of indexes, in the order in which they are asked; user information may be in them.</summary>
    public IReadOnlyList<NamedIndex> Indexes { get; init; } = [new NamedIndex(null, DefaultIndex)];

    /// <summary>Folders (full paths or URLs) and pages of links, which are looked at before any index.</summary>
    public IReadOnlyList<string> FindLinks { get; init; } = [];

    /// <summary>Hosts, with or without port, that are asked without TLS, or with a certificate that nobody vouches for.</summary>
    public IReadOnlyList<string> TrustedHosts { get; init; } = [];

    /// <summary>URL; null for what the environment says.</summary>
    public string? Proxy { get; init; }

    /// <summary>Full path of a file, or of a folder of files, of certificates (PEM) to trust instead of the system's; null for the system's.</summary>
    public string? Certificates { get; init; }

    /// <summary>Full path of a certificate with its key (PEM); null for none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often something is tried again that failed for a reason that passes.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Ask the command <c>keyring</c>, when it is installed, for passwords that nothing else has.</summary>
    public bool AsksKeyring { get; init; } = true;

    /// <summary>The environment of the build: proxies, netrc, passwords of named indexes.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>A setting that only pip can follow, so that everything is left to it; null when there is none.</summary>
    public string? OnlyPip { get; init; }

    public string? Find(string variable) => Environment.GetValueOrDefault(variable) is { Length: > 0 } value ? value : null;

    /// <summary>Whether a host may be asked without TLS: this machine, and those that the user trusts.</summary>
    public bool IsTrusted(Uri address) => address.IsLoopback || IsTrustedHost(address.IdnHost, address.Port);

    /// <summary>Whether the user trusts a host whatever its certificate.</summary>
    public bool IsTrustedHost(string host, int? port) =>
        TrustedHosts.Any(t => t.Equals(host, StringComparison.OrdinalIgnoreCase) || (port is { } number && t.Equals($"{host}:{number}", StringComparison.OrdinalIgnoreCase)));
}

/// <summary>An index, and the name that a project gives it (<c>[[tool.uv.index]]</c>, <c>[[tool.poetry.source]]</c>).</summary>
/// <param name="Url">User information may be in it.</param>
internal sealed record NamedIndex(string? Name, string Url);
