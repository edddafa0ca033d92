namespace LayerBuild.Publish;

/// <summary>A <c>LambdaFunction</c> item.</summary>
/// <param name="Name">Name or ARN of the function.</param>
/// <param name="Layers">Names of layers declared here, and layer version ARNs, in order.</param>
internal sealed record FunctionDeclaration(string Name, IReadOnlyList<string> Layers)
{
    /// <summary>Regions that have the function; empty for all that are published to.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Bytes of the function's own code, unzipped; 0 when unknown.</summary>
    public long CodeSize { get; init; }

    /// <summary>Whether the function is to be found in <paramref name="region"/>.</summary>
    public bool IsIn(string region) => Name.StartsWith("arn:", StringComparison.Ordinal)
        ? Name.Split(':') is [_, _, _, var own, ..] && own == region
        : Regions.Count == 0 || Regions.Contains(region);
}
