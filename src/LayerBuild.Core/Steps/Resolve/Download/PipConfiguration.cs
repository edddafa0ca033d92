namespace LayerBuild.Steps.Resolve.Download;

/// <summary>pip's configuration files, in all places where pip looks for them.</summary>
internal static class PipConfiguration
{
    /// <returns>Values by pip's long names: of the section global, and before those of install and download.</returns>
    public static IReadOnlyDictionary<string, string> Read(IReadOnlyDictionary<string, string> environment)
    {
        var global = new Dictionary<string, string>(StringComparer.Ordinal);
        var command = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Paths(environment))
        {
            string text;
            try
            {
                text = File.ReadAllText(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                // Most of them are not there.
                continue;
            }

            foreach ((string section, string name, string value) in IniFile.Read(text))
            {
                Dictionary<string, string>? place = section switch
                {
                    "global" => global,
                    "install" or "download" => command,
                    _ => null,
                };
                place?[name.Replace('_', '-').TrimStart('-')] = value;
            }
        }

        foreach ((string name, string value) in command)
        {
            global[name] = value;
        }

        return global;
    }

    /// <summary>Full path of the user's home.</summary>
    public static string HomeOf(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") is { Length: > 0 } home
            ? home
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>Of the machine, the user, the virtual environment, and the one that is named; later ones go before earlier ones.</summary>
    private static IEnumerable<string> Paths(IReadOnlyDictionary<string, string> environment)
    {
        string? Find(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        string? named = Find("PIP_CONFIG_FILE");
        if (named is "/dev/null" or "nul")
        {
            yield break;
        }

        string home = HomeOf(environment);
        string file = OperatingSystem.IsWindows() ? "pip.ini" : "pip.conf";
        if (OperatingSystem.IsWindows())
        {
            yield return Path.Combine(Find("PROGRAMDATA") ?? @"C:\ProgramData", "pip", file);
            yield return Path.Combine(home, "pip", file);
            yield return Path.Combine(Find("APPDATA") ?? Path.Combine(home, "AppData", "Roaming"), "pip", file);
        }
        else
        {
            if (OperatingSystem.IsMacOS())
            {
                yield return "/Library/Application Support/pip/pip.conf";
            }
            else
            {
                foreach (string folder in (Find("XDG_CONFIG_DIRS") ?? "/etc/xdg").Split(':', StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return Path.Combine(folder, "pip", file);
                }

                yield return "/etc/pip.conf";
            }

            yield return Path.Combine(home, ".pip", file);
            string library = Path.Combine(home, "Library", "Application Support", "pip");
            yield return OperatingSystem.IsMacOS() && Directory.Exists(library)
                ? Path.Combine(library, file)
                : Path.Combine(Find("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "pip", file);
        }

        // Which Python's site it would be is only known when there is one.
        if ((Find("VIRTUAL_ENV") ?? Find("CONDA_PREFIX")) is { } site)
        {
            yield return Path.Combine(site, file);
        }

        if (named is not null)
        {
            yield return named;
        }
    }
}
