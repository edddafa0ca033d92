using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Measure;

/// <summary>Which names mean one package: Python's are compared normalized, npm's as they are.</summary>
internal static class PackageName
{
    /// <param name="folder">Folder of the layer that the package was installed to.</param>
    public static string Key(string name, string folder) => IsNpm(folder) ? name : DistributionName.Normalize(name);

    /// <inheritdoc cref="Key(string, string)"/>
    public static string Key(ManifestPackage package) => Key(package.Name, package.Folder);

    public static bool IsNpm(string folder) => folder.StartsWith("nodejs", StringComparison.Ordinal);
}
