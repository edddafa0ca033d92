using System.Buffers.Binary;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Elf;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>
/// LB2030: packages that compile or download something when they are installed. Their scripts do not run here: they
/// would run on this machine, for this machine.
/// </summary>
internal static class InstallScriptCheck
{
    private const string Code = "LB2030";

    /// <returns>Packages, like <c>bcrypt 5.1.1</c>, that bring nothing native for the architecture.</returns>
    public static IReadOnlyList<string> Find(
        LayerDeclaration layer,
        Architecture architecture,
        string folder,
        IReadOnlyList<NodeFile> files,
        NpmPackages packages)
    {
        ILookup<string, NodeFile> filesOf = files.ToLookup(f => f.Package, StringComparer.Ordinal);
        var found = new List<string>();
        foreach ((string package, NpmManifest manifest) in packages.Manifests)
        {
            bool builds = manifest.InstallScripts.Count > 0 || filesOf[package].Any(f => f.Path == $"{package}/binding.gyp");
            if (builds && !layer.Accepts(Code, manifest.Name ?? "") && !HasNative(package, manifest))
            {
                found.Add($"{manifest.Name ?? package} {manifest.Version}");
            }
        }

        return found;

        // A prebuilt file lies in the package itself, or in one of another name for each platform.
        bool HasNative(string package, NpmManifest manifest) => manifest.Dependencies.Keys
            .Select(name => packages.Resolve(package, name))
            .OfType<string>()
            .Prepend(package)
            .SelectMany(p => filesOf[p])
            .Any(f => f.IsExecutable && IsNative(Path.Combine(folder, f.Path), architecture));
    }

    public static void Report(LayerDeclaration layer, IReadOnlyList<string> packages, IReadOnlyList<Architecture> architectures, DiagnosticLog log)
    {
        if (packages.Count > 0)
        {
            string names = string.Join(", ", packages);
            log.Warning(Code, $"Layer '{layer.Name}': {names} {(packages.Count == 1 ? "has an install script, which was" : "have install scripts, which were")} not run, "
                + $"and {(packages.Count == 1 ? "brings" : "bring")} no native file for Linux on {string.Join(" or ", architectures)}. "
                + "If a script only prints something, the package works; if it compiles or downloads what the package needs, the package will not load in Lambda: "
                + "use a version or a package with prebuilt files, or put the built files in the layer as content. "
                + $"Accept one with AllowFindings=\"{Code}:{packages[0].Split(' ')[0]}\".");
        }
    }

    private static bool IsNative(string path, Architecture architecture)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        Span<byte> head = stackalloc byte[20];
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && head.StartsWith(ElfReader.Magic)
            && BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) == architecture.ElfMachine;
    }
}
