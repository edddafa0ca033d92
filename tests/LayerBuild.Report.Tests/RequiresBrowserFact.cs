namespace LayerBuild.Report;

/// <summary>A test in a headless Chromium; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresBrowserFactAttribute : FactAttribute
{
    public RequiresBrowserFactAttribute()
    {
        if (Browser is null)
        {
            Skip = "There is no chromium, chromium-browser or google-chrome on PATH.";
        }
    }

    /// <summary>Full path of the browser; null when there is none.</summary>
    public static string? Browser { get; } = Programs.Find("chromium", "chromium-browser", "google-chrome");

    /// <summary>A package of tests/tools that the test needs too.</summary>
    public string? NpmPackage
    {
        get => null;
        set => Skip ??= value is null || (RequiresNpmFactAttribute.Tools is { } tools && Directory.Exists(Path.Combine(tools, "node_modules", value)))
            ? null
            : $"The npm package {value} is not installed: npm install --prefix tests/tools";
    }
}
