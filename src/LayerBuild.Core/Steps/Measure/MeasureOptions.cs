using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Steps.Measure;

/// <summary>What the size of a layer is compared with, besides its own budgets.</summary>
internal sealed record MeasureOptions
{
    public LayerBaseline Baseline { get; init; } = LayerBaseline.None;

    /// <summary>The build is to publish, and has no bucket to upload through.</summary>
    public bool PublishesWithoutBucket { get; init; }
}
