using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Stage;

namespace LayerBuild.Pack;

/// <summary>How a layer is packed.</summary>
internal sealed record PackOptions
{
    public LayerCompression Compression { get; init; }

    /// <summary>Zip of an earlier build whose unchanged entries may be copied; null or missing for none.</summary>
    public string? PreviousZip { get; init; }

    /// <summary>What <see cref="PreviousZip"/> was made of, as this packer wrote it; full path, may be missing.</summary>
    public string? PreviousState { get; init; }

    /// <summary>Full path of the machine's cache of deflated content; null for none.</summary>
    public string? CachePath { get; init; }

    /// <summary>Bytes of a zip above which it is packed smallest by itself.</summary>
    public long SmallestAbove { get; init; } = 52_428_800;
}

/// <summary>Writes the zip of a layer: the same bytes for the same tree and options, whatever way they come about.</summary>
internal sealed class LayerPacker(PackOptions options, DiagnosticLog log)
{
    /// <summary>
    /// Writes <paramref name="zipPath"/>, and beside it <paramref name="statePath"/>: what the next build needs to copy
    /// unchanged entries. Neither is trusted before the build has moved both into place.
    /// </summary>
    public PackedLayer Pack(LayerTree tree, string zipPath, string statePath, CancellationToken cancellation)
    {
        _ = options;
        _ = log;
        throw new NotImplementedException();
    }
}
