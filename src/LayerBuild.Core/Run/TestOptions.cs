using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Run;

/// <summary>How layers and functions are tested.</summary>
internal sealed record TestOptions
{
    /// <summary><c>LambdaLayerPython</c>: a Python to try before those of PATH and pyenv; null when it is not set.</summary>
    public string? Python { get; init; }

    /// <summary>Longest that one run may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the layers may be mounted at /opt where Linux lets us.</summary>
    public bool Mount { get; init; } = true;

    /// <summary>The build's environment: where programs are found.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
}
