using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Declare;

/// <summary>
/// All metadata that LayerBuild's items have. What reads them, what suggests a name for a misspelt one and the reference are
/// held to this table by tests.
/// </summary>
/// <param name="Item">The item that has it.</param>
/// <param name="Default">As the reference writes it; empty for none.</param>
/// <param name="Page">Where in docs/ it is explained.</param>
internal sealed record ItemMetadata(string Item, string Name, string Default, string Page)
{
    public const string Layer = "LambdaLayer";
    public const string Content = "LambdaLayerContent";
    public const string Function = "LambdaFunction";

    public static readonly IReadOnlyList<ItemMetadata> All =
    [
        new(Layer, "CompatibleRuntimes", "`$(LambdaLayerRuntimes)`", "reference.md#lambdalayer"),
        new(Layer, "CompatibleArchitectures", "`$(LambdaLayerArchitectures)`, else `x86_64`", "reference.md#lambdalayer"),
        new(Layer, "Description", "", "reference.md#lambdalayer"),
        new(Layer, "LicenseInfo", "", "reference.md#lambdalayer"),
        new(Layer, "SourceDirectory", "`layers/<name>/` if it exists", "reference.md#lambdalayer"),
        new(Layer, "Requirements", "`requirements.txt` in the source directory if it exists", "requirements.md"),
        new(Layer, "Packages", "", "requirements.md"),
        new(Layer, "AllowSdist", "", "requirements.md"),
        new(Layer, "PackageJson", "`package.json` in the source directory if it exists", "nodejs.md"),
        new(Layer, "ExcludeFiles", "", "reproducible-zips.md#excludefiles-and-slim"),
        new(Layer, "Slim", "`false`", "reproducible-zips.md#excludefiles-and-slim"),
        new(Layer, "Bytecode", "`none`", "reference.md#lambdalayer"),
        new(Layer, "Imports", "", "checks.md"),
        new(Layer, "MaxZippedSize", "", "size-budgets.md"),
        new(Layer, "MaxUnzippedSize", "", "size-budgets.md"),
        new(Layer, "MaxGrowth", "", "size-budgets.md"),
        new(Layer, "ShareWith", "", "sharing.md"),
        new(Layer, "AllowPublic", "", "sharing.md"),
        new(Layer, "AllowFindings", "", "checks.md#turning-a-check-off-or-up"),
        new(Layer, "DisallowLicenses", "", "sbom-and-licenses.md#keep-licences-out"),
        new(Layer, "Kind", "", "reference.md#what-is-not-there-yet"),
        new(Layer, "Command", "", "reference.md#what-is-not-there-yet"),
        new(Layer, "CommandInputs", "", "reference.md#what-is-not-there-yet"),
        new(Content, "Layer", "", "reference.md#lambdalayercontent"),
        new(Content, "TargetPath", "", "reference.md#lambdalayercontent"),
        new(Content, "TargetDirectory", "", "reference.md#lambdalayercontent"),
        new(Function, "Layers", "", "functions.md#metadata"),
        new(Function, "Runtime", "", "functions.md#metadata"),
        new(Function, "Architecture", "", "functions.md#metadata"),
        new(Function, "CodeDirectory", "", "functions.md#metadata"),
        new(Function, "CodeZip", "", "functions.md#metadata"),
        new(Function, "Handler", "", "functions.md#metadata"),
        new(Function, "Event", "", "functions.md#metadata"),
        new(Function, "Regions", "", "functions.md#metadata"),
    ];

    /// <summary>Names of other items and tools that are no misspelling, and still cannot mean anything else.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Runtime"] = "CompatibleRuntimes",
        ["Runtimes"] = "CompatibleRuntimes",
        ["Architecture"] = "CompatibleArchitectures",
        ["Architectures"] = "CompatibleArchitectures",
    };

    /// <summary>Names of an item's metadata, in the order of the reference.</summary>
    public static IEnumerable<string> Of(string item) => All.Where(m => m.Item == item).Select(m => m.Name);

    /// <returns>What was likely meant by metadata that the item does not have; null when it has them, or nothing comes near.</returns>
    public static string? Meant(string item, string written)
    {
        if (Of(item).Contains(written, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return item == Layer && Elsewhere.TryGetValue(written, out string? name) ? name : Spelling.Closest(written, Of(item));
    }
}
