using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Resolve;

namespace LayerBuild.Stage;

/// <summary>Installs wheels and merges them with the user's content into the tree of one architecture.</summary>
internal sealed class LayerTreeBuilder(DiagnosticLog log)
{
    /// <returns>Null when an error was logged.</returns>
    public LayerTree? Build(
        LayerDeclaration layer,
        Architecture architecture,
        IReadOnlyList<ContentFile> content,
        LayerResolution resolution,
        CancellationToken cancellation)
    {
        _ = log;
        throw new NotImplementedException();
    }
}
