using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Npm;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>Resolves the packages of all layers again and writes their lock files.</summary>
[MSBuildMultiThreadableTask]
public sealed class LockLambdaLayers : LayerItemsTask
{
    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        IReadOnlyList<LayerDeclaration> layers = ReadLayers(log);
        LayerDeclaration[] python = [.. layers.Where(layer => layer.HasRequirements)];
        LayerDeclaration[] node = [.. layers.Where(layer => layer.HasNpmPackages).DistinctBy(layer => layer.PackageJson, StringComparer.Ordinal)];
        if (python.Length == 0 && node.Length == 0)
        {
            log.Note("No layer has requirements or a package.json, so there is nothing to lock.");
            return;
        }

        if (python.Length > 0)
        {
            ResolveOptions options = ResolveOptions(log) with { Relock = true };
            new PackageResolver(options, log).ResolveAsync(python, cancellation).GetAwaiter().GetResult();
        }

        var npm = new NpmInstaller(new NpmOptions(), NpmEnvironment.OfThisProcess());
        foreach (LayerDeclaration layer in node)
        {
            DiagnosticLog layerLog = log.Child(layer.ProjectFile);
            string folder = Path.Combine(IntermediatePath, layer.Name.Value);
            Directory.CreateDirectory(folder);
            using FileStream held = FolderLock.Acquire(folder, cancellation);
            try
            {
                npm.RelockAsync(layer, folder, layerLog, cancellation).GetAwaiter().GetResult();
            }
            catch (DiagnosticException e)
            {
                layerLog.Add(e.Diagnostic);
            }
        }
    }
}
