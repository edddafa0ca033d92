using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What npm left: lists of files by the architecture that it installed for, or a failure.</summary>
internal sealed record NpmTrees(NpmLock Locked)
{
    public Dictionary<Architecture, IReadOnlyList<NodeFile>> Files { get; } = [];

    public NpmFailure? Failure { get; init; }
}
