using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>
/// The environment that pip runs in: the build's own, without what would change pip's answer. Of pip's settings only
/// those stay that say where packages come from and how to get there.
/// </summary>
internal sealed class PipEnvironment
{
    /// <param name="inherited">The build's environment.</param>
    public PipEnvironment(IReadOnlyDictionary<string, string> inherited)
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
        // The pips that a build starts would say that there is a newer one.
        kept["PIP_DISABLE_PIP_VERSION_CHECK"] = "1";
        // What build backends write into a wheel must not depend on the time of day.
        kept["SOURCE_DATE_EPOCH"] = "315532800";
        Variables = kept;
    }

    /// <summary>
    /// pip's options, by their long names, that say where packages come from and what may be taken: they are taken from the user's environment (<c>PIP_…</c>) and from the
    /// sections global, install and download of pip's config files.
    /// </summary>
    public static IReadOnlyList<string> Settings { get; } =
    [
        "index-url", "pypi-url", "extra-index-url", "no-index", "find-links",
        "trusted-host", "cert", "client-cert", "proxy", "keyring-provider",
        "retries", "timeout", "default-timeout", "resume-retries",
        "cache-dir", "no-cache-dir",
        "uploaded-prior-to", "build-constraint",
    ];

    public IReadOnlyDictionary<string, string> Variables { get; }

    public static PipEnvironment OfThisProcess() => new(ProcessEnvironment.Read());

    public string? Find(string name) => Variables.GetValueOrDefault(name);

    private static bool Keeps(string name)
    {
        string upper = name.ToUpperInvariant();
        if (upper.StartsWith("PIP_", StringComparison.Ordinal))
        {
            // The driver reads the config file that is named here, and these two for the choice of certificates in them.
            return upper is "PIP_CONFIG_FILE" or "PIP_USE_FEATURE" or "PIP_USE_DEPRECATED"
                || Settings.Any(s => upper == "PIP_" + s.Replace('-', '_').ToUpperInvariant());
        }

        return upper switch
        {
            "PYTHON_KEYRING_BACKEND" => true,
            "__PYVENV_LAUNCHER__" or "DIST_EXTRA_CONFIG" or "SOURCE_DATE_EPOCH" => false,
            _ => !upper.StartsWith("PYTHON", StringComparison.Ordinal),
        };
    }
}
