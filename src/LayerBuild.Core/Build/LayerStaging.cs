using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Npm;
using LayerBuild.Steps.Stage;

namespace LayerBuild.Build;

/// <summary>Brings content, wheels and npm's packages together: the tree of each architecture.</summary>
internal sealed class LayerStaging(LayerWork work, WheelIndexes wheels)
{
    private readonly LayerDeclaration _layer = work.Layer;

    /// <returns>In the order of the layer's architectures; null when an error was logged.</returns>
    public IReadOnlyList<StagedTree>? Run(LayerResolution resolution, NpmContent npm)
    {
        if (new ContentCollector(work.Log).Collect(_layer) is not { } content)
        {
            return null;
        }

        // A local dependency may lie in the layer's folder: npm packs what belongs into the layer.
        HashSet<string> npmInputs = [.. npm.InputFiles];
        content = [.. content.Where(file => file.Path.IsUnder("nodejs/") || !npmInputs.Contains(file.SourcePath))];

        var trees = new List<StagedTree>();
        foreach (Architecture architecture in _layer.Architectures)
        {
            if (Merge(architecture, content, resolution, npm.Installations[architecture]) is not { } tree)
            {
                return null;
            }

            trees.Add(new StagedTree(architecture, tree));
        }

        if (trees.All(t => t.Tree.Entries.Count == 0))
        {
            LayerState.DeleteStale(work.State.ReadOutputs(), [], work.Options.OutputPath);
            work.Log.Error("LB1006", Empty(content));
            return null;
        }

        SearchPathCheck.Check(
            _layer,
            trees[0].Tree.Entries.Where(e => e.Owner is null).Select(e => e.Path),
            path => _layer.Accepts("LB1005", path.Value, path.FileName),
            work.Log);
        return trees;
    }

    private LayerTree? Merge(Architecture architecture, IReadOnlyList<ContentFile> content, LayerResolution resolution, NpmInstallation modules)
    {
        ResolveOptions options = work.Options.Resolve;
        var builder = new LayerTreeBuilder(work.Log, PythonPlaces.Of(options.Python, options.Environment)) { Wheels = wheels };
        LayerTree? tree = builder.Build(_layer, architecture, [.. content, .. modules.Files], resolution, work.Cancellation);
        return tree is null ? null : modules.Claim(tree);
    }

    private string Empty(IReadOnlyList<ContentFile> content)
    {
        string why = content.Count > 0 ? "ExcludeFiles leaves out all of its files"
            : _layer.HasRequirements ? "its requirements name no package for the declared runtimes (the file is empty, or every marker is false)"
            : _layer.HasNpmPackages ? "its package.json names no dependencies"
            : _layer.SourceDirectory is null ? $"it has no packages, no content items and no folder layers/{_layer.Name}"
            : $"its folder {_layer.SourceDirectory} has no files";
        return $"Layer '{_layer.Name}': it is empty: {why}. Give it files or packages, or remove the LambdaLayer item.";
    }
}

/// <summary>What /opt will hold on an architecture.</summary>
internal sealed record StagedTree(Architecture Architecture, LayerTree Tree);
