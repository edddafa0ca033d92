namespace LayerBuild.Steps.Stage;

/// <summary>What <c>Slim="true"</c> leaves out: files of <c>python/</c> that no import needs.</summary>
internal static class SlimRule
{
    private static readonly string[] Suffixes = [".pyi", ".pxd", ".c", ".h", ".hh", ".hpp", ".hxx"];

    /// <summary>What of a .dist-info folder importlib.metadata and the law ask for.</summary>
    private static readonly string[] InfoFiles = ["METADATA", "entry_points.txt", "top_level.txt"];

    private static readonly string[] LegalNames = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "COPYRIGHT"];

    /// <summary>Files of <c>tests/</c> folders that a package imports in earnest: numpy.testing needs this one.</summary>
    private static readonly string[] ImportedTests = ["numpy/_core/tests/_natype.py", "numpy/_core/tests/__init__.py"];

    public static bool Drops(string value)
    {
        if (!value.StartsWith("python/", StringComparison.Ordinal))
        {
            return false;
        }

        int info = value.IndexOf(".dist-info/", StringComparison.Ordinal);
        if (info >= 0)
        {
            return !IsKeptInfo(value[(info + ".dist-info/".Length)..]);
        }

        if (value.EndsWith("/py.typed", StringComparison.Ordinal) || value.Contains("/__pycache__/", StringComparison.Ordinal))
        {
            return true;
        }

        if (value.Contains("/tests/", StringComparison.Ordinal))
        {
            return !Array.Exists(ImportedTests, t => value.EndsWith("/" + t, StringComparison.Ordinal));
        }

        // A .pyc outside __pycache__ stays: it is a module without source.
        return Array.Exists(Suffixes, s => value.EndsWith(s, StringComparison.Ordinal));
    }

    private static bool IsKeptInfo(string file) =>
        Array.IndexOf(InfoFiles, file) >= 0
        || file.StartsWith("licenses/", StringComparison.Ordinal)
        || Array.Exists(LegalNames, n => file.StartsWith(n, StringComparison.OrdinalIgnoreCase));
}
