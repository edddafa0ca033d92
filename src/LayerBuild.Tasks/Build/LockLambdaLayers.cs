using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Resolve;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>Resolves the packages of all layers again and writes their lock files.</summary>
[MSBuildMultiThreadableTask]
public sealed class LockLambdaLayers : LayerItemsTask
{
    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        LayerDeclaration[] layers = [.. ReadLayers(log).Where(layer => layer.HasRequirements)];
        if (layers.Length == 0)
        {
            log.Note("No layer has requirements, so there is nothing to lock.");
            return;
        }

        ResolveOptions options = ResolveOptions(log) with { Relock = true };
        new PackageResolver(options, log).ResolveAsync(layers, cancellation).GetAwaiter().GetResult();
    }
}
