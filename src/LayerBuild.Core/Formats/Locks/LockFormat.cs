namespace LayerBuild.Formats.Locks;

/// <summary>A kind of lock file: whose it is, and how its tool makes it anew.</summary>
/// <param name="Tool">As a user would call it.</param>
/// <param name="Command">Locks again.</param>
/// <param name="Versions">Of the format, that the reader here knows.</param>
internal sealed record LockFormat(string FileName, string Tool, string Command, string Versions)
{
    public static readonly LockFormat Uv = new("uv.lock", "uv", "uv lock", "version 1 with any revision");

    public static readonly LockFormat Poetry = new("poetry.lock", "poetry", "poetry lock", "lock-version 2.x");

    public static readonly LockFormat Pdm = new("pdm.lock", "pdm", "pdm lock", "lock_version 4.x");

    public static readonly LockFormat Pipfile = new("Pipfile.lock", "pipenv", "pipenv lock", "pipfile-spec 6");

    public static readonly LockFormat Pylock = new("pylock.toml", "the tool that wrote it", "the command that wrote it", "lock-version 1.x");

    public static readonly LockFormat Requirements = new("requirements.txt", "the tool that wrote it", "the command that wrote it", "requirements with hashes");

    /// <summary>The format of a file, by its name; null when it is none of these.</summary>
    public static LockFormat? Of(string fileName) => fileName switch
    {
        "uv.lock" => Uv,
        "poetry.lock" => Poetry,
        "pdm.lock" => Pdm,
        "Pipfile.lock" => Pipfile,
        _ when IsPylock(fileName) => Pylock,
        _ when fileName.EndsWith(".txt", StringComparison.Ordinal) => Requirements,
        _ => null,
    };

    /// <summary><c>pylock.toml</c>, or with one word between: <c>pylock.web.toml</c>.</summary>
    private static bool IsPylock(string fileName) =>
        fileName == "pylock.toml"
        || (fileName is ['p', 'y', 'l', 'o', 'c', 'k', '.', .. var word, '.', 't', 'o', 'm', 'l'] && word.Length > 0 && !word.Contains('.', StringComparison.Ordinal));
}
