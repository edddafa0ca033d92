using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>LB3004: extension modules that a declared Python does not take for its own, and so never imports.</summary>
internal static class ExtensionModuleCheck
{
    private const string Code = "LB3004";

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        var modules = new List<(LayerEntry Entry, ExtensionModuleName Name)>();
        foreach ((LayerEntry entry, FileFacts facts) in layer.Notable)
        {
            // PlatformCheck reports what cannot load at all.
            if (facts.Elf is { Is64Bit: true, IsLittleEndian: true } elf && elf.Machine == layer.Architecture.ElfMachine && !elf.IsMusl
                && entry.Path.IsUnder("python") && ExtensionModuleName.Parse(entry.Path.FileName) is { } name)
            {
                modules.Add((entry, name));
            }
        }

        // A package may carry one file for each Python, side by side.
        foreach (IGrouping<string, (LayerEntry Entry, ExtensionModuleName Name)> module in modules.GroupBy(m => ModulePath(m.Entry, m.Name)))
        {
            (LayerEntry entry, ExtensionModuleName name) = module.First();
            LambdaRuntime[] without =
            [
                .. layer.RuntimesOf(entry).Where(r => r.Family == RuntimeFamily.Python
                    && !module.Any(m => Loads(m.Entry, m.Name, r, layer.Architecture))),
            ];
            if (without.Length > 0)
            {
                yield return Finding.Error(Code, entry, Explain(layer, entry, name, without));
            }
        }
    }

    private static string ModulePath(LayerEntry entry, ExtensionModuleName name) =>
        entry.Path.Value[..^entry.Path.FileName.Length] + name.Module;

    private static bool Loads(LayerEntry entry, ExtensionModuleName name, LambdaRuntime python, Architecture architecture) =>
        !name.IsForeign
        && name.Flags.Length == 0
        && (name.Python is null || name.Python == python.PythonVersion)
        && (name.Triple is null || name.Triple == Triple(architecture))
        && !(name.IsStable && StableSince(entry) is { } since && python.PythonVersion < since);

    /// <summary>The version behind which a wheel's <c>.abi3.so</c> works: cp3M of its tag cp3M-abi3.</summary>
    private static Version? StableSince(LayerEntry entry)
    {
        string[] parts = entry.Owner?.Wheel.Split('-') ?? [];
        if (parts.Length < 5 || !parts[^2].Split('.').Contains("abi3"))
        {
            return null;
        }

        Version? least = null;
        foreach (string tag in parts[^3].Split('.'))
        {
            if (tag.StartsWith("cp3", StringComparison.Ordinal) && int.TryParse(tag[3..], out int minor))
            {
                var version = new Version(3, minor);
                least = least is null || version < least ? version : least;
            }
        }

        return least;
    }

    private static string Triple(Architecture architecture) => $"{architecture.Machine}-linux-gnu";

    private static string Explain(InspectedLayer layer, LayerEntry entry, ExtensionModuleName name, LambdaRuntime[] without)
    {
        string runtimes = string.Join(" and ", without.Select(r => r.Id));
        string verb = without.Length == 1 ? "is" : "are";
        string whatItIs = name switch
        {
            { IsForeign: true } => $"is for an interpreter other than CPython on Linux ({name.Suffix})",
            { Python: not null, Flags: "t" } => $"is for the free-threaded CPython {name.Python}t",
            { Python: not null, Flags.Length: > 0 } => $"is for a special build of CPython {name.Python} ({name.Flags})",
            { Python: not null, Triple: not null } when name.Triple != Triple(layer.Architecture) => $"is named for CPython {name.Python} on {name.Triple}",
            { Python: not null } => $"is for CPython {name.Python}",
            _ => $"needs CPython {StableSince(entry)} or newer, as its wheel {entry.Owner?.Wheel} says",
        };
        string imports = $"{(without.Length == 1 ? "imports" : "import")} only names that end in "
            + $"{string.Join(", ", without.Select(r => $".cpython-3{r.PythonVersion.Minor}-{Triple(layer.Architecture)}.so"))}, .abi3.so or .so";
        string tags = string.Join(" and ", without.Select(r => $"cp3{r.PythonVersion.Minor}"));
        string advice = entry.Owner is { } package
            ? $"Use a version of {package.Name} that has a wheel for {tags}, or leave {runtimes} out of CompatibleRuntimes."
            : $"Build it with Python {string.Join(" and ", without.Select(r => r.PythonVersion))}, put files for several versions in "
                + "python/lib/python3.X/site-packages, or leave the runtime out of CompatibleRuntimes.";
        return $"{whatItIs}, but {runtimes} {verb} declared, which {imports}. {advice}";
    }
}
