namespace LayerBuild.Lambda;

/// <summary>What an entry of a layer is, beyond its bytes.</summary>
internal enum EntryKind
{
    /// <summary>Mode 0644.</summary>
    File,

    /// <summary>Mode 0755.</summary>
    Executable,

    /// <summary>Mode 0120777; the entry's bytes are the link's target.</summary>
    SymbolicLink,
}

/// <summary>A file (or link) of the user's own that goes into the layer as it is.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="SourcePath">Full path on disk.</param>
/// <param name="Kind">From the x bit on Unix, and from the places that must be executable.</param>
/// <param name="Size">In bytes, when it was collected.</param>
/// <param name="LinkTarget">For a symbolic link: its target, relative, forward slashes, inside the layer.</param>
internal sealed record ContentFile(ZipPath Path, string SourcePath, EntryKind Kind, long Size, string? LinkTarget = null);
