namespace LayerBuild;

/// <summary>The npm of this machine, and whether its registry answers.</summary>
internal static class InstalledNpm
{
    private static readonly Lazy<string> Problem = new(FindProblem);

    private static readonly Lazy<bool> Answers = new(() =>
        Programs.Run(Programs.Find("npm")!, Path.GetTempPath(), [], "view", "ms@2.1.3", "version", "--fetch-retries=0", "--fetch-timeout=10000").ExitCode == 0);

    /// <summary>Why tests cannot use it; null when they can.</summary>
    public static string? WhyNot => Problem.Value.Length > 0 ? Problem.Value : null;

    public static bool HasRegistry => Answers.Value;

    private static string FindProblem()
    {
        if (Programs.Find("npm") is not { } npm)
        {
            return "There is no npm on PATH.";
        }

        (int exitCode, string output) = Programs.Run(npm, Path.GetTempPath(), [], "--version");
        return exitCode == 0 && Version.TryParse(output.Trim().Split('-')[0], out Version? version) && version >= new Version(10, 3)
            ? ""
            : $"Needs npm 10.3 or newer, found {output.Trim()}.";
    }
}

/// <summary>A test that runs npm, without its registry; skipped where npm is missing or too old.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmClientFactAttribute : FactAttribute
{
    public RequiresNpmClientFactAttribute() => Skip = InstalledNpm.WhyNot;
}

/// <summary>A theory whose cases run npm, without its registry; skipped where npm is missing or too old.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmClientTheoryAttribute : TheoryAttribute
{
    public RequiresNpmClientTheoryAttribute() => Skip = InstalledNpm.WhyNot;
}

/// <summary>A test that installs packages of npm's registry; skipped where there is no npm, or the registry does not answer.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmRegistryFactAttribute : FactAttribute
{
    public RequiresNpmRegistryFactAttribute() =>
        Skip = InstalledNpm.WhyNot ?? (InstalledNpm.HasRegistry ? null : "npm's registry does not answer.");
}
