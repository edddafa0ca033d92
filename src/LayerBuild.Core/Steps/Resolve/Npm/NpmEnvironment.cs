using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>
/// The environment that npm runs in: the build's own, without what would change npm's answer. Of npm's settings only
/// those stay that say where packages come from and how to get there.
/// </summary>
internal sealed class NpmEnvironment
{
    private const string SettingPrefix = "NPM_CONFIG_";

    /// <summary>npm's options, by their long names, that are taken from the environment (<c>npm_config_…</c>).</summary>
    private static readonly string[] Settings =
    [
        "registry", "replace-registry-host", "userconfig", "globalconfig", "cache",
        "_auth", "_authtoken", "_password", "username", "email", "always-auth",
        "proxy", "http-proxy", "https-proxy", "noproxy", "local-address",
        "ca", "cafile", "cert", "key", "strict-ssl",
        "fetch-retries", "fetch-retry-factor", "fetch-retry-maxtimeout", "fetch-retry-mintimeout", "fetch-timeout", "maxsockets",
        "offline", "prefer-offline", "prefer-online", "git",
    ];

    /// <param name="inherited">The build's environment.</param>
    public NpmEnvironment(IReadOnlyDictionary<string, string> inherited)
    {
        var kept = new Dictionary<string, string>(ProcessEnvironment.Names);
        foreach ((string name, string value) in inherited)
        {
            if (Keeps(name))
            {
                kept[name] = value;
            }
        }

        // git would ask the terminal for a password that nobody types.
        kept["GIT_TERMINAL_PROMPT"] = "0";
        Variables = kept;
    }

    public IReadOnlyDictionary<string, string> Variables { get; }

    public static NpmEnvironment OfThisProcess() => new(ProcessEnvironment.Read());

    private static bool Keeps(string name)
    {
        if (name.StartsWith(SettingPrefix, StringComparison.OrdinalIgnoreCase))
        {
            // //registry.example.com/:_authToken and @scope:registry belong to a registry, whatever they are.
            string setting = name[SettingPrefix.Length..];
            return setting.StartsWith("//", StringComparison.Ordinal)
                || setting.StartsWith('@')
                || (setting.Length > 1 && Settings.Contains(setting[0] + setting[1..].Replace('_', '-'), StringComparer.OrdinalIgnoreCase));
        }

        // What npm leaves to the scripts that it runs, when the build is one of them; and what changes how Node loads npm.
        return !name.StartsWith("npm_", StringComparison.Ordinal) && name is not ("INIT_CWD" or "NODE_ENV" or "NODE_PATH");
    }
}
