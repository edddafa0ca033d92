using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>
/// The file name of a Python extension module: <c>name.cpython-312-x86_64-linux-gnu.so</c>, <c>name.abi3.so</c>,
/// <c>name.so</c>. An interpreter imports only what ends with one of its own suffixes.
/// </summary>
/// <param name="Module">The part before the suffix.</param>
/// <param name="Suffix">With its leading dot.</param>
internal sealed record ExtensionModuleName(string Module, string Suffix)
{
    /// <summary>Version of CPython in the suffix; null when there is none.</summary>
    public Version? Python { get; private init; }

    /// <summary>Flags behind the version: <c>t</c> free-threaded, <c>d</c> debug.</summary>
    public string Flags { get; private init; } = "";

    /// <summary><c>x86_64-linux-gnu</c>; null when the suffix has none.</summary>
    public string? Triple { get; private init; }

    public bool IsStable => Suffix == ".abi3.so";

    /// <summary>Suffixes of PyPy, GraalPy, Windows and other interpreters than CPython.</summary>
    public bool IsForeign { get; private init; }

    public static ExtensionModuleName? Parse(string fileName)
    {
        if (Path.GetExtension(fileName) is not (".so" or ".pyd"))
        {
            return null;
        }

        int dot = fileName.IndexOf('.', StringComparison.Ordinal);
        string suffix = fileName[dot..];
        var name = new ExtensionModuleName(fileName[..dot], suffix);
        if (suffix is ".so" or ".abi3.so")
        {
            return name;
        }

        Match cpython = CPython.Match(suffix);
        if (cpython.Success)
        {
            string digits = cpython.Groups["version"].Value;
            return name with
            {
                Python = new Version(digits[0] - '0', int.Parse(digits[1..], CultureInfo.InvariantCulture)),
                Flags = cpython.Groups["flags"].Value,
                Triple = cpython.Groups["triple"].Success ? cpython.Groups["triple"].Value : null,
            };
        }

        // name.1.so is a library whose name has a dot, not a module.
        return Foreign.IsMatch(suffix) ? name with { IsForeign = true } : null;
    }

    private static Regex CPython { get; } = new(@"^\.cpython-(?<version>\d{2,3})(?<flags>[a-z]*)(?:-(?<triple>[a-z0-9_\-]+))?\.so$", RegexOptions.CultureInvariant);

    private static Regex Foreign { get; } = new(@"^\.(?:(?:pypy|graalpy|cp|pp)[a-z0-9_\-]+\.(?:so|pyd)|abi3t\.so|pyd)$", RegexOptions.CultureInvariant);
}
