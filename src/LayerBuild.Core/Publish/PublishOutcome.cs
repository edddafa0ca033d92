using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>What became of a layer in a region.</summary>
internal sealed record LayerOutcome(BuiltLayer Layer, string Region)
{
    /// <summary>The version that holds what was built; null when that failed.</summary>
    public CurrentVersion? Version { get; init; }

    /// <summary>Whom the version is shared with by LayerBuild; null when that failed or was not reached.</summary>
    public IReadOnlyList<LayerPrincipal>? SharedWith { get; init; }

    /// <summary>Version numbers that were deleted, or would be.</summary>
    public IReadOnlyList<long> Pruned { get; init; } = [];

    /// <summary>Why it is not done; null when it is.</summary>
    public Diagnostic? Error { get; init; }
}

/// <summary>What became of a function in a region.</summary>
internal sealed record FunctionOutcome(string Function, string Region)
{
    /// <summary>Layer version ARNs of the function, in order; null when they could not be set.</summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>False when the function had them already.</summary>
    public bool Changed { get; init; }

    public Diagnostic? Error { get; init; }
}
