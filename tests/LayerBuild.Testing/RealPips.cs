using System.IO.Compression;

namespace LayerBuild.Testing;

/// <summary>
/// Released versions of pip, as wheels in <c>fixtures/pips</c> of a folder named <c>shared</c> beside the repository. It is
/// not part of the repository: where it is absent, tests run with the pips of the machine alone.
/// </summary>
internal static class RealPips
{
    /// <summary>Full paths of the wheels, by version.</summary>
    public static IReadOnlyDictionary<string, string> Wheels { get; } = FindWheels();

    /// <summary>
    /// The interpreter that can run every one of them: 3.12 has no <c>pkgutil.ImpImporter</c>, which pip 23 uses; pip 26 needs 3.10.
    /// </summary>
    public static TestPython? Host { get; } = TestPython.All.LastOrDefault(p => p.Version >= new Version(3, 10) && p.Version < new Version(3, 12));

    /// <summary>Makes a virtual environment whose pip is that of a wheel.</summary>
    /// <returns>Full path of its interpreter.</returns>
    public static string Install(string wheel, string folder)
    {
        string packages = MakeEnvironment(folder);
        ZipFile.ExtractToDirectory(wheel, packages);
        return Path.Combine(folder, "bin", "python");
    }

    /// <summary>Makes a virtual environment without pip.</summary>
    /// <returns>Full path of the folder of its packages.</returns>
    public static string MakeEnvironment(string folder)
    {
        TestPython host = Host ?? TestPython.Newest;
        (int exitCode, string output) = Programs.Run(host.Path, Path.GetTempPath(), [], "-m", "venv", "--without-pip", folder);
        Assert.True(exitCode == 0, output);
        return Path.Combine(folder, "lib", $"python{host.Version.ToString(2)}", "site-packages");
    }

    private static Dictionary<string, string> FindWheels()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string pips = Path.Combine(folder.FullName, "shared", "fixtures", "pips");
            if (Directory.Exists(pips))
            {
                return Directory.EnumerateFiles(pips, "pip-*.whl").ToDictionary(p => Path.GetFileName(p).Split('-')[1]);
            }
        }

        return [];
    }
}

/// <summary>A theory over all real pips; without them, its one case is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresRealPipsTheoryAttribute : TheoryAttribute
{
    public RequiresRealPipsTheoryAttribute()
    {
        if (RealPips.Wheels.Count == 0 || RealPips.Host is null || OperatingSystem.IsWindows())
        {
            Skip = "Needs wheels of pip in ../shared/fixtures/pips, and Python 3.10 or 3.11.";
        }
    }
}
