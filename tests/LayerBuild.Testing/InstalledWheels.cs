using System.Runtime.InteropServices;

namespace LayerBuild.Testing;

/// <summary>
/// Real wheels without a network: those that Python brings along (<c>ensurepip</c>), and well-known distributions that are
/// installed on this machine, put together again from their files.
/// </summary>
internal static class InstalledWheels
{
    /// <summary>
    /// Looked at when they are installed: pure ones, and native ones whose wheels for Linux are built for glibc 2.17, which every
    /// Lambda runtime has. Others may have reasons of their own to be refused.
    /// </summary>
    private static readonly HashSet<string> WellKnown = new(
        [
            "pip", "setuptools", "requests", "urllib3", "idna", "certifi", "charset_normalizer", "boto3", "botocore", "s3transfer", "jmespath",
            "six", "python_dateutil", "pyyaml", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "annotated_types",
            "regex", "sympy", "mpmath", "networkx", "jinja2", "markupsafe", "werkzeug", "flask", "click", "blinker", "itsdangerous",
            "attrs", "jsonschema", "jsonschema_specifications", "referencing", "rpds_py", "docutils", "pygments", "pyparsing",
        ],
        StringComparer.Ordinal);

    private static readonly Lazy<(Version? Python, string? Folder)> Fullest = new(FindFullest);

    /// <summary>Version of the Python whose packages are taken; null when there are none.</summary>
    public static Version? Python => Fullest.Value.Python;

    /// <summary>Wheels as their projects published them: pip's, which every Python has; empty where a system has cut it off.</summary>
    public static IReadOnlyList<string> Bundled { get; } =
    [
        .. Prefixes().SelectMany(p => Folders(Path.Combine(p, "lib"), "python3.*")).Select(f => Path.Combine(f, "ensurepip", "_bundled"))
            .Append("/usr/share/python-wheels")
            .SelectMany(f => Directory.Exists(f) ? Directory.GetFiles(f, "*.whl") : [])
            .DistinctBy(Path.GetFileName)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Puts the well-known distributions together in a folder.</summary>
    /// <returns>Full paths of wheels for <see cref="Python"/> on this machine's architecture.</returns>
    public static IReadOnlyList<string> WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        return [.. Distributions(Fullest.Value.Folder).Select(info => Write(info, folder)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Full path of a file of an installed distribution, and its wheel's tag; null when it is not installed.</summary>
    public static (string File, string Wheel)? Find(string distribution, string fileName) =>
        (from site in SitePackages()
         from info in Folders(site.Folder, $"{distribution}-*.dist-info")
         from file in Folders(site.Folder, distribution).SelectMany(f => Directory.EnumerateFiles(f, fileName, SearchOption.AllDirectories))
         select ((string, string)?)(file, $"{Path.GetFileNameWithoutExtension(info)}-{Tag(info)}.whl")).FirstOrDefault();

    private static (Version?, string?) FindFullest() => SitePackages()
        .OrderByDescending(s => Distributions(s.Folder).Count())
        .ThenBy(s => s.Python)
        .Select(s => ((Version?)s.Python, (string?)s.Folder))
        .FirstOrDefault();

    private static string Write(string info, string folder)
    {
        string site = Path.GetDirectoryName(info)!;
        string[] name = Path.GetFileNameWithoutExtension(info).Split('-');
        var wheel = new WheelBuilder(name[0], name[1], Tag(info));
        foreach (string row in File.ReadLines(Path.Combine(info, "RECORD")))
        {
            string path = row.StartsWith('"') ? row.Split('"')[1] : row.Split(',')[0];
            string file = Path.Combine(site, path);
            if (!path.StartsWith("..", StringComparison.Ordinal) && !path.Contains(".dist-info/", StringComparison.Ordinal)
                && !path.EndsWith(".pyc", StringComparison.Ordinal) && File.Exists(file))
            {
                wheel.File(path, File.ReadAllBytes(file));
            }
        }

        return wheel.WriteTo(folder);
    }

    private static string Tag(string info) =>
        File.ReadLines(Path.Combine(info, "WHEEL")).Last(l => l.StartsWith("Tag:", StringComparison.Ordinal))["Tag:".Length..].Trim();

    private static IEnumerable<string> Distributions(string? site) => site is null ? [] : Folders(site, "*.dist-info")
        .Where(i => WellKnown.Contains(Path.GetFileName(i).Split('-')[0].ToLowerInvariant())
            && File.Exists(Path.Combine(i, "RECORD")) && File.Exists(Path.Combine(i, "WHEEL")));

    /// <summary>Of Pythons 3.9 to 3.14, which Lambda has, on Linux.</summary>
    private static IEnumerable<(Version Python, string Folder)> SitePackages() =>
        from prefix in OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture is Architecture.X64 or Architecture.Arm64 ? Prefixes() : []
        from lib in Folders(Path.Combine(prefix, "lib"), "python3.*")
        let version = Version.TryParse(Path.GetFileName(lib)["python".Length..], out Version? parsed) ? parsed : new Version(0, 0)
        where version >= new Version(3, 9) && version <= new Version(3, 14) && Directory.Exists(Path.Combine(lib, "site-packages"))
        select (version, Path.Combine(lib, "site-packages"));

    /// <summary>Where Pythons are installed: of pyenv, and the folders around those of PATH.</summary>
    private static IEnumerable<string> Prefixes()
    {
        string pyenv = Environment.GetEnvironmentVariable("PYENV_ROOT")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv");
        return Folders(Path.Combine(pyenv, "versions"), "*")
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(bin => Path.GetDirectoryName(bin.TrimEnd('/'))).OfType<string>())
            .Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Folders(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];
}
