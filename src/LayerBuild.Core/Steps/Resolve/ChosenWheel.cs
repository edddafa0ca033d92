using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>A wheel that was chosen for a target, before it is known who requires it.</summary>
/// <param name="Url">Where it came from, without credentials and fragment; null when a lock file pins it to no place.</param>
internal sealed record ChosenWheel(CachedWheel File, WheelMetadata? Metadata, string Name, string Version, string? Url)
{
    /// <summary>How a lock file holds it; null for what is built at each change.</summary>
    public LockPin? Pin { get; init; }

    /// <param name="name">Normalised.</param>
    public static ChosenWheel Create(CachedWheel wheel, WheelMetadata? metadata, string name, string? url) =>
        new(wheel, metadata, name, metadata?.Version ?? (WheelFileName.TryParse(wheel.FileName, out WheelFileName? parsed) ? parsed.Version : ""), url);
}

/// <summary>A package as one target's share of a lock file.</summary>
/// <param name="Place">URL or full path of what is not taken from an index.</param>
internal sealed record LockPin(string Name, string? Version, string? Place, LockedFile File);
