namespace LayerBuild.Lambda;

/// <summary>An instruction set of Lambda, with the names that others have for it.</summary>
internal sealed record Architecture
{
    public static readonly Architecture X64 = new("x86_64", "x86_64", "x64", 62);
    public static readonly Architecture Arm64 = new("arm64", "aarch64", "arm64", 183);

    private Architecture(string id, string machine, string nodeCpu, int elfMachine)
    {
        Id = id;
        Machine = machine;
        NodeCpu = nodeCpu;
        ElfMachine = elfMachine;
    }

    /// <summary>All of them, in the order in which lists of architectures are written.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [X64, Arm64];

    /// <summary>Lambda's name: <c>x86_64</c> or <c>arm64</c>.</summary>
    public string Id { get; }

    /// <summary>The kernel's name, which wheel tags and the marker platform_machine use: <c>x86_64</c> or <c>aarch64</c>.</summary>
    public string Machine { get; }

    /// <summary>npm's <c>--cpu</c>, and the folder of a .NET package store: <c>x64</c> or <c>arm64</c>.</summary>
    public string NodeCpu { get; }

    /// <summary>e_machine of its ELF files.</summary>
    public int ElfMachine { get; }

    public static Architecture? Find(string id) => All.FirstOrDefault(a => a.Id == id);

    public override string ToString() => Id;
}
