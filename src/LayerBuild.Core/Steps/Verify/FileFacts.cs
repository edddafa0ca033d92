using LayerBuild.Formats.Elf;

namespace LayerBuild.Steps.Verify;

/// <summary>What the content of one file says, whatever the layer is declared for.</summary>
internal sealed record FileFacts(FileFormat Format)
{
    /// <summary>The fact about files that were not looked into, because no check asks for their content.</summary>
    public static readonly FileFacts Nothing = new(FileFormat.Other);

    public ElfFile? Elf { get; init; }

    /// <summary>The words behind <c>#!</c>, for a script.</summary>
    public string? Shebang { get; init; }

    /// <summary>Whether the first line of a script ends with a carriage return, which becomes part of its interpreter's name.</summary>
    public bool CarriageReturn { get; init; }

    /// <summary>Native files inside a jar of the user's.</summary>
    public IReadOnlyList<NestedLibrary> Nested { get; init; } = [];

    /// <summary>What looks like a secret.</summary>
    public IReadOnlyList<Secret> Secrets { get; init; } = [];
}
