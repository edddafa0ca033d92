namespace LayerBuild.Harness;

/// <summary>A test with a real wheel that is on every machine: the pip that ensurepip carries. Debian has it in python3-venv.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresBundledPipFactAttribute : FactAttribute
{
    private const string Script =
        """
        import glob, os
        try:
            import ensurepip
            found = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))
        except ImportError:
            found = []
        print((found + glob.glob("/usr/share/python-wheels/pip-*.whl") + [""])[0])
        """;

    public RequiresBundledPipFactAttribute()
    {
        if (Wheel is null)
        {
            Skip = "No Python with pip and ensurepip (on Debian: python3-venv).";
        }
    }

    /// <summary>Full path of the wheel; null when there is none.</summary>
    public static string? Wheel { get; } = Find();

    private static string? Find()
    {
        if (TestPython.All.Count == 0)
        {
            return null;
        }

        string path = DotnetCommand.RunProgram(Path.GetTempPath(), TestPython.Newest.Path, "-c", Script).Output.Trim();
        return File.Exists(path) ? path : null;
    }
}
