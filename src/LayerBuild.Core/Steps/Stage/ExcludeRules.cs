using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>What a layer's <c>ExcludeFiles</c> and <c>Slim</c> keep out of it, packages and content alike.</summary>
internal sealed class ExcludeRules(LayerDeclaration layer)
{
    private readonly ZipGlob[] _globs = [.. layer.ExcludeFiles.Select(p => new ZipGlob(p))];

    public bool Covers(string path) => (layer.Slim && SlimRule.Drops(path)) || Excludes(path);

    /// <summary>What Slim has no say in: what a step makes on purpose.</summary>
    public bool Excludes(string path)
    {
        foreach (ZipGlob glob in _globs)
        {
            if (glob.IsMatch(path))
            {
                return true;
            }
        }

        return false;
    }
}
