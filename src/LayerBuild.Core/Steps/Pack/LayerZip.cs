using LayerBuild.Lambda;

namespace LayerBuild.Steps.Pack;

/// <summary>What becomes a zip: a layer, or one architecture of it.</summary>
/// <param name="Name">Under which it is published: the layer's, with the architecture when the layer comes as two zips.</param>
/// <param name="Architectures">Those that it serves.</param>
/// <param name="Path">Full path of the finished zip.</param>
internal sealed record LayerZip(string Name, IReadOnlyList<Architecture> Architectures, LayerTree Tree, string Path);
