using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>Says which layer is locked in which file.</summary>
internal static class LockPlan
{
    /// <summary>
    /// <c>requirements.lock.txt</c> beside the first requirement file, by its stem; <c>(layer).requirements.lock.txt</c>
    /// beside the project for requirements in line.
    /// </summary>
    public static string DefaultPath(LayerDeclaration layer) => layer.RequirementFiles.Count > 0
        ? Beside(layer.RequirementFiles[0], "")
        : Path.Combine(layer.ProjectDirectory, $"{layer.Name}.requirements.lock.txt");

    /// <summary>
    /// Groups layers by lock file. Of layers that start from the same file and go on differently, the one that has
    /// nothing but that file keeps its lock file; the others' carry the layer's name.
    /// </summary>
    public static IReadOnlyDictionary<LayerName, LockScope> Make(IReadOnlyList<(LayerDeclaration Layer, IReadOnlyList<RequirementLine> Lines, string Digest)> layers)
    {
        var paths = new Dictionary<LayerName, string>();
        foreach (var group in layers.GroupBy(l => DefaultPath(l.Layer), StringComparer.Ordinal))
        {
            bool differ = group.Select(l => l.Digest).Distinct().Count() > 1;
            foreach ((LayerDeclaration layer, _, _) in group)
            {
                bool plain = layer is { RequirementFiles.Count: 1, Packages.Count: 0, AllowSdist.Count: 0 };
                paths[layer.Name] = differ && !plain && layer.RequirementFiles.Count > 0 ? Beside(layer.RequirementFiles[0], $".{layer.Name}") : group.Key;
            }
        }

        var scopes = new Dictionary<LayerName, LockScope>();
        foreach (var group in layers.GroupBy(l => (Path: paths[l.Layer.Name], l.Digest)))
        {
            (LayerDeclaration first, IReadOnlyList<RequirementLine> lines, _) = group.First();
            var scope = new LockScope(group.Key.Path, group.Key.Digest, first, lines, Sort(group.SelectMany(l => PythonTarget.Of(l.Layer))));
            foreach ((LayerDeclaration layer, _, _) in group)
            {
                scopes[layer.Name] = scope;
            }
        }

        return scopes;
    }

    /// <summary>In the order of a lock file: by version, then architecture; none twice.</summary>
    public static IReadOnlyList<PythonTarget> Sort(IEnumerable<PythonTarget> targets) =>
        [.. targets.Distinct().OrderBy(t => t.Python).ThenByDescending(t => t.Architecture.Id, StringComparer.Ordinal)];

    private static string Beside(string file, string suffix) =>
        Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}{suffix}.lock.txt");
}
