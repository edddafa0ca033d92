using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// LB3002: symbol versions that the system of the oldest declared runtime does not have. Only the newest version of
/// each library counts: a library that has it has those before it.
/// </summary>
internal static class SymbolVersionCheck
{
    private const string Code = "LB3002";

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        foreach ((LayerEntry entry, ElfFile elf) in layer.ElfFiles)
        {
            if (elf.Machine != layer.Architecture.ElfMachine || elf.IsMusl || (elf.VersionNeeds.Count == 0 && !elf.HasRelr))
            {
                continue;
            }

            IReadOnlyList<LambdaRuntime> runtimes = layer.RuntimesOf(entry);
            LambdaRuntime? oldest = runtimes.MinBy(r => r.Glibc);
            LambdaSystem system = oldest is null ? LambdaSystem.All[^1] : LambdaSystem.Of(oldest);
            string where = oldest is null ? $"{system.Name}, the newest that Lambda has," : $"{oldest} runs on {system.Name}, which";
            foreach (Finding finding in CheckFile(entry, elf, system, where))
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<Finding> CheckFile(LayerEntry entry, ElfFile elf, LambdaSystem system, string where)
    {
        bool isGlibc = LambdaSystem.IsGlibc(elf.Soname ?? entry.Path.FileName);
        var worst = new List<Need>();
        foreach (ElfVersionNeed need in elf.VersionNeeds)
        {
            if (need.Version == "GLIBC_PRIVATE")
            {
                if (!isGlibc && LambdaSystem.IsGlibc(need.Library))
                {
                    yield return new Finding(Code, need.Weak ? Severity.Warning : Severity.Error, entry,
                        $"uses private symbols of glibc (GLIBC_PRIVATE of {need.Library}): it works only with the glibc that it was built with. "
                        + $"Leave out the parts of glibc, because the system has its own; or {Advice(entry, system)}")
                    { Subject = need.Library };
                }
            }
            else if (need.Version.StartsWith("GLIBC_ABI_", StringComparison.Ordinal))
            {
                yield return new Finding(Code, need.Weak ? Severity.Warning : Severity.Error, entry,
                    $"needs {need.Version} of {need.Library}, which came with glibc 2.36; {where} has glibc {system.Symbols("GLIBC", "libc.so.6")!.Newest}. {Advice(entry, system)}")
                { Subject = need.Library };
            }
            else if (TryParse(need.Version, out string prefix, out Version version))
            {
                Need? known = worst.Find(n => n.Prefix == prefix && n.Library == need.Library);
                if (known is null)
                {
                    worst.Add(new Need(prefix, need.Library) { Version = version, Weak = need.Weak });
                }
                else if (!(need.Weak && !known.Weak) && (version > known.Version || (known.Weak && !need.Weak)))
                {
                    (known.Version, known.Weak) = (version, need.Weak);
                }
            }
        }

        foreach (Need need in worst)
        {
            if (system.Symbols(need.Prefix, need.Library) is { } has && need.Version > has.Certain)
            {
                yield return TooNew(entry, need, has, where, Advice(entry, system));
            }
        }

        // A file with DT_RELR but without the version that announces it is not even refused: it crashes.
        if (elf.HasRelr && !elf.VersionNeeds.Any(n => n.Version.StartsWith("GLIBC_ABI_", StringComparison.Ordinal)))
        {
            yield return Finding.Error(Code, entry,
                $"has packed relocations (DT_RELR), which glibc supports since 2.36; {where} has glibc {system.Symbols("GLIBC", "libc.so.6")!.Newest}. {Advice(entry, system)}");
        }
    }

    private static Finding TooNew(LayerEntry entry, Need need, SymbolVersions has, string where, string advice)
    {
        bool certain = need.Version > has.Newest;
        string amount = certain ? $"has {need.Prefix}_{has.Newest}" : $"has {need.Prefix}_{has.Certain} in its first images and {need.Prefix}_{has.Newest} in its newest";
        return new Finding(Code, certain && !need.Weak ? Severity.Error : Severity.Warning, entry,
            $"needs {need.Prefix}_{need.Version} of {need.Library}{(need.Weak ? " (weakly)" : "")}; {where} {amount}. {advice}")
        { Subject = need.Library };
    }

    private static string Advice(LayerEntry entry, LambdaSystem system)
    {
        Version glibc = system.Symbols("GLIBC", "libc.so.6")!.Certain;
        string build = string.Create(CultureInfo.InvariantCulture, $"manylinux_{glibc.Major}_{glibc.Minor}");
        string newer = system.Id == LambdaSystem.All[^1].Id ? "" : ", or declare only runtimes on Amazon Linux 2023";
        return entry.Owner is { } package
            ? $"Use a version of {package.Name} with a wheel for {build} or older{newer}."
            : $"Build it on {system.Name} (or with glibc {glibc} or older){newer}.";
    }

    /// <summary><c>GLIBCXX_3.4.29</c>; versions in words (<c>CXXABI_TM_1</c>) say nothing about order.</summary>
    private static bool TryParse(string text, out string prefix, out Version version)
    {
        int underscore = text.LastIndexOf('_');
        prefix = underscore > 0 ? text[..underscore] : "";
        string number = text[(underscore + 1)..];
        // GCC_3.0, GLIBC_2.2.5 and ZLIB_1.2.5.2, but also a bare GCC_7.
        return Version.TryParse(number.Contains('.') ? number : $"{number}.0", out version!) && prefix.Length > 0;
    }

    /// <summary>The newest version of a prefix that a file needs of a library.</summary>
    private sealed class Need(string prefix, string library)
    {
        public string Prefix { get; } = prefix;

        public string Library { get; } = library;

        public required Version Version { get; set; }

        public required bool Weak { get; set; }
    }
}
