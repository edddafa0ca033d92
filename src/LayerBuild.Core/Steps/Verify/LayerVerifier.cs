using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>Proves that a tree will load on every declared runtime, or says what will not.</summary>
internal sealed class LayerVerifier(DiagnosticLog log)
{
    /// <summary>What was reported: the trees of two architectures have most of their files, and their findings, in common.</summary>
    private readonly HashSet<Diagnostic> _reported = [];

    /// <param name="architecture">
    /// The one that the tree is for. A layer for several architectures is verified for each, one call after the other on
    /// the same verifier, which reports once what is true of all of them.
    /// </param>
    public void Verify(LayerDeclaration layer, Architecture architecture, LayerTree tree, CancellationToken cancellation)
    {
        var inspected = new InspectedLayer(layer, architecture, tree, FileInspector.Inspect(tree.Entries, cancellation));
        IEnumerable<Finding> findings =
        [
            .. PlatformCheck.Run(inspected),
            .. SymbolVersionCheck.Run(inspected),
            .. ExtensionModuleCheck.Run(inspected),
            .. SharedLibraryCheck.Run(inspected),
            .. ProgramCheck.Run(inspected),
            .. SecretCheck.Run(inspected),
            .. ShadowingCheck.Run(inspected),
            .. ImportCheck.Run(inspected, cancellation),
        ];
        new FindingReport(layer, log).Write(findings, _reported);
    }
}
