namespace LayerBuild.Steps.Resolve;

/// <summary>What decides the packages of a layer.</summary>
/// <param name="Digest">Of the requirements, the lock file and local projects.</param>
/// <param name="Files">Full paths of the files that it depends on.</param>
internal sealed record LockedInputs(string Digest, IReadOnlyList<string> Files);
