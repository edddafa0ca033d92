using System.Globalization;
using System.Text.Encodings.Web;

namespace LayerBuild.Publish.Templates;

/// <summary>Names of resources in templates, from names of layers.</summary>
internal static class Identifiers
{
    /// <summary>Escapes what JSON must and leaves the rest to be read.</summary>
    public static readonly JavaScriptEncoder Readable = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Names that YAML takes for something else than a text.</summary>
    private static readonly HashSet<string> YamlWords = new(["True", "False", "Yes", "No", "On", "Off", "Y", "N", "Null"], StringComparer.OrdinalIgnoreCase);

    /// <summary><c>requests-layer</c> as <c>RequestsLayer</c>: CloudFormation takes letters and digits.</summary>
    public static string Pascal(string name)
    {
        string id = string.Concat(name.Split(['-', '_'], StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        return id.Length == 0 || char.IsAsciiDigit(id[0]) || YamlWords.Contains(id) ? "Layer" + id : id;
    }

    /// <summary><c>Requests-layer</c> as <c>requests_layer</c>: Terraform's names do not begin with a digit.</summary>
    public static string Snake(string name)
    {
#pragma warning disable CA1308 // Terraform's own convention.
        string id = name.Replace('-', '_').ToLowerInvariant();
#pragma warning restore CA1308
        return char.IsAsciiDigit(id[0]) ? "_" + id : id;
    }

    /// <summary>Different layers may come to one identifier: the later ones get a number.</summary>
    public static string[] Unique(IEnumerable<string> ids)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. ids.Select(id =>
        {
            string unique = id;
            for (int n = 2; !taken.Add(unique); n++)
            {
                unique = string.Create(CultureInfo.InvariantCulture, $"{id}{n}");
            }

            return unique;
        })];
    }
}
