using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Report;

/// <summary>What the size report of a project says, whatever it is written as.</summary>
internal sealed record LayerReport(
    IReadOnlyList<ReportedLayer> Layers,
    IReadOnlyList<ReportedFunction> Functions,
    IReadOnlyList<SharedPackage> Shared)
{
    /// <param name="layers">In the order in which they are shown.</param>
    /// <param name="isBuilt">Whether the zip of that manifest lies in the output folder.</param>
    public static LayerReport Of(
        IReadOnlyList<MeasuredContents> layers,
        IReadOnlyList<LambdaFunctionDeclaration> functions,
        LayerBaseline baseline,
        Predicate<LayerManifest> isBuilt)
    {
        ReportedLayer[] reported =
        [
            .. layers.Select(contents => new ReportedLayer(
                contents,
                isBuilt(contents.Manifest),
                baseline.Find(contents.Manifest.Name, out _) is { } before ? LayerGrowth.Between(before, contents.Manifest) : null,
                LayerSaving.Of(contents))),
        ];
        ReportedFunction[] reportedFunctions = [.. functions.Select(f => ReportedFunction.Of(f, reported))];
        return new LayerReport(reported, reportedFunctions, SharedPackage.Find(reported, reportedFunctions));
    }
}

/// <param name="IsBuilt">Its zip is in place: no check refused it.</param>
/// <param name="Growth">Against the baseline; null without one.</param>
internal sealed record ReportedLayer(MeasuredContents Contents, bool IsBuilt, LayerGrowth? Growth, IReadOnlyList<LayerSaving> Savings)
{
    public LayerManifest Manifest => Contents.Manifest;

    /// <summary>MaxGrowth is broken.</summary>
    public bool GrowsTooMuch => Growth is { } growth && GrowthLimit.TryParse(Contents.MaxGrowth, out GrowthLimit limit) && growth.Exceeds(limit);
}

/// <param name="CodeSize">Bytes of its code, unzipped; null when unknown.</param>
/// <param name="Layers">What each entry of the item is, in order.</param>
internal sealed record ReportedFunction(LambdaFunctionDeclaration Function, long? CodeSize, IReadOnlyList<FunctionLayer> Layers)
{
    public string Name => Function.Name;

    /// <summary>Bytes, unzipped, of all that is known.</summary>
    public long UnzippedSize => (CodeSize ?? 0) + Layers.Sum(l => l.UnzippedSize ?? 0);

    /// <summary>Nothing is left out of <see cref="UnzippedSize"/>.</summary>
    public bool IsComplete => CodeSize is not null && Layers.All(l => l.UnzippedSize is not null);

    public static ReportedFunction Of(LambdaFunctionDeclaration function, IReadOnlyList<ReportedLayer> layers)
    {
        // A layer that comes as two zips is there under the name of each architecture.
        Architecture architecture = function.Architecture
            ?? Architecture.All.FirstOrDefault(a => function.OwnLayers.All(name => Find(layers, name, a) is not null))
            ?? Architecture.X64;
        return new ReportedFunction(function, FunctionCode.Size(function),
        [
            .. function.Layers.Select(name => Find(layers, name, architecture) is { } index
                ? new FunctionLayer(name, index, layers[index].Manifest.UnzippedSize)
                : new FunctionLayer(name, null, null)),
        ]);
    }

    private static int? Find(IReadOnlyList<ReportedLayer> layers, string name, Architecture architecture)
    {
        foreach (string published in new[] { name, LayerName.Published(name, architecture) })
        {
            for (int i = 0; i < layers.Count; i++)
            {
                if (layers[i].Manifest.Name == published)
                {
                    return i;
                }
            }
        }

        return null;
    }
}

/// <param name="Name">As the function names it: a layer's name or an ARN.</param>
/// <param name="Layer">Index among the report's layers; null for a layer from elsewhere.</param>
/// <param name="UnzippedSize">In bytes; null when unknown.</param>
internal sealed record FunctionLayer(string Name, int? Layer, long? UnzippedSize);

/// <summary>A package that is in more than one layer.</summary>
/// <param name="Name">Of the distribution.</param>
/// <param name="Places">Where it is, at least two.</param>
/// <param name="Functions">Indices of the functions that get it more than once: they pay for all and use one.</param>
internal sealed record SharedPackage(string Name, IReadOnlyList<PackagePlace> Places, IReadOnlyList<int> Functions)
{
    /// <summary>Different layers have different versions of it.</summary>
    public bool HasVersions => Places.Select(p => p.Part.Version).Distinct(StringComparer.Ordinal).Skip(1).Any();

    /// <summary>Those of a function first, then by the bytes that the copies take.</summary>
    public static IReadOnlyList<SharedPackage> Find(IReadOnlyList<ReportedLayer> layers, IReadOnlyList<ReportedFunction> functions)
    {
        IEnumerable<IGrouping<string, PackagePlace>> packages =
            from layer in Enumerable.Range(0, layers.Count)
            from part in LayerSizes.Of(layers[layer].Manifest).Parts
            where part.Key != LayerPart.OwnKey
            group new PackagePlace(layer, part) by part.Key;
        return
        [
            .. packages
                .Where(places => MayMeet(places, layers))
                .Select(places => new SharedPackage(places.First().Part.Name, [.. places], [.. InFunctions(places, functions)]))
                .OrderBy(s => s.Functions.Count == 0)
                .ThenByDescending(s => s.Places.Sum(p => p.Part.UnzippedSize) - s.Places.Max(p => p.Part.UnzippedSize))
                .ThenBy(s => s.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Two of the layers can be in one function: the two halves of a layer for both architectures cannot.</summary>
    private static bool MayMeet(IEnumerable<PackagePlace> places, IReadOnlyList<ReportedLayer> layers) => Architecture.All.Any(architecture =>
        places.Count(p => layers[p.Layer].Manifest.Architectures.Contains(architecture.Id)) > 1);

    private static IEnumerable<int> InFunctions(IEnumerable<PackagePlace> places, IReadOnlyList<ReportedFunction> functions) =>
        Enumerable.Range(0, functions.Count).Where(f => functions[f].Layers.Select(l => l.Layer).Distinct().Count(l => places.Any(p => p.Layer == l)) > 1);
}

/// <param name="Layer">Index among the report's layers.</param>
/// <param name="Part">The package in that layer, all its versions and folders.</param>
internal sealed record PackagePlace(int Layer, LayerPart Part);
