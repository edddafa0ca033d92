using System.Globalization;
using System.Text;
using LayerBuild.Formats.Licenses;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// <c>&lt;name&gt;.licenses.txt</c>: the licence of each package of a layer, and the texts of licences and notices that
/// it brought into the layer.
/// </summary>
internal static class LicenseTexts
{
    /// <summary>Larger files are no licence texts, in bytes.</summary>
    private const long LargestText = 1 << 20;

    private static readonly string Rule = new('=', 80);

    /// <param name="graph">The packages of the tree, in the order in which they are listed.</param>
    /// <returns>UTF-8, line feeds, no byte order mark.</returns>
    public static byte[] Write(string publishedName, DependencyGraph graph, LayerTree tree)
    {
        ILookup<object, LayerEntry> texts = tree.Entries
            .Where(e => e.Owner is not null && e.Content.Size <= LargestText && IsText(e))
            .ToLookup<LayerEntry, object>(e => e.Owner!, ReferenceEqualityComparer.Instance);
        var output = new StringBuilder();
        Line(output, $"Licences of the packages in the Lambda layer {publishedName}");
        Line(output, "");
        IReadOnlyList<InstalledPackage> packages = graph.Packages;
        foreach (string line in packages.Select((p, i) => $"{p.Name} {p.Version}: {Name(i)}").Distinct(StringComparer.Ordinal))
        {
            Line(output, line);
        }

        if (packages.Count == 0)
        {
            Line(output, "The layer holds no packages.");
        }

        for (int i = 0; i < packages.Count; i++)
        {
            InstalledPackage package = packages[i];
            LayerEntry[] found = [.. texts[package]];
            Line(output, "");
            Line(output, Rule);
            Line(output, $"{package.Name} {package.Version}");
            Line(output, $"Licence: {Name(i)}");
            if (found.Length == 0)
            {
                Line(output, "The package brings no licence text.");
            }

            foreach (LayerEntry entry in found)
            {
                Line(output, "");
                Line(output, $"--- {entry.Path}");
                Line(output, "");
                Line(output, Read(entry.Content));
            }
        }

        return Encoding.UTF8.GetBytes(output.ToString());

        string Name(int package) => graph.Licenses[package].Text ?? "unknown";
    }

    private static bool IsText(LayerEntry entry) =>
        LicenseFileName.IsMatch(entry.Path.FileNameSpan) || entry.Path.Value.Contains(".dist-info/licenses/", StringComparison.Ordinal);

    private static string Read(EntryContent content)
    {
        using Stream stream = content.Open();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n").TrimEnd();
    }

    private static void Line(StringBuilder output, string text) => output.Append(CultureInfo.InvariantCulture, $"{text}\n");
}
