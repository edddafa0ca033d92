using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

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

    /// <summary>
    /// Bytes of a zip above which it is packed smallest by itself, if that brings it down to as many:
    /// 50 MB, or a smaller budget of the user's.
    /// </summary>
    public long SmallestAbove { get; init; } = 52_428_800;
}
