namespace LayerBuild.Testing;

/// <summary>
/// Further real wheels, for CPython 3.11 on x86_64, which are too large for this repository: LAYERBUILD_TEST_WHEELS names their folder.
/// </summary>
internal static class TestWheels
{
    public static IEnumerable<string> All => Find("*.whl");

    public static IEnumerable<string> Find(string pattern) =>
        Environment.GetEnvironmentVariable("LAYERBUILD_TEST_WHEELS") is { Length: > 0 } folder && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)
            : [];
}
