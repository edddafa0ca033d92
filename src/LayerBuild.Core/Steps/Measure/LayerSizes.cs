namespace LayerBuild.Steps.Measure;

/// <summary>
/// What a layer is made of, largest first: one part for each distribution (all versions and folders of it together),
/// and one for the user's own files.
/// </summary>
internal sealed record LayerSizes(IReadOnlyList<LayerPart> Parts)
{
    public static LayerSizes Of(LayerManifest manifest)
    {
        var parts = new List<LayerPart>();
        foreach (IGrouping<string, ManifestPackage> group in manifest.Packages.GroupBy(PackageName.Key, StringComparer.Ordinal))
        {
            string[] versions = [.. group.Select(p => p.Version).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            parts.Add(new LayerPart(
                group.Key,
                group.First().Name,
                string.Join(", ", versions),
                group.Sum(p => p.UnzippedSize),
                group.Sum(p => p.ZippedSize)));
        }

        long ownUnzipped = manifest.UnzippedSize - parts.Sum(p => p.UnzippedSize);
        int ownFiles = manifest.Files - manifest.Packages.Sum(p => p.Files);
        if (ownFiles > 0)
        {
            parts.Add(new LayerPart(LayerPart.OwnKey, "own files", null, ownUnzipped, manifest.ZippedSize - parts.Sum(p => p.ZippedSize)));
        }

        parts.Sort((a, b) => b.UnzippedSize != a.UnzippedSize
            ? b.UnzippedSize.CompareTo(a.UnzippedSize)
            : string.CompareOrdinal(a.Key, b.Key));
        return new LayerSizes(parts);
    }
}

/// <param name="Key">Normalized name of the distribution, or <see cref="OwnKey"/>.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">Version, or versions when folders hold different ones; null for the user's own files.</param>
/// <param name="UnzippedSize">In bytes.</param>
/// <param name="ZippedSize">In bytes, with headers; for the user's own files also the zip's end record.</param>
internal sealed record LayerPart(string Key, string Name, string? Version, long UnzippedSize, long ZippedSize)
{
    /// <summary>Sorts before every name of a distribution.</summary>
    public const string OwnKey = "";

    /// <summary><c>botocore 1.43.11</c>.</summary>
    public string Title => Version is null ? Name : $"{Name} {Version}";
}
