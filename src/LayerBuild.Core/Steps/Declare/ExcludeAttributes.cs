using System.Xml;
using System.Xml.Linq;

namespace LayerBuild.Steps.Declare;

/// <summary>
/// <c>Exclude</c> written as an attribute. MSBuild takes that one name for itself ("leave these items out of Include")
/// and keeps it from the item's metadata, so it is read from the project file: there it can only mean the layer's globs.
/// As an element, <c>&lt;Exclude&gt;</c>, it is metadata like any other.
/// </summary>
internal sealed class ExcludeAttributes
{
    private readonly Dictionary<string, XElement[]> _elements = new(StringComparer.Ordinal);

    /// <summary>Globs of the LambdaLayer element for this item, <c>;</c> between them; null when it has no such attribute.</summary>
    /// <param name="file">Full path of the project or imported file that defines the item.</param>
    /// <param name="include">The item's Include, as MSBuild evaluated it.</param>
    public string? Find(string file, string include)
    {
        if (!_elements.TryGetValue(file, out XElement[]? elements))
        {
            _elements.Add(file, elements = Read(file));
        }

        string[] found =
        [
            .. elements.Where(e => LayerItem.Split((string?)e.Attribute("Include")).Contains(include, StringComparer.Ordinal))
                .Select(e => e.Attribute("Exclude")!.Value),
        ];
        return found.Length == 0 ? null : string.Join(';', found);
    }

    private static XElement[] Read(string file)
    {
        try
        {
            return [.. XDocument.Load(file).Descendants().Where(e => e.Name.LocalName == "LambdaLayer" && e.Attribute("Exclude") is not null)];
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            // MSBuild read the file a moment ago; it may have been made by a tool that is gone.
            return [];
        }
    }
}
