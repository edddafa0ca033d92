using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Steps.Measure;

/// <param name="Summary">The build's one line about the layer.</param>
/// <param name="Growth">Against the baseline; null without one.</param>
internal sealed record LayerMeasurement(LayerManifest Manifest, string Summary, LayerGrowth? Growth)
{
    /// <summary>Lines of the table of packages, for the console.</summary>
    public required IReadOnlyList<string> Table { get; init; }

    /// <summary>The user holds the layer to a budget or a baseline: the table is worth showing in every build.</summary>
    public required bool IsWatched { get; init; }

    /// <summary>Files to lie beside the zip, by name: the manifest, the bill of materials and the licence texts.</summary>
    public required IReadOnlyList<MeasuredFile> Files { get; init; }

    /// <summary>What the report is made of.</summary>
    public required MeasuredContents Contents { get; init; }
}

/// <param name="Name">File name, without a folder.</param>
internal sealed record MeasuredFile(string Name, byte[] Bytes);

/// <summary>Takes the sizes of packed layers, writes them down and holds them to the limits.</summary>
internal sealed class LayerMeasure(MeasureOptions options, DiagnosticLog log)
{
    /// <summary>Limits and budgets that are broken are in the log; the manifest is made all the same.</summary>
    public LayerMeasurement Measure(LayerDeclaration layer, MeasuredTree tree, PackedLayer packed)
    {
        DependencyGraph graph = tree.Graph;
        LayerManifest manifest = Describe(layer, tree, packed);
        LayerGrowth? growth = Compare(layer, manifest);
        new SizeCheck(layer, manifest, options, log).Check(growth);
        new LicenseGate(layer, log).Check(tree.Zip.Tree);
        var bill = Task.Run(() => CycloneDx.Write(manifest, graph, tree.Findings));
        return new LayerMeasurement(manifest, Summarize(manifest, tree.Zip), growth)
        {
            Table = LayerTable.Write(manifest, growth),
            IsWatched = growth is not null || layer.MaxZippedSize is not null || layer.MaxUnzippedSize is not null,
            Files =
            [
                new MeasuredFile(manifest.Name + LayerManifest.Suffix, manifest.ToJson()),
                new MeasuredFile(manifest.Name + ".cdx.json", bill.GetAwaiter().GetResult()),
                new MeasuredFile(manifest.Name + ".licenses.txt", tree.LicenseTexts),
            ],
            Contents = MeasuredContents.Of(layer, manifest, tree, packed),
        };
    }

    private static LayerManifest Describe(LayerDeclaration layer, MeasuredTree tree, PackedLayer packed)
    {
        DependencyGraph graph = tree.Graph;
        PackageSize[] sizes = Sizes(tree, packed);
        var packages = new List<ManifestPackage>(graph.Packages.Count);
        for (int i = 0; i < graph.Packages.Count; i++)
        {
            InstalledPackage package = graph.Packages[i];
            packages.Add(new ManifestPackage(
                package.Name,
                package.Version,
                graph.Licenses[i].Text,
                package.Folder,
                sizes[i].Unzipped,
                sizes[i].Zipped,
                sizes[i].Files,
                package.Wheel.Length > 0 ? package.Wheel : null,
                package.Sha256.Length > 0 ? package.Sha256 : null,
                package.Integrity,
                package.Requested));
        }

        return new LayerManifest
        {
            Name = tree.Zip.Name,
            Runtimes = [.. LambdaRuntime.All.Where(layer.Runtimes.Contains).Select(r => r.Id)],
            Architectures = [.. tree.Zip.Architectures.Select(a => a.Id)],
            Description = layer.Description,
            LicenseInfo = layer.LicenseInfo,
            Zip = Path.GetFileName(tree.Zip.Path),
            CodeSha256 = packed.CodeSha256,
            ZippedSize = packed.ZippedSize,
            UnzippedSize = packed.UnzippedSize,
            Files = packed.Entries.Count,
            Packages = packages,
        };
    }

    /// <summary>For each package of the graph.</summary>
    private static PackageSize[] Sizes(MeasuredTree tree, PackedLayer packed)
    {
        var sizes = new PackageSize[tree.Graph.Packages.Count];
        for (int i = 0; i < packed.Entries.Count; i++)
        {
            if (tree.Graph.IndexOf(tree.Zip.Tree.Entries[i].Owner) is var owner and >= 0)
            {
                sizes[owner].Add(packed.Entries[i]);
            }
        }

        return sizes;
    }

    private static string Summarize(LayerManifest manifest, LayerZip zip)
    {
        string content = manifest.Packages.Count > 0
            ? Quantity.Count(manifest.Packages.Select(PackageName.Key).Distinct(StringComparer.Ordinal).Count(), "package", "packages")
            : Quantity.Count(manifest.Files, "file", "files");
        return $"{manifest.Name}: {content}, {new ByteSize(manifest.ZippedSize)} zipped, {new ByteSize(manifest.UnzippedSize)} unzipped, "
            + $"{Quantity.Share(manifest.UnzippedSize, LambdaLimits.Unzipped)} of the limit -> {zip.Path}";
    }

    private LayerGrowth? Compare(LayerDeclaration layer, LayerManifest manifest)
    {
        LayerManifest? before = options.Baseline.Find(manifest.Name, out string? problem);
        problem ??= options.Baseline.Problem;
        if (problem is not null && layer.MaxGrowth is not null)
        {
            log.Warning("LB4009", $"Layer '{manifest.Name}': MaxGrowth=\"{layer.MaxGrowth}\" was not checked. {problem} "
                + "LambdaLayerBaseline takes a folder of earlier .layer.json files, or a zip that has them.");
        }

        return before is null ? null : LayerGrowth.Between(before, manifest);
    }

    /// <summary>What the files of a package come to, in bytes.</summary>
    private record struct PackageSize(long Unzipped, long Zipped, int Files)
    {
        public void Add(PackedEntry entry)
        {
            Unzipped += entry.Size;
            Zipped += entry.CompressedSize + entry.HeaderSize;
            Files++;
        }
    }
}
