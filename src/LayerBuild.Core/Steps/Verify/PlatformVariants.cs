using System.Text.RegularExpressions;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// Packages that carry a file for every platform and choose at run time (<c>prebuilds/linux-x64/x.node</c> beside
/// <c>prebuilds/darwin-arm64/x.node</c>, <c>attach_linux_amd64.so</c> beside <c>attach.dylib</c>): files are variants of one
/// another when their paths differ in the names of platforms only.
/// </summary>
/// <param name="fitting">The files that are for the layer's platform.</param>
internal sealed class PlatformVariants(IEnumerable<LayerEntry> fitting)
{
    private readonly HashSet<(string Key, InstalledPackage? Owner)> _fitting = [.. fitting.Select(f => (Key(f), f.Owner))];

    /// <summary>Whether the same file is there for the layer's platform too.</summary>
    public bool HasFitting(LayerEntry entry) => _fitting.Contains((Key(entry), entry.Owner));

    /// <summary>Whether its path says that it is for another system than Linux.</summary>
    public static bool NamesOtherSystem(LayerEntry entry) => OtherSystem.IsMatch(entry.Path.Value);

    /// <summary>Whether its path says what platform it is for.</summary>
    public static bool NamesPlatform(LayerEntry entry) => Label.IsMatch(entry.Path.Value);

    /// <summary>What files have in common that are variants of one another.</summary>
    public static string Key(LayerEntry entry)
    {
        string path = Label.Replace(entry.Path.Value, "");
        path = LibraryExtension.Replace(path, "");
        return Separators.Replace(path, "/");
    }

    private static Regex Label { get; } = new(@"(?<=^|[/._+\-])(?:lib)?(?:linux(?:musl|gnu|32|64)?|musl(?:linux)?|manylinux\d*|gnu(?:eabihf)?|glibc|darwin|mac(?:os(?:x)?)?|osx|win(?:dows|dows_nt|32|64)?|msvc|mingw\d*|(?:free|open|net)bsd|sunos|solaris|android|ios|tvos|watchos|visionos|simulator|catalyst|aix|cygwin|x64|x86(?:[_-]64)?|amd64|ia32|i[36]86|386|32|64|32bit|64bit|arm(?:64|v?[678]l?|hf|el)?|aarch64|universal2?|ppc64(?:le)?|s390x?|riscv64|loong64|mips\w*|cpython|pypy\d*|pp\d+|cp\d+|3\d+[td]*|abi3t?)(?=$|[/._+\-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static Regex OtherSystem { get; } = new(
        @"(?<=^|[/._+\-])(?:darwin|mac(?:os(?:x)?)?|osx|win(?:dows|dows_nt|32|64)?|msvc|mingw\d*|(?:free|open|net)bsd|sunos|solaris|android|ios|tvos|app/Contents)(?=$|[/._+\-])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static Regex LibraryExtension { get; } = new(@"\.(?:so|dylib|dll|pyd|exe)(?:\.\d+)*$", RegexOptions.CultureInvariant);

    private static Regex Separators { get; } = new(@"[/._+\-]+", RegexOptions.CultureInvariant);
}
