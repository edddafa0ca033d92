namespace LayerBuild.Testing;

/// <summary>A test with Node.js and packages of <c>tests/tools/package.json</c>; skipped where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNpmFactAttribute : FactAttribute
{
    /// <param name="package">What the test needs of them.</param>
    public RequiresNpmFactAttribute(string package)
    {
        if (Tools is null || !Directory.Exists(Path.Combine(Tools, "node_modules", package)))
        {
            Skip = $"The npm package {package} is not installed: npm install --prefix tests/tools";
        }
        else if (Programs.Find("node") is null)
        {
            Skip = "There is no node on PATH.";
        }
    }

    /// <summary>Full path of tests/tools; null when the tests run outside of the repository.</summary>
    public static string? Tools { get; } = FindTools();

    private static string? FindTools()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string tools = Path.Combine(directory.FullName, "tests", "tools");
            if (File.Exists(Path.Combine(tools, "package.json")))
            {
                return tools;
            }
        }

        return null;
    }
}
