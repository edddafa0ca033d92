using System.Globalization;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>
/// pip's settings as far as they say where files come from: of its configuration files, of the environment, of requirement
/// files and of further arguments; each goes before those that are named earlier.
/// </summary>
internal sealed class PipSettings
{
    /// <summary>Options that change nothing of files that a lock pins by hash.</summary>
    private static readonly string[] Idle =
    [
        "--pre", "--prefer-binary", "--require-hashes", "--no-deps", "--quiet", "-q", "--verbose", "-v", "--no-input", "--no-cache-dir",
        "--disable-pip-version-check", "--no-color", "--use-pep517", "--no-build-isolation", "--check-build-dependencies", "--isolated",
    ];

    /// <summary>The same, with a value.</summary>
    private static readonly string[] IdleWithValue =
    [
        "--no-binary", "--only-binary", "--use-feature", "--use-deprecated", "--cache-dir", "--progress-bar", "--exists-action",
        "--uploaded-prior-to", "--build-constraint", "--all-releases", "--only-final", "--resume-retries", "--keyring-provider", "--config-settings", "-C",
    ];

    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _folder;
    private List<string> _indexes = [];
    private List<string> _extra = [];
    private readonly List<string> _findLinks = [];
    private readonly List<string> _trusted = [];
    private bool _noIndex;
    private DownloadSettings _settings;

    private PipSettings(IReadOnlyDictionary<string, string> environment, string folder)
    {
        _environment = environment;
        _folder = folder;
        _settings = new DownloadSettings { Environment = environment };
    }

    /// <param name="environment">Of the build.</param>
    /// <param name="folder">Full path of the folder that relative paths start from.</param>
    /// <param name="options">Lines of requirement files that are options, as words, variables filled in.</param>
    /// <param name="arguments">Further arguments for pip, as words.</param>
    public static DownloadSettings Read(
        IReadOnlyDictionary<string, string> environment,
        string folder,
        IEnumerable<IReadOnlyList<string>> options,
        IReadOnlyList<string> arguments)
    {
        var settings = new PipSettings(environment, folder);
        settings.ReadStored();
        // As pip does it: its arguments before the lines of requirement files, which add to them.
        settings.ReadWords(arguments, "LambdaLayerPipArguments");
        settings._indexes.AddRange(settings._extra);
        settings._extra = [];
        foreach (IReadOnlyList<string> line in options)
        {
            settings.ReadWords(line, "a requirement file");
            settings._indexes.AddRange(settings._extra);
            settings._extra = [];
        }

        return settings._settings with
        {
            Indexes = settings._noIndex ? [] : [.. settings._indexes.Distinct(StringComparer.Ordinal).Select(url => new NamedIndex(null, url))],
            FindLinks = settings._findLinks,
            TrustedHosts = settings._trusted,
        };
    }

    /// <summary>Configuration files and environment: a value of the environment, unless it is empty, goes before those of files.</summary>
    private void ReadStored()
    {
        IReadOnlyDictionary<string, string> stored = PipConfiguration.Read(_environment);
        string? Find(string key) => _environment.GetValueOrDefault("PIP_" + key.Replace('-', '_').ToUpperInvariant()) is { Length: > 0 } value ? value : stored.GetValueOrDefault(key);
        IEnumerable<string> FindAll(string key) => Find(key)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

        _noIndex = IsTrue(Find("no-index"));
        _indexes = [Find("index-url") ?? Find("pypi-url") ?? DownloadSettings.DefaultIndex];
        _extra = [.. FindAll("extra-index-url")];
        _findLinks.AddRange(FindAll("find-links").Select(Place));
        _trusted.AddRange(FindAll("trusted-host"));
        _settings = _settings with
        {
            Proxy = Find("proxy"),
            Certificates = PathOf(Find("cert") ?? _settings.Find("REQUESTS_CA_BUNDLE") ?? _settings.Find("CURL_CA_BUNDLE") ?? _settings.Find("SSL_CERT_FILE")),
            ClientCertificate = PathOf(Find("client-cert")),
            Timeout = Seconds(Find("timeout") ?? Find("default-timeout")) ?? _settings.Timeout,
            Retries = int.TryParse(Find("retries"), NumberStyles.None, CultureInfo.InvariantCulture, out int retries) ? retries : _settings.Retries,
            AsksKeyring = Find("keyring-provider") != "disabled",
        };
    }

    private void ReadWords(IReadOnlyList<string> words, string place)
    {
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            string name = word;
            string? value = null;
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                (name, value) = equals < 0 ? (word, null) : (word[..equals], word[(equals + 1)..]);
            }
            else if (word is ['-', _, _, ..] && word[1] is 'i' or 'f' or 'C')
            {
                (name, value) = (word[..2], word[2..]);
            }

            if (Idle.Contains(name))
            {
                continue;
            }

            if (name == "--no-index")
            {
                (_noIndex, _indexes, _extra) = (true, [], []);
                continue;
            }

            value ??= i + 1 < words.Count ? words[++i] : null;
            if (value is null || !Take(name, value))
            {
                _settings = _settings with { OnlyPip = _settings.OnlyPip ?? $"{name} in {place}" };
            }
        }
    }

    /// <returns>Whether it is known what the option means.</returns>
    private bool Take(string name, string value)
    {
        switch (name)
        {
            case "-i" or "--index-url" or "--pypi-url":
                _indexes = [value];
                return true;
            case "--extra-index-url":
                _extra.Add(value);
                return true;
            case "-f" or "--find-links":
                _findLinks.Add(Place(value));
                return true;
            case "--trusted-host":
                _trusted.Add(value);
                return true;
            case "--proxy":
                _settings = _settings with { Proxy = value };
                return true;
            case "--cert":
                _settings = _settings with { Certificates = PathOf(value) };
                return true;
            case "--client-cert":
                _settings = _settings with { ClientCertificate = PathOf(value) };
                return true;
            case "--timeout" or "--default-timeout":
                _settings = _settings with { Timeout = Seconds(value) ?? _settings.Timeout };
                return true;
            case "--retries":
                _settings = _settings with { Retries = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int retries) ? retries : _settings.Retries };
                return true;
            default:
                return IdleWithValue.Contains(name);
        }
    }

    private string Place(string value) => value.Contains("://", StringComparison.Ordinal) || value.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? value : PathOf(value)!;

    private string? PathOf(string? value)
    {
        if (value is null)
        {
            return null;
        }

        string home = PipConfiguration.HomeOf(_environment);
        return Path.GetFullPath(value == "~" || value.StartsWith("~/", StringComparison.Ordinal) ? home + value[1..] : value, _folder);
    }

    /// <summary>What pip takes for yes.</summary>
    private static bool IsTrue(string? value) => value?.Trim().ToLowerInvariant() is "y" or "yes" or "t" or "true" or "on" or "1";

    private static TimeSpan? Seconds(string? value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
