namespace LayerBuild.Formats.Elf;

/// <summary>What the headers and the dynamic section of an ELF file say (System V ABI, and its GNU extensions).</summary>
internal sealed record ElfFile
{
    public const int MachineI386 = 3;
    public const int MachineArm = 40;

    /// <summary>EI_CLASS: 64 bit, not 32.</summary>
    public required bool Is64Bit { get; init; }

    /// <summary>EI_DATA.</summary>
    public required bool IsLittleEndian { get; init; }

    /// <summary>e_machine.</summary>
    public required int Machine { get; init; }

    /// <summary>e_type.</summary>
    public required ElfType Type { get; init; }

    /// <summary>EI_OSABI: 0 (System V) or 3 (GNU) on Linux.</summary>
    public int OsAbi { get; init; }

    /// <summary>What does not fit in the file; the loader will refuse it. Null when all could be read.</summary>
    public string? Damage { get; init; }

    /// <summary>Whether there is a dynamic section: a static program has none.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>PT_INTERP: the loader of a program; null for a shared library.</summary>
    public string? Interpreter { get; init; }

    public string? Soname { get; init; }

    /// <summary>DT_NEEDED, in order.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>DT_RPATH: searched before LD_LIBRARY_PATH, but only when there is no DT_RUNPATH.</summary>
    public string? RPath { get; init; }

    /// <summary>DT_RUNPATH: searched after LD_LIBRARY_PATH.</summary>
    public string? RunPath { get; init; }

    /// <summary>The versioned symbols that it needs, by library.</summary>
    public IReadOnlyList<ElfVersionNeed> VersionNeeds { get; init; } = [];

    /// <summary>DT_RELR: packed relocations, which a glibc before 2.36 does not know.</summary>
    public bool HasRelr { get; init; }

    /// <summary>The x86-64 level that GNU_PROPERTY_X86_ISA_1_NEEDED states: 1 to 4; 0 when it states none.</summary>
    public int X86Level { get; init; }

    /// <summary>The name of the system that EI_OSABI states, when Linux does not load its files; null for Linux.</summary>
    public string? OtherSystem => OsAbi switch
    {
        2 => "NetBSD",
        6 => "Solaris",
        9 => "FreeBSD",
        12 => "OpenBSD",
        _ => null,
    };

    /// <summary>Built for musl's loader or C library (or Android's), which Amazon Linux does not have.</summary>
    public bool IsMusl =>
        (Interpreter?.Contains("ld-musl", StringComparison.Ordinal) ?? false)
        || Needed.Any(n => n.StartsWith("libc.musl-", StringComparison.Ordinal))
        || (Needed.Contains("libc.so") && !Needed.Contains("libc.so.6"));
}

/// <summary>e_type.</summary>
internal enum ElfType
{
    Other,
    Relocatable = 1,
    Executable = 2,
    Shared = 3,
}

/// <summary>An entry of the verneed section.</summary>
/// <param name="Library">vn_file: <c>libc.so.6</c>.</param>
/// <param name="Version">vna_name: <c>GLIBC_2.17</c>.</param>
/// <param name="Weak">VER_FLG_WEAK: the loader only warns when it is missing.</param>
internal readonly record struct ElfVersionNeed(string Library, string Version, bool Weak);
