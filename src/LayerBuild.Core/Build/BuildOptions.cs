using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Steps.Resolve;

namespace LayerBuild.Build;

/// <summary>Where the layers of a project go, and how they are made.</summary>
internal sealed record BuildOptions
{
    /// <summary>Full path of the folder for finished zips and manifests.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Full path of the folder for what the build keeps for itself; a sub-folder per layer.</summary>
    public required string IntermediatePath { get; init; }

    public required ResolveOptions Resolve { get; init; }

    public LayerCompression Compression { get; init; }

    /// <summary>Whether the staged tree is written to disk.</summary>
    public bool Stage { get; init; } = true;

    /// <summary>Full path of earlier manifests (a folder or a zip) for MaxGrowth; null for none.</summary>
    public string? Baseline { get; init; }

    /// <summary>Where machines share their work; null for nowhere.</summary>
    public IRemoteCache? Remote { get; init; }

    /// <summary>What packages are looked up in; null for nothing.</summary>
    public AdvisoryOptions? Advisories { get; init; }

    /// <summary>The build is part of a publish that has no bucket for zips above 50 MB.</summary>
    public bool PublishesDirectly { get; init; }
}

/// <summary>What is known of vulnerable packages.</summary>
/// <param name="Paths">Full paths of exports, folders and records.</param>
/// <param name="Today">The day to which the age of the data is measured.</param>
/// <param name="Said">Messages that this build has repeated of layers that are up to date.</param>
internal sealed record AdvisoryOptions(IReadOnlyList<string> Paths, DateOnly Today, IReadOnlyList<string> Said);

/// <summary>A layer to build.</summary>
/// <param name="Inputs">Name and value of everything that the shell knows the layer is made from: its state keeps them.</param>
internal sealed record LayerRequest(LayerDeclaration Layer, IReadOnlyList<KeyValuePair<string, string>> Inputs);
