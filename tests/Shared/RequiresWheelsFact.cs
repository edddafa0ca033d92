namespace LayerBuild;

/// <summary>
/// A test against real wheels for CPython 3.11 on x86_64, which are too large for this repository: the folder
/// is named by LAYERBUILD_TEST_WHEELS, and the test is skipped where there is none.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresWheelsFactAttribute : FactAttribute
{
    public RequiresWheelsFactAttribute(string wheel = "pydantic_core-*cp311*x86_64.whl")
    {
        if (!Find(wheel).Any())
        {
            Skip = $"No wheel {wheel} in LAYERBUILD_TEST_WHEELS.";
        }
    }

    public static IEnumerable<string> Wheels => Find("*.whl");

    public static IEnumerable<string> Find(string pattern) =>
        Environment.GetEnvironmentVariable("LAYERBUILD_TEST_WHEELS") is { Length: > 0 } folder && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)
            : [];
}
