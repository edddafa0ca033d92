using LayerBuild.Diagnostics;
using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3001: native files for another architecture. LB3003: files that no Amazon Linux can load: of musl, macOS, Windows,
/// 32-bit, or broken.
/// </summary>
internal static class PlatformCheck
{
    private const string OtherArchitecture = "LB3001";
    private const string OtherSystem = "LB3003";

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        var misfits = new List<Misfit>();
        var fitting = new List<LayerEntry>();
        Sort(layer, misfits, fitting);
        var variants = new PlatformVariants(misfits.Count > 0 ? fitting : []);
        // A package without a file for this architecture: those for other systems are beside the point.
        HashSet<string> otherArchitecture = [.. misfits.Where(m => m.Code == OtherArchitecture).Select(m => PlatformVariants.Key(m.Entry))];
        foreach (Misfit misfit in misfits)
        {
            string? excluded = misfit.Entry.Path.IsUnder("nodejs") ? PackagePlatform.Excluded(layer, misfit.Entry) : null;
            if (excluded is not null)
            {
                yield return Finding.Error(misfit.Code, misfit.Entry, $"{misfit.What} Its package is for {excluded}; "
                    + $"install with npm's --os=linux --cpu={layer.Architecture.NodeCpu} --libc=glibc, as the layer's PackageJson does.");
            }
            else if (!variants.HasFitting(misfit.Entry)
                && !(misfit.Code == OtherSystem && otherArchitecture.Contains(PlatformVariants.Key(misfit.Entry)))
                && Severity(misfit) is { } severity)
            {
                yield return new Finding(misfit.Code, severity, misfit.Entry, $"{misfit.What} {Advice(layer, misfit)}");
            }
        }

        foreach ((LayerEntry entry, FileFacts facts) in layer.Notable)
        {
            if (facts.Nested.Count > 0 && !facts.Nested.Any(n => FindMisfit(layer, entry, new FileFacts(FileFormat.Elf) { Elf = n.Elf }) is null)
                && FindMisfit(layer, entry, new FileFacts(FileFormat.Elf) { Elf = facts.Nested[0].Elf }) is { } misfit)
            {
                yield return Finding.Error(misfit.Code, entry, $"has native files for other platforms only; {facts.Nested[0].Path} {misfit.What} "
                    + $"Use the jar's variant for Linux with glibc on {layer.Architecture.Machine}.");
            }
        }

