namespace LayerBuild.Testing;

/// <summary>The npm of this machine, and whether its registry answers.</summary>
internal static class InstalledNpm
{
    private static readonly Lazy<string> Problem = new(FindProblem);

    private static readonly Lazy<bool> Answers = new(() =>
        Programs.Run(Programs.Find("npm")!, Path.GetTempPath(), [], "view", "ms@2.1.3", "version", "--fetch-retries=0", "--fetch-timeout=10000").ExitCode == 0);

    private static Version _version = new();

    public static bool HasRegistry => Answers.Value;

    /// <summary>Why tests cannot use it; null when they can.</summary>
    public static string? WhyNot(string oldest = "10.3") => Problem.Value.Length > 0 ? Problem.Value
        : _version < Version.Parse(oldest) ? $"Needs npm {oldest} or newer, found {_version}."
        : null;

    private static string FindProblem()
    {
        if (Programs.Find("npm") is not { } npm)
        {
            return "There is no npm on PATH.";
        }

        (int exitCode, string output) = Programs.Run(npm, Path.GetTempPath(), [], "--version");
        // It may complain of its Node.js on the other lines.
        Version? version = output.Split('\n').Select(line => Version.TryParse(line.Trim().Split('-')[0], out Version? found) ? found : null).FirstOrDefault(v => v is not null);
        _version = version ?? _version;
        return exitCode == 0 && version is not null ? "" : $"npm does not work: {output.Trim()}";
    }
}

/// <summary>A test that runs npm, without its registry; skipped where npm is missing or too old.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmClientFactAttribute : FactAttribute
{
    /// <param name="oldest">The first version of npm that can do what is tested.</param>
    public RequiresNpmClientFactAttribute(string oldest = "10.3") => Skip = InstalledNpm.WhyNot(oldest);
}

/// <summary>A theory whose cases run npm, without its registry; skipped where npm is missing or too old.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmClientTheoryAttribute : TheoryAttribute
{
    public RequiresNpmClientTheoryAttribute() => Skip = InstalledNpm.WhyNot();
}

/// <summary>A test that installs packages of npm's registry; skipped where there is no npm, or the registry does not answer.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmRegistryFactAttribute : FactAttribute
{
    public RequiresNpmRegistryFactAttribute() =>
        Skip = InstalledNpm.WhyNot() ?? (InstalledNpm.HasRegistry ? null : "npm's registry does not answer.");
}
