namespace LayerBuild.Lambda;

/// <summary>One <c>LambdaFunction</c> item, valid: paths are full paths.</summary>
/// <param name="Name">Name (or ARN) of the function.</param>
internal sealed record LambdaFunctionDeclaration(string Name)
{
    /// <summary>The project file that holds the item, for diagnostics.</summary>
    public string? ProjectFile { get; init; }

    /// <summary>Names of layers of the project, and layer version ARNs, in the order in which they are merged.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>Null: what its layers are for.</summary>
    public LambdaRuntime? Runtime { get; init; }

    /// <summary>Null: what its layers are for.</summary>
    public Architecture? Architecture { get; init; }

    /// <summary>Full path of the folder that holds the function's code; null when it is not known here.</summary>
    public string? CodeDirectory { get; init; }

    /// <summary>Full path of the zip that holds the function's code; null when it is not known here.</summary>
    public string? CodeZip { get; init; }

    /// <summary><c>module.function</c>, as Lambda takes it.</summary>
    public string? Handler { get; init; }

    /// <summary>The event that a test sends, JSON; <c>{}</c> when none is given.</summary>
    public string Event { get; init; } = "{}";

    /// <summary>Regions that have the function, for attaching; empty for all that are published to.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Layers that are not built here: ARNs of layer versions.</summary>
    public IEnumerable<string> ForeignLayers => Layers.Where(IsArn);

    /// <summary>Layers of the project, by name.</summary>
    public IEnumerable<string> OwnLayers => Layers.Where(l => !IsArn(l));

    /// <summary>Whether the function is to be found in <paramref name="region"/>.</summary>
    public bool IsIn(string region) => IsArn(Name)
        ? Name.Split(':') is [_, _, _, var own, ..] && own == region
        : Regions.Count == 0 || Regions.Contains(region);

    public static bool IsArn(string layer) => layer.StartsWith("arn:", StringComparison.Ordinal);
}