        foreach ((LayerEntry entry, ElfFile elf) in layer.ElfFiles)
        {
            if (elf.X86Level >= 4 && layer.Architecture == Architecture.X64)
            {
                yield return Finding.Warning(OtherArchitecture, entry,
                    "states that it needs the x86-64-v4 instructions (AVX-512); Lambda promises AVX2. Build it for x86-64-v3 or lower.");
            }
        }
    }

    /// <summary>Tells what cannot be loaded from the native files that can.</summary>
    private static void Sort(InspectedLayer layer, List<Misfit> misfits, List<LayerEntry> fitting)
    {
        foreach ((LayerEntry entry, FileFacts facts) in layer.Notable)
        {
            if (FindMisfit(layer, entry, facts) is { } misfit)
            {
                misfits.Add(misfit);
            }
            else if (facts.Elf is not null)
            {
                fitting.Add(entry);
            }
        }
    }

    private static Misfit? FindMisfit(InspectedLayer layer, LayerEntry entry, FileFacts facts)
    {
        Misfit Found(string code, string what) => new(code, entry, facts.Format, what);
        switch (facts.Format)
        {
            case FileFormat.MachO:
                return Path.GetExtension(entry.Path.Value) == ".o" ? null : Found(OtherSystem, "is a macOS binary (Mach-O).");
            case FileFormat.WindowsNative:
                return Found(OtherSystem, "is a Windows binary (PE).");
            case FileFormat.GitLfsPointer:
                return IsLibraryName(entry.Path.FileName)
                    ? Found(OtherSystem, "is a Git LFS pointer, not the file itself: run 'git lfs pull'.")
                    : null;
        }

        if (facts.Elf is not { Type: not ElfType.Relocatable } elf)
        {
            return null;
        }

        Architecture wanted = layer.Architecture;
        if (elf.Machine == 0)
        {
            return Found(OtherSystem, $"is a broken ELF file: {elf.Damage ?? "it names no machine"}.");
        }

        if (elf.Machine is ElfFile.MachineI386 or ElfFile.MachineArm)
        {
            return Found(OtherSystem, $"is a 32-bit binary ({MachineName(elf.Machine)}); Lambda runs {wanted.Id} only.");
        }

        if (elf.Machine != wanted.ElfMachine || !elf.Is64Bit || !elf.IsLittleEndian)
        {
            string declared = layer.Layer.Architectures.Count > 1
                ? $"the layer declares {string.Join(" and ", layer.Layer.Architectures)}, and on {wanted.Id} it cannot load"
                : $"the layer declares {wanted.Id}";
            return Found(OtherArchitecture, $"is for {MachineName(elf.Machine)}{Oddity(elf)}; {declared} ({wanted.Machine}).");
        }

        if (elf.OtherSystem is { } system)
        {
            return Found(OtherSystem, $"is a {system} binary.");
        }

        if (elf.IsMusl)
        {
            return Found(OtherSystem, "is linked against musl (Alpine Linux); Lambda runs glibc and has no "
                + $"{elf.Interpreter ?? elf.Needed.FirstOrDefault(n => n.StartsWith("libc.", StringComparison.Ordinal)) ?? "musl"}.");
        }

        return elf.Damage is null ? null : Found(OtherSystem, $"is a broken ELF file: {elf.Damage}.");
    }

    private static Severity? Severity(Misfit misfit)
    {
        LayerEntry entry = misfit.Entry;
        string path = entry.Path.Value;
        bool pureWheel = entry.Owner is { } owner && owner.Wheel.EndsWith("-none-any.whl", StringComparison.OrdinalIgnoreCase);
        bool started = path == "bootstrap" || entry.Path.IsUnder("bin") || entry.Path.IsUnder("extensions");
        if (!started && misfit.Format is FileFormat.WindowsNative or FileFormat.MachO)
        {
            // No Linux loader is asked for a file of that name: dead weight at worst.
            switch (Path.GetExtension(path).ToUpperInvariant())
            {
                case ".EXE" or ".DLL" or ".DYLIB":
                    return IsOfPackage(entry) ? null : Diagnostics.Severity.Warning;
            }

            if (IsOfPackage(entry) && !IsLibraryName(entry.Path.FileName) && PlatformVariants.NamesOtherSystem(entry))
            {
                return null;
            }
        }

        // A wheel for every platform that says in a file's name what it is for opens it on that platform only.
        return !started && pureWheel && !IsModuleName(entry.Path.FileName) && PlatformVariants.NamesPlatform(entry)
            ? Diagnostics.Severity.Warning
            : Diagnostics.Severity.Error;
    }

    private static bool IsOfPackage(LayerEntry entry) => entry.Owner is not null || InspectedLayer.IsNodePackage(entry.Path);

    private static string Advice(InspectedLayer layer, Misfit misfit)
    {
        Architecture wanted = layer.Architecture;
        if (misfit.Format == FileFormat.GitLfsPointer)
        {
            return "";
        }

        Architecture? actual = misfit.Code == OtherArchitecture
            ? Architecture.All.FirstOrDefault(a => misfit.What.Contains($"is for {a.Machine}", StringComparison.Ordinal))
            : null;
        string declare = actual is not null && actual != wanted
            ? layer.Layer.Architectures.Count > 1
                ? $", or declare one layer for each architecture (CompatibleArchitectures=\"{actual.Id}\" for this file's)"
                : $", or declare CompatibleArchitectures=\"{actual.Id}\""
            : "";
        return misfit.Entry.Owner is { Wheel.Length: > 0 } package
            ? $"The wheel {package.Wheel} has it: use another version of {package.Name}, with a wheel for {wanted.Machine} and glibc{declare}."
            : misfit.Entry.Owner is { } module
            ? $"The npm package {module.Name} {module.Version} has it: use a version that has one for linux-{wanted.NodeCpu} with glibc{declare}; if nothing loads it, leave it out with ExcludeFiles."
            : $"Replace it with one that was built for Linux with glibc on {wanted.Machine}{declare}; if nothing loads it, leave it out with ExcludeFiles.";
    }

    private static string MachineName(int machine) => machine switch
    {
        ElfFile.MachineI386 => "i386",
        ElfFile.MachineArm => "32-bit ARM",
        21 => "ppc64",
        22 => "s390x",
        62 => "x86_64",
        183 => "aarch64",
        243 => "RISC-V",
        258 => "LoongArch",
        _ => $"machine {machine}",
    };

    private static string Oddity(ElfFile elf) => (elf.Is64Bit, elf.IsLittleEndian) switch
    {
        (true, true) => "",
        (false, true) => ", 32 bit",
        (true, false) => ", big-endian",
        (false, false) => ", 32 bit, big-endian",
    };

    /// <summary><c>.so</c>, <c>.so.1.2</c>, <c>.pyd</c>, <c>.node</c>.</summary>
    private static bool IsLibraryName(string name) => IsModuleName(name) || name.Contains(".so.", StringComparison.Ordinal);

    private static bool IsModuleName(string name) => Path.GetExtension(name) is ".so" or ".pyd" or ".node";

    private sealed record Misfit(string Code, LayerEntry Entry, FileFormat Format, string What);
}
